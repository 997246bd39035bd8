//! A synthetic trial over TLS, at a round trip of 11 ms: the reports of the client and the
//! endpoint, which agree.
//!
//! Times are microseconds after the start of the trial.

use model::socket::{Lookup, SocketConnection, SocketRequest, SocketWitness};
use model::time::Span;
use model::trace::{Columns, Milestone, TraceColumn};
use model::witness::{ConnectionRow, RequestRow, Witness};

use super::{connection_row, request_row};

/// The round trips that open a connection: of TCP and of the TLS handshake.
const TRIPS: u64 = 22_000;

/// A trial as both sides report it.
#[derive(Clone, Debug)]
pub struct SyntheticTrial {
    /// What the client reports.
    pub columns: Columns,
    /// What the endpoint saw.
    pub witness: Witness,
}

/// How long the steps of a request take, without the round trips that open its connection.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// Looking up the name of the host.
    pub lookup: u64,
    /// Unanswered connection attempts, before the connection is opened.
    pub unanswered: u64,
    /// From the open connection to the first byte of its TLS handshake.
    pub preparation: u64,
    /// The TLS handshake, beyond its round trip.
    pub handshake: u64,
    /// Waiting at the server until it begins to handle the request.
    pub queue: u64,
    /// The rest of the time until the response's first byte.
    pub wait: u64,
    /// From the response's first byte to its last.
    pub body: u64,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            lookup: 20,
            unanswered: 0,
            preparation: 100,
            handshake: 1_040,
            queue: 0,
            wait: 11_200,
            body: 0,
        }
    }
}

impl Steps {
    /// From the start of a request until its connection is open, with TLS.
    const fn opening(&self) -> u64 {
        140 + self.lookup + self.unanswered + self.preparation + TRIPS + self.handshake
    }

    /// How long a request takes on an open connection.
    const fn later(&self) -> u64 {
        200 + self.queue + self.wait + self.body
    }
}

/// Which requests open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// None: they use the connections of an earlier trial.
    Never,
    /// The first of each worker.
    Once,
    /// Every request.
    Always,
}

/// A request on its connection.
#[derive(Clone, Copy, Debug)]
struct Turn {
    submitted: u64,
    started: u64,
    connection: u64,
    ordinal: u64,
    steps: Steps,
}

impl SyntheticTrial {
    /// Sequential requests on one connection; the last is done at `end`.
    pub(super) fn sequential(requests: u64, end: Span) -> Self {
        let steps = Steps::default();
        let length = steps.opening() + steps.later() * requests;
        let mut trial = Self::nothing();
        let mut begun = (end.as_nanos() / 1000).saturating_sub(length);
        for ordinal in 0..requests {
            let (submitted, started) = (begun, begun);
            begun = trial.request(Turn { submitted, started, connection: 0, ordinal, steps });
        }
        trial
    }

    /// All requests at once, each on its own connection and a little after the one before; the last
    /// is done at `end`.
    pub(super) fn at_once(requests: u64, end: Span) -> Self {
        const APART: u64 = 100;
        let steps = Steps::default();
        let length = steps.opening() + steps.later() + APART * requests.saturating_sub(1);
        let mut trial = Self::nothing();
        let submitted = (end.as_nanos() / 1000).saturating_sub(length);
        for connection in 0..requests {
            let started = submitted + APART * connection;
            trial.request(Turn { submitted, started, connection, ordinal: 0, steps });
        }
        trial
    }

    /// These requests, dealt out to `places` workers, each of which makes one after another. With
    /// several workers all requests are handed over at `begin`; with one, each at its turn.
    pub fn over(places: u64, opened: Opening, begin: u64, requests: &[Steps]) -> Self {
        let mut trial = Self::nothing();
        for (number, &steps) in (0..).zip(requests) {
            let (place, turn) = (number % places, number / places);
            let before = number.checked_sub(places).and_then(|before| trial.done(before as usize));
            let started = before.unwrap_or(begin);
            let submitted = if places == 1 { started } else { begin };
            let (connection, ordinal) = match opened {
                Opening::Never => (place, turn + 1),
                Opening::Once => (place, turn),
                Opening::Always => (number, 0),
            };
            trial.request(Turn { submitted, started, connection, ordinal, steps });
        }
        trial
    }

    /// The same trial, of a client that reports which worker made each request.
    #[must_use]
    pub fn by_workers(mut self, workers: u64) -> Self {
        let requests = self.columns.milestone(Milestone::Done).map_or(0, Vec::len) as u64;
        self.columns.worker = Some((0..requests).map(|number| Some(number % workers)).collect());
        self
    }

    /// What the system calls of the client show, if these many threads made the requests in turn.
    pub fn sockets(&self, threads: u64) -> SocketWitness {
        let mut sockets = SocketWitness::default();
        for (request, row) in self.witness.requests.iter().enumerate() {
            let at = |milestone| self.columns.at(milestone, request);
            let sent = at(Milestone::Sent).unwrap_or_default();
            let thread = u32::try_from(request as u64 % threads).unwrap_or_default();
            sockets.requests.push(SocketRequest {
                connection: row.connection,
                ordinal: row.ordinal,
                thread,
                item: u32::try_from(request).ok(),
                method: row.method.clone(),
                path: Some(row.path.clone()),
                writing: at(Milestone::Writing).unwrap_or(sent),
                sent,
                first_byte: at(Milestone::FirstByte),
                last_byte: at(Milestone::Done),
                status: Some(row.status),
                ..SocketRequest::default()
            });
            let (Some(began), Some(ended)) = (at(Milestone::Resolving), at(Milestone::Resolved))
            else {
                continue;
            };
            let name = "localhost".to_owned();
            sockets.lookups.push(Lookup { thread, name, began, ended, addresses: 1 });
            sockets.connections.push(SocketConnection {
                id: row.connection,
                peer: "127.0.0.1:40001".to_owned(),
                connecting: at(Milestone::Connecting),
                connected: at(Milestone::Connected),
                securing: at(Milestone::Securing),
                secured: at(Milestone::Secured),
                tls: connection_row(row.connection, false).tls,
                requests: 1,
                ..SocketConnection::default()
            });
        }
        sockets
    }

    /// When the last request was done.
    pub fn end(&self) -> Span {
        self.columns
            .milestone(Milestone::Done)
            .into_iter()
            .flatten()
            .flatten()
            .copied()
            .max()
            .unwrap_or_default()
    }

    /// When a request was done.
    pub fn done(&self, request: usize) -> Option<u64> {
        Some(self.columns.at(Milestone::Done, request)?.as_nanos() / 1000)
    }

    fn nothing() -> Self {
        let witness = Witness { drained: true, ..Witness::default() };
        Self { columns: Columns::default(), witness }
    }

    /// Adds a request, and returns when it was done.
    fn request(&mut self, turn: Turn) -> u64 {
        let Turn { submitted, started, connection, ordinal, steps } = turn;
        let opened = (ordinal == 0).then_some(started);
        let after = |later| opened.map(|moment| micros(moment + later));
        let connecting = 40 + steps.lookup;
        let connected = connecting + steps.unanswered + 100;
        let securing = connected + steps.preparation;
        let secured = steps.opening();
        let writing = started + 100 + if opened.is_some() { secured } else { 0 };
        let first_byte = writing + steps.queue + steps.wait;
        let done = first_byte + steps.body + 100;
        let milestones = [
            (Milestone::Submitted, Some(micros(submitted))),
            (Milestone::Started, Some(micros(started))),
            (Milestone::Resolving, after(20)),
            (Milestone::Resolved, after(20 + steps.lookup)),
            (Milestone::Connecting, after(connecting)),
            (Milestone::Connected, after(connected)),
            (Milestone::Securing, after(securing)),
            (Milestone::Secured, after(secured)),
            (Milestone::Writing, Some(micros(writing))),
            (Milestone::Sent, Some(micros(writing))),
            (Milestone::FirstByte, Some(micros(first_byte))),
            (Milestone::Done, Some(micros(done))),
        ];
        for (milestone, at) in milestones {
            self.columns.milestones[milestone].get_or_insert_default().push(at);
        }
        push(&mut self.columns.connection, connection);
        push(&mut self.columns.status, 200);
        push(&mut self.columns.bytes, request_row().body_bytes);
        if let Some(opened) = opened {
            self.witness.connections.push(ConnectionRow {
                accepted: micros(opened + connected + 10),
                first_byte_in: Some(micros(opened + securing + 10)),
                first_byte_hold: Some(micros(16_500)),
                handshake_out: Some(micros(opened + secured - 300)),
                handshake_in: Some(micros(opened + secured + 10)),
                requests: 0,
                ..connection_row(connection, false)
            });
        }
        self.answer(writing, turn);
        done
    }

    fn answer(&mut self, writing: u64, Turn { connection, ordinal, steps, .. }: Turn) {
        let path = format!("/todos/{}", self.witness.requests.len() + 1);
        let first_byte_out = writing + steps.queue + steps.wait - 30;
        self.witness.requests.push(RequestRow {
            connection,
            ordinal,
            path,
            last_byte_in: micros(writing + 20),
            handled: micros(writing + 20 + steps.queue),
            first_byte_out: Some(micros(first_byte_out)),
            last_byte_out: Some(micros(first_byte_out + steps.body + 10)),
            ..request_row()
        });
        // Connections are numbered in the order in which they are opened.
        let row = self.witness.connections.get_mut(connection as usize);
        if let Some(row) = row.filter(|row| row.id == connection) {
            row.requests += 1;
        }
    }
}

/// A time in microseconds.
pub const fn micros(micros: u64) -> Span {
    Span::from_nanos(micros * 1000)
}

fn push<T>(column: &mut Option<TraceColumn<T>>, entry: T) {
    column.get_or_insert_default().push(Some(entry));
}
