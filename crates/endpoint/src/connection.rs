//! One connection, as a state machine: what arrives goes in with its stamp, what is to be written
//! comes out when it is due.
//!
//! Everything that an answer depends on is here, and nothing that a test could not steer: it
//! touches no socket, sets no timer, and is told what the clock reads. Bytes take this way:
//! `inbound` (held) → `security` → `reader` → waiting requests → a turn → the handler, which may
//! think → `outbound` (held) → the wire.

mod admission;

use std::sync::Arc;

use model::time::{Moment, Span};
use model::witness::{Closer, RequestRow};

use crate::deadline::Release;
use crate::handler::Answer;
use crate::inbound::{Content, Flight, Inbound};
use crate::jitter::{Direction, Jitter};
use crate::observer::{Activity, Observer, RequestKey, stamp};
use crate::outbound::{Cargo, Mark, Outbound};
use crate::pacing::Pacing;
use crate::request::{Found, Persistence, Reader, Refusal, Request};
use crate::response::{self, Response};
use crate::security::{Handshaking, NotTls, Opened, Security};
use crate::server::Server;
use crate::turns::{Place, Turn};

use admission::{Admission, Waiting};

/// How long the client has to close its side, after the server has closed its own; what it still
/// sends meanwhile is thrown away. Without this, the kernel would answer it with a reset, and the
/// client might lose the response.
const LINGER: Span = Span::from_secs(1);

/// Reads the clock.
pub(crate) type Clock<'a> = &'a dyn Fn() -> Moment;

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    id: u64,
    server: Arc<Server>,
    inbound: Inbound,
    security: Security,
    reader: Reader,
    admission: Admission,
    thinking: Option<Thinking>,
    jitter: Jitter,
    outbound: Outbound,
    intake: Intake,
    /// Whether the client's end has arrived, though the link may still hold it.
    client: Side,
    farewell: Farewell,
    /// Whose doing it is where the server closes its side: the client's, once it asked for that.
    closer: Closer,
    /// What the present work was released by.
    release: Release,
    ordinal: u64,
    handshake: Handshake,
    activity: Activity,
}

/// A request whose handler thinks.
#[derive(Debug)]
struct Thinking {
    key: RequestKey,
    response: Response,
    since: Moment,
    due: Moment,
}

/// What becomes of bytes that come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Intake {
    /// They are read.
    Open,
    /// None will come: the client's end has gone through the link.
    Ended,
    /// They are thrown away: the last response has been said.
    Deaf,
}

/// One side of the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Open,
    Closed,
}

/// How far the server has come in closing its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Farewell {
    /// It has not begun.
    No,
    /// Its end is on the link.
    Said,
    /// Its side was closed then.
    Shut(Moment),
}

/// Which flight of the handshake the witness waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handshake {
    /// None: the server's last one has not been written, or the client's next one has been seen.
    Elsewhere,
    /// The client's next one.
    Answered,
    /// That one has arrived then, and is held.
    Held(Moment),
}

impl Connection {
    /// A connection that was accepted at that moment.
    ///
    /// # Errors
    /// When its TLS cannot be set up.
    pub(crate) fn accept(
        server: &Arc<Server>,
        at: Moment,
        peer_port: u16,
    ) -> Result<Self, rustls::Error> {
        let security = Security::new(server.tls.as_ref())?;
        let id = server.shared.observer.accepted(at, peer_port);
        let jitter = |direction| Jitter::new(server.jitter, id, direction);
        Ok(Self {
            id,
            server: Arc::clone(server),
            inbound: Inbound::new(server.holds, jitter(Direction::In)),
            security,
            reader: Reader::default(),
            admission: Admission::default(),
            thinking: None,
            jitter: jitter(Direction::Out),
            outbound: Outbound::new(server.writes, server.bottleneck.as_ref().map(Pacing::new)),
            intake: Intake::Open,
            client: Side::Open,
            farewell: Farewell::No,
            closer: Closer::Server,
            release: Release { due: at, at },
            ordinal: 0,
            handshake: Handshake::Elsewhere,
            activity: Activity::Quiet,
        })
    }

    /// Whether bytes should be read from the socket.
    pub(crate) fn wants_bytes(&self) -> bool {
        self.client == Side::Open && (self.intake == Intake::Deaf || self.inbound.has_room())
    }

    /// Bytes arrived.
    pub(crate) fn arrived(&mut self, bytes: &[u8], at: Moment) {
        let ends_handshake = self.handshake == Handshake::Answered;
        if ends_handshake {
            self.handshake = Handshake::Held(at);
        }
        self.observer().connection(self.id, |row| {
            row.first_byte_in.get_or_insert(stamp(at));
            // The kernel had accepted it before its first bytes came.
            row.accepted = row.accepted.min(stamp(at));
            if ends_handshake {
                row.handshake_in = Some(stamp(at));
            }
        });
        if self.intake == Intake::Open {
            self.inbound.hold(Content::Bytes(bytes.to_vec()), at);
        }
    }

    /// The client closed its side.
    pub(crate) fn ended(&mut self, at: Moment) {
        self.client = Side::Closed;
        self.observer().closed(self.id, at, Closer::Client);
        match self.intake {
            Intake::Open => self.inbound.hold(Content::End, at),
            Intake::Deaf => self.intake = Intake::Ended,
            Intake::Ended => {}
        }
    }

    /// The connection broke.
    pub(crate) fn broke(&mut self, at: Moment) {
        self.observer().closed(self.id, at, Closer::Reset);
    }

    /// Does what is due. Whatever is due within `early` is due: by so much the caller expects to
    /// be woken late.
    pub(crate) fn advance(&mut self, clock: Clock<'_>, early: Span) {
        loop {
            let now = clock();
            let by = now + early;
            if self.thinking.as_ref().is_some_and(|thinking| thinking.due <= by) {
                self.stop_thinking(now, clock);
            } else if let Some(flight) = self.next_flight(by) {
                self.receive(flight, now, clock);
            } else if self.can_handle() && self.admission.is_admitted(self.server.turns.as_ref()) {
                self.handle(clock);
            } else {
                break;
            }
        }
        self.say_farewell(clock);
        self.outbound.fill(clock(), early, &mut self.security);
        self.tell_activity();
    }

    /// The place in the server's queue where the next request waits for its turn.
    pub(crate) fn place(&mut self) -> Option<&mut Place> {
        self.admission.place()
    }

    /// The turn came for which it waited.
    pub(crate) fn admit(&mut self, turn: Turn, now: Moment) {
        let due = turn.free_since.unwrap_or(now);
        if self.admission.grant(turn) {
            self.release = Release { due, at: now };
        }
    }

    /// When something is due next, if the client and the socket do nothing.
    pub(crate) fn due(&self) -> Option<Moment> {
        let linger = match self.farewell {
            Farewell::Shut(at) => Some(at + LINGER),
            _ => None,
        };
        let inbound = self.inbound.due().filter(|_| self.admission.has_room());
        let thinking = self.thinking.as_ref().map(|thinking| thinking.due);
        [inbound, thinking, self.outbound.due(), linger].into_iter().flatten().min()
    }

    /// What the socket should take now.
    pub(crate) fn wire(&self) -> &[u8] {
        self.outbound.wire()
    }

    /// The socket took so many bytes of that, then.
    pub(crate) fn took(&mut self, length: usize, at: Moment) {
        let observer = &self.server.shared.observer;
        for mark in self.outbound.took(length) {
            match mark {
                Mark::Handshake(ready) => {
                    self.handshake = Handshake::Answered;
                    observer.connection(self.id, |row| {
                        row.handshake_out = Some(stamp(at));
                        row.handshake_out_hold = Some(at.since(ready));
                        row.handshake_in = None;
                        row.handshake_in_hold = None;
                    });
                }
                Mark::FirstByte(key, ready) => observer.request(key, |row| {
                    row.first_byte_out = Some(stamp(at));
                    row.hold_out = Some(at.since(ready));
                }),
                Mark::LastByte(key) => observer.answered(key, at),
            }
        }
    }

    /// Whether the server's side of the socket is to be closed now.
    pub(crate) fn wants_shutdown(&self) -> bool {
        self.farewell == Farewell::Said && self.outbound.at_end()
    }

    /// The server's side of the socket was closed.
    pub(crate) fn shut(&mut self, at: Moment) {
        self.farewell = Farewell::Shut(at);
        self.observer().closed(self.id, at, self.closer);
    }

    /// Whether nothing can happen on the connection any more.
    pub(crate) fn is_over(&self, now: Moment) -> bool {
        match self.farewell {
            Farewell::Shut(at) => self.intake == Intake::Ended || at + LINGER <= now,
            _ => false,
        }
    }

    fn observer(&self) -> &Observer {
        &self.server.shared.observer
    }

    fn next_flight(&mut self, by: Moment) -> Option<Flight> {
        if self.admission.has_room() { self.inbound.release(by) } else { None }
    }

    fn receive(&mut self, flight: Flight, now: Moment, clock: Clock<'_>) {
        self.release = Release { due: flight.due, at: now };
        let bytes = match flight.content {
            _ if self.intake == Intake::Deaf => return,
            Content::Bytes(bytes) => bytes,
            Content::End => {
                self.intake = Intake::Ended;
                return;
            }
        };
        let hold = now.since(flight.arrived);
        self.tell_holds(flight.arrived, hold);
        let before =
            if self.security.is_handshaking() { Handshaking::Yes } else { Handshaking::No };
        let opened = self.security.open(&bytes, &mut self.reader);
        if before == Handshaking::Yes
            && let Some(agreement) = self.security.agreement()
        {
            self.observer().connection(self.id, |row| row.tls = Some(agreement));
        }
        if let Some(utterance) = self.security.utterance(before) {
            self.hold(Cargo::Security(utterance), clock());
        }
        self.read(flight.arrived, hold);
        match opened {
            Ok(Opened::More) => {}
            Ok(Opened::Ended) => {
                self.intake = Intake::Ended;
                self.observer().closed(self.id, flight.arrived, Closer::Client);
            }
            Err(NotTls) => {
                self.intake = Intake::Deaf;
                self.admission.clear();
            }
        }
    }

    fn tell_holds(&mut self, arrived: Moment, hold: Span) {
        let ends_handshake = self.handshake == Handshake::Held(arrived);
        if ends_handshake {
            self.handshake = Handshake::Elsewhere;
        }
        self.observer().connection(self.id, |row| {
            row.first_byte_hold.get_or_insert(hold);
            if ends_handshake {
                row.handshake_in_hold = Some(hold);
            }
        });
    }

    /// Reads the requests that the bytes so far hold; the last byte of each came with them.
    fn read(&mut self, arrived: Moment, hold: Span) {
        while !self.admission.ends_in_refusal() {
            self.admission.push(match self.reader.next() {
                Ok(Some(Found::Request(request))) => Waiting::Request { request, arrived, hold },
                Ok(Some(Found::Expectation)) => Waiting::Expectation,
                Ok(None) => return,
                Err(refusal) => Waiting::Refusal(refusal),
            });
        }
    }

    fn can_handle(&self) -> bool {
        self.thinking.is_none() && self.outbound.has_room() && !self.admission.is_empty()
    }

    /// Hands over what has waited longest.
    fn handle(&mut self, clock: Clock<'_>) {
        match self.admission.take() {
            Some(Waiting::Request { request, arrived, hold }) => {
                self.hand_over(&request, arrived, hold, clock);
            }
            Some(Waiting::Expectation) => self.hold(Cargo::Continue, clock()),
            Some(Waiting::Refusal(Refusal(status))) => {
                self.respond(response::refusal(status), None, clock());
            }
            None => {}
        }
    }

    fn hand_over(&mut self, request: &Request, arrived: Moment, hold: Span, clock: Clock<'_>) {
        let handled = clock();
        let Answer { response, think } = self.server.handler.answer(request, self.ordinal, handled);
        let key = self.observer().handed_over(RequestRow {
            connection: self.id,
            ordinal: self.ordinal,
            path: request.target.clone(),
            last_byte_in: stamp(arrived),
            hold_in: hold,
            handled: stamp(handled),
            think: Span::ZERO,
            first_byte_out: None,
            last_byte_out: None,
            hold_out: None,
            in_flight: 0,
            status: response.status,
            body_bytes: response.body_bytes(),
        });
        self.ordinal += 1;
        if request.persistence == Persistence::Close {
            self.closer = Closer::Client;
        }
        if think.is_zero() {
            self.answer(response, key, clock());
        } else {
            let due = self.release.on_time(handled) + think;
            self.thinking = Some(Thinking { key, response, since: handled, due });
        }
    }

    fn stop_thinking(&mut self, now: Moment, clock: Clock<'_>) {
        let Some(Thinking { key, response, since, due }) = self.thinking.take() else { return };
        self.release = Release { due, at: now };
        self.observer().request(key, |row| row.think = now.since(since));
        self.answer(response, key, clock());
    }

    /// Answers a request that was handled; its turn is the next one's.
    fn answer(&mut self, response: Response, key: RequestKey, ready: Moment) {
        self.admission.end_turn(self.release.on_time(ready));
        self.respond(response, Some(key), ready);
    }

    /// Says a response; with the last one goes the end, so that no client can be first to close.
    fn respond(&mut self, response: Response, key: Option<RequestKey>, ready: Moment) {
        let due = self.due_out(ready);
        let last = response.last;
        self.outbound.hold(Cargo::Response(Box::new(response), key), ready, due);
        if last == Persistence::Close {
            self.admission.clear();
            self.intake = match self.intake {
                Intake::Ended => Intake::Ended,
                Intake::Open | Intake::Deaf => Intake::Deaf,
            };
            self.farewell = Farewell::Said;
            self.outbound.hold(Cargo::End, ready, due);
        }
    }

    /// Puts something on the link that is ready.
    fn hold(&mut self, cargo: Cargo, ready: Moment) {
        let due = self.due_out(ready);
        self.outbound.hold(cargo, ready, due);
    }

    /// When the link lets through what is ready: it counts from when it would have been ready had
    /// the work been released on time.
    fn due_out(&mut self, ready: Moment) -> Moment {
        self.release.on_time(ready) + self.server.holds.one_way + self.jitter.next()
    }

    /// Once no request can come and none is left, the server closes its side.
    fn say_farewell(&mut self, clock: Clock<'_>) {
        let nothing_left = self.thinking.is_none() && self.admission.is_empty();
        if self.farewell == Farewell::No && self.intake != Intake::Open && nothing_left {
            self.farewell = Farewell::Said;
            self.hold(Cargo::End, clock());
        }
    }

    fn tell_activity(&mut self) {
        let active = self.inbound.holds_bytes()
            || self.thinking.is_some()
            || !self.admission.is_empty()
            || self.outbound.holds_bytes();
        let activity = if active { Activity::Busy } else { Activity::Quiet };
        if activity != self.activity {
            self.activity = activity;
            self.observer().mark(self.id, activity);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.observer().gone(self.id);
    }
}

#[cfg(test)]
mod tests;
