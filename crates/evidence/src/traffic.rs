//! The requests and connections of a trial as one witness saw them: the embedded endpoint, or the
//! socket witness.
//!
//! What both of them see has one form here, so that it is counted and joined in one place. Rows keep
//! their places: the request at a place is the row at that place of the witness.

use model::socket::{SocketConnection, SocketRequest, SocketWitness};
use model::time::Span;
use model::trial::Trial;
use model::witness::{Closer, ConnectionRow, RequestRow, TlsAgreement, Witness};

use crate::setting::ArmSetting;

/// What one witness saw of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic<'a> {
    /// The connections that were open or opened in the trial.
    pub connections: Vec<TrafficConnection<'a>>,
    /// The requests, in the witness's order.
    pub requests: Vec<TrafficRequest<'a>>,
}

/// One connection that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrafficConnection<'a> {
    /// The witness's number.
    pub id: u64,
    /// When it was open; null if that was before the trial.
    pub opened: Option<Span>,
    /// What its TLS handshake negotiated.
    pub tls: Option<&'a TlsAgreement>,
    /// When it was closed.
    pub closed: Option<Span>,
    /// Who closed it.
    pub closed_by: Option<Closer>,
}

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrafficRequest<'a> {
    /// The witness's number of the connection that carried it.
    pub connection: u64,
    /// Its position on that connection.
    pub ordinal: u64,
    /// The client's thread that wrote it.
    pub thread: Option<u32>,
    /// Its method, where that was visible.
    pub method: Option<&'a str>,
    /// Its path, where that was visible. The socket witness leaves out the values of a query.
    pub path: Option<&'a str>,
    /// When its last byte was sent, or arrived at the endpoint.
    pub sent: Span,
    /// When the last byte of the response was read, or written by the endpoint.
    pub ended: Option<Span>,
    /// The status of the response, where that was visible.
    pub status: Option<u16>,
    /// Whether it shared its connection with others at the same time, as a stream of HTTP/2.
    pub is_stream: bool,
    /// The item that it belongs to, as far as the request itself shows that.
    item: RequestItem<'a>,
}

/// What a request shows of its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RequestItem<'a> {
    /// It is the item of this path, if only one has it.
    Path(&'a str),
    /// The witness knows the only item, or that there is none.
    Known(Option<u32>),
}

impl<'a> Traffic<'a> {
    /// What the endpoint saw of a trial, else the socket witness if no event is missing.
    pub fn of_trial(trial: &'a Trial) -> Option<Self> {
        let by_endpoint = trial.witness.as_ref().map(Self::of_endpoint);
        by_endpoint.or_else(|| complete_sockets(trial).map(Self::of_sockets))
    }

    /// What the endpoint saw.
    pub fn of_endpoint(witness: &'a Witness) -> Self {
        Self {
            connections: witness.connections.iter().map(TrafficConnection::of_endpoint).collect(),
            requests: witness.requests.iter().map(TrafficRequest::of_endpoint).collect(),
        }
    }

    /// What the socket witness saw. Attempts that never connected are left out.
    pub fn of_sockets(sockets: &'a SocketWitness) -> Self {
        let open = sockets.connections.iter().filter(|connection| was_open(connection));
        Self {
            connections: open.map(TrafficConnection::of_sockets).collect(),
            requests: sockets.requests.iter().map(TrafficRequest::of_sockets).collect(),
        }
    }

    /// The connections that were opened in the trial.
    pub fn opened(&self) -> impl Iterator<Item = &TrafficConnection<'a>> {
        self.connections.iter().filter(|connection| connection.opened.is_some())
    }
}

/// What the socket witness saw of a trial, if no event is missing.
pub fn complete_sockets(trial: &Trial) -> Option<&SocketWitness> {
    trial.socket.as_deref().filter(|sockets| sockets.is_complete())
}

/// Whether a connection was open at any time.
pub(crate) const fn was_open(connection: &SocketConnection) -> bool {
    connection.connected.is_some() || connection.connecting.is_none()
}

impl<'a> TrafficConnection<'a> {
    fn of_endpoint(row: &'a ConnectionRow) -> Self {
        Self {
            id: row.id,
            opened: Some(row.accepted),
            tls: row.tls.as_ref(),
            closed: row.closed,
            closed_by: row.closed_by,
        }
    }

    fn of_sockets(row: &'a SocketConnection) -> Self {
        Self {
            id: row.id,
            opened: row.connecting.and(row.connected),
            tls: row.tls.as_ref(),
            closed: row.closed,
            closed_by: row.closed_by,
        }
    }
}

impl<'a> TrafficRequest<'a> {
    fn of_endpoint(row: &'a RequestRow) -> Self {
        Self {
            connection: row.connection,
            ordinal: row.ordinal,
            thread: None,
            method: row.method.as_deref(),
            path: Some(&row.path),
            sent: row.last_byte_in,
            ended: row.last_byte_out,
            status: Some(row.status),
            is_stream: row.stream.is_some(),
            item: RequestItem::Path(&row.path),
        }
    }

    fn of_sockets(row: &'a SocketRequest) -> Self {
        Self {
            connection: row.connection,
            ordinal: row.ordinal,
            thread: Some(row.thread),
            method: row.method.as_deref(),
            path: row.path.as_deref(),
            sent: row.sent,
            ended: row.last_byte,
            status: row.status,
            is_stream: false,
            item: RequestItem::Known(row.item),
        }
    }

    /// The only request of the batch that it can be.
    pub(crate) fn only_request(&self, setting: &ArmSetting<'_>) -> Option<usize> {
        match self.item {
            RequestItem::Path(path) => setting.only_request(path),
            RequestItem::Known(item) => {
                item.map(|item| item as usize).filter(|&item| item < setting.paths.len())
            }
        }
    }

    /// The connection and the place on it, which no other request has.
    pub const fn place(&self) -> Place {
        Place { connection: self.connection, ordinal: self.ordinal }
    }
}

/// A place on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The witness's number of the connection.
    pub connection: u64,
    /// The position on it.
    pub ordinal: u64,
}

impl Place {
    /// The place after this one.
    pub(crate) const fn next(self) -> Option<Self> {
        match self.ordinal.checked_add(1) {
            Some(ordinal) => Some(Self { connection: self.connection, ordinal }),
            None => None,
        }
    }
}
