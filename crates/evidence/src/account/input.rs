//! The input of an account, with its look-ups.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use model::socket::{SocketConnection, SocketWitness};
use model::time::Span;
use model::trial::Run;
use model::witness::{Closer, TlsAgreement, Witness};

use super::Charge;
use crate::detour::Detour;
use crate::join::Joined;
use crate::path::{CriticalPath, Order, RequestTimeline};
use crate::server_room::{Exchange, ServerRoom};
use crate::setting::{ArmSetting, Session};
use crate::thread_states::ThreadStates;
use crate::traffic::{Traffic, TrafficConnection};

/// A trial whose time is to be charged, and its critical path.
#[derive(Debug)]
pub(crate) struct AccountInput<'e, 'a> {
    pub(crate) setting: &'e ArmSetting<'a>,
    pub(crate) run: &'a Run,
    pub(crate) witness: Option<&'a Witness>,
    pub(crate) sockets: Option<&'a SocketWitness>,
    pub(crate) joined: &'e [Joined<'a>],
    pub(crate) detours: &'e [Detour],
    pub(crate) timelines: &'e [RequestTimeline],
    pub(crate) path: &'e CriticalPath,
    pub(crate) closed: FirstClosed,
    pub(crate) threads: &'e ThreadStates<'a>,
    /// Whether the client closes connections of one host to make room for another.
    pub(crate) makes_room: bool,
    /// What is found only where it is needed.
    pub(crate) found: FoundOnce<'a>,
}

/// When each side first closed a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FirstClosed {
    by_server: Option<Span>,
    by_client: Option<Span>,
}

/// What is found in all requests or connections when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct FoundOnce<'a> {
    opens_for_each: OnceCell<bool>,
    carriers: OnceCell<BTreeMap<u64, &'a SocketConnection>>,
}

impl FirstClosed {
    pub(crate) fn new(traffic: &Traffic<'_>) -> Self {
        let first = |closer: Closer| {
            let by_closer = |row: &&TrafficConnection<'_>| row.closed_by == Some(closer);
            traffic.connections.iter().filter(by_closer).filter_map(|row| row.closed).min()
        };
        Self { by_server: first(Closer::Server), by_client: first(Closer::Client) }
    }
}

impl<'e, 'a> AccountInput<'e, 'a> {
    /// The room of the server that these exchanges show.
    pub(super) fn server_room(&self, exchanges: &[Exchange]) -> Option<ServerRoom> {
        ServerRoom::find(exchanges, self.least_round_trip().unwrap_or_default())
    }

    /// A room of the server that is known otherwise, where these exchanges agree with it.
    pub(super) fn known_room(&self, exchanges: &[Exchange], room: usize) -> Option<ServerRoom> {
        ServerRoom::known(exchanges, room, self.least_round_trip().unwrap_or_default())
    }

    /// The shortest time in which a connection was opened.
    pub(super) fn least_round_trip(&self) -> Option<Span> {
        use model::trace::Milestone::{Connected, Connecting};
        let round_trip = |request: usize| {
            let milestones = &self.timelines[request].milestones;
            Some(milestones.at(Connected)?.saturating_sub(milestones.at(Connecting)?))
        };
        self.requests().filter_map(round_trip).min()
    }

    /// The requests, by their places in the columns.
    pub(super) fn requests(&self) -> Range<usize> {
        0..self.timelines.len()
    }

    /// The connection that carried a request, by the socket witness.
    pub(super) fn carrier(&self, request: usize) -> Option<&'a SocketConnection> {
        let connections = &self.sockets?.connections;
        let by_number = || connections.iter().map(|connection| (connection.id, connection));
        let carriers = self.found.carriers.get_or_init(|| by_number().collect());
        carriers.get(&self.joined.get(request)?.socket?.connection).copied()
    }

    /// How many bytes of a request's body the client reports; else how many bytes of its response
    /// it read.
    pub(super) fn bytes_read(&self, request: usize) -> Option<u64> {
        let column = self.run.columns.bytes.as_ref();
        let reported = column.and_then(|bytes| bytes.get(request).copied().flatten());
        reported.or_else(|| Some(self.joined.get(request)?.socket?.bytes_in))
    }

    /// Who closed an earlier connection, so that one had to be opened for `request`. Nothing where
    /// the batch needed the connection in any case, or where that is unknown.
    pub(super) fn reopened(&self, request: usize, place: usize) -> Option<Closer> {
        let opened = self.opening(request)?;
        let warm = self.setting.session == Session::Warm;
        if place == 0 && !warm {
            return None;
        }
        // What a warm session closes in one batch is missing in the next.
        let before = |closed: &Span| warm || *closed <= opened.at;
        let by_server = self.closed.by_server.filter(before).map(|_| Closer::Server);
        by_server.or_else(|| self.closed.by_client.filter(before).map(|_| Closer::Client))
    }

    /// The charge for opening a connection to replace one that was closed, if `request` is the one of
    /// this place on a path.
    pub(super) fn reopening_charge(&self, request: usize, place: usize) -> Option<Charge> {
        let is_gated = self.path.order() == Order::Gated;
        match self.reopened(request, place)? {
            Closer::Server => Some(Charge::ClosedByServer),
            Closer::Reset => None,
            Closer::Client if self.makes_room => Some(Charge::Pools),
            // A client that opens a connection for each request does not keep any. Behind a limit,
            // every wave opens its own.
            Closer::Client if self.opens_for_each() => {
                (is_gated && place > 0).then_some(Charge::Waves)
            }
            Closer::Client => is_gated.then_some(Charge::Overflow),
        }
    }

    /// Whether a connection was opened for each request.
    pub(super) fn opens_for_each(&self) -> bool {
        let opens = || self.requests().all(|request| self.opening(request).is_some());
        *self.found.opens_for_each.get_or_init(opens)
    }

    /// The connection that was opened for `request`.
    fn opening(&self, request: usize) -> Option<OpenedConnection<'a>> {
        let joined = self.joined.get(request)?;
        let first = joined.request.is_some_and(|row| row.ordinal == 0);
        let by_endpoint = joined.connection.filter(|_| first).map(|row| OpenedConnection {
            at: row.accepted,
            tls: row.tls.as_ref(),
            round_trip: None,
        });
        by_endpoint.or_else(|| {
            let connection = joined.opening?.connection;
            let connected = connection.connected?;
            let took = connected.saturating_sub(connection.connecting?);
            // A busy client notices late that a connection is open.
            let round_trip = connection.round_trip.map_or(took, |measured| measured.min(took));
            Some(OpenedConnection {
                at: connected,
                tls: connection.tls.as_ref(),
                round_trip: Some(round_trip),
            })
        })
    }

    /// How long the round trips of a TLS handshake take: by the emulated link, or, on another link,
    /// by the round trip that opened the connection.
    pub(super) fn handshake_trips(&self, request: usize) -> Span {
        use model::trace::Milestone::{Connected, Connecting};
        let opened = self.opening(request);
        let agreed = opened.and_then(|opened| opened.tls);
        let old = agreed.is_some_and(|tls| tls.version != "TLSv1.3" && !tls.resumed);
        let trips = if old { 2 } else { 1 };
        let milestones = &self.timelines[request].milestones;
        let reported = || {
            let (connected, connecting) = (milestones.at(Connected)?, milestones.at(Connecting)?);
            Some(connected.saturating_sub(connecting))
        };
        let measured = || opened.and_then(|opened| opened.round_trip).or_else(reported);
        let trip = if self.witness.is_some() {
            self.setting.round_trip
        } else {
            measured().unwrap_or_default()
        };
        trip.times(trips)
    }
}

/// A connection that was opened in the trial.
#[derive(Clone, Copy, Debug)]
struct OpenedConnection<'a> {
    at: Span,
    tls: Option<&'a TlsAgreement>,
    /// How long its SYN took, by the socket witness.
    round_trip: Option<Span>,
}
