//! One connection as a state machine: bytes that arrive go in with their stamp, and bytes to write
//! come out when they are due. It touches no socket, sets no timer and gets its clock as an
//! argument.
//!
//! A request passes `inbound` (held by the link), `security`, `protocol`, `admission` (queued), the
//! handler (which may think) and `outbound` (held by the link). Over HTTP/2 each is a stream:
//! `exchange` takes them through `streams` instead of `admission`.

mod admission;
mod exchange;
mod protocol;
mod state;
mod streams;
pub(crate) mod witness;

use std::sync::Arc;

use model::time::{Moment, Span};
use model::witness::Closer;

use crate::http::request::{HttpRequest, Persistence, RequestError, RequestEvent};
use crate::http::response;
use crate::link::delay::Delay;
use crate::link::inbound::{Content, HeldFlight, Inbound};
use crate::link::jitter::Direction;
use crate::link::outbound::{Mark, Outbound, Outgoing};
use crate::link::pacing::Pacing;
use crate::link::release::Release;
use crate::observer::Activity;
use crate::server::Server;
use crate::server::capacity::{Permit, QueuePlace};
use crate::server::handler::HandledRequest;
use crate::tls::security::{SecurityLayer, TlsInput};

use admission::{Admission, Waiting};
use protocol::Protocol;
use state::{ConnectionState, PreparedResponse, Rest, Thinking};
use streams::Streams;
use witness::{Arrival, ConnectionWitness};

/// Reads the clock.
pub(crate) type Clock<'a> = &'a dyn Fn() -> Moment;

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    server: Arc<Server>,
    witness: ConnectionWitness,
    inbound: Inbound,
    security: SecurityLayer,
    protocol: Protocol,
    admission: Admission,
    state: ConnectionState,
    delay: Delay,
    outbound: Outbound,
    /// The event that started the current work.
    release: Release,
}

impl Connection {
    /// A connection that was accepted at `at`.
    ///
    /// # Errors
    /// When its TLS session cannot be created.
    pub(crate) fn accept(
        server: &Arc<Server>,
        at: Moment,
        peer_port: u16,
    ) -> Result<Self, rustls::Error> {
        let security = SecurityLayer::new(server.tls.as_ref())?;
        let witness = ConnectionWitness::accepted(&server.process, at, peer_port);
        Ok(Self {
            inbound: Inbound::new(server.round_trip, witness.id()),
            security,
            protocol: Protocol::new(server.streams),
            admission: Admission::default(),
            state: ConnectionState::default(),
            delay: server.round_trip.delay(witness.id(), Direction::Out),
            outbound: Outbound::new(server.write_mode, server.bottleneck.as_ref().map(Pacing::new)),
            release: Release { due: at, at },
            witness,
            server: Arc::clone(server),
        })
    }

    /// Whether to read bytes from the socket.
    pub(crate) fn wants_bytes(&self) -> bool {
        self.state.wants_bytes() && (!self.state.reads() || self.inbound.has_room())
    }

    /// Records bytes that arrived, and holds them while requests are read.
    pub(crate) fn arrived(&mut self, bytes: &[u8], at: Moment) {
        self.witness.arrived(at);
        if self.state.reads() {
            self.inbound.hold(Content::Bytes(bytes.to_vec()), at);
        }
    }

    /// Records that the client closed its side of the socket.
    pub(crate) fn ended(&mut self, at: Moment) {
        let closer = self.protocol.streams().and_then(Streams::closer).unwrap_or(Closer::Client);
        self.witness.closed(at, closer);
        if self.state.reads() {
            self.inbound.hold(Content::End, at);
        }
        self.state.end_of_stream();
    }

    /// Records that the connection broke.
    pub(crate) fn broke(&mut self, at: Moment) {
        self.witness.closed(at, Closer::Reset);
    }

    /// Does the work that is due. The caller expects to be woken late by `early`, so work that is
    /// due within `early` is due now.
    pub(crate) fn advance(&mut self, clock: Clock<'_>, early: Span) {
        loop {
            let now = clock();
            let by = now + early;
            if let Some(thinking) = self.state.finish_thinking(by) {
                self.answer_after_thinking(thinking, now, clock);
            } else if let Some(flight) = self.next_flight(by) {
                self.receive(flight, now, clock);
            } else if self.can_handle() && self.admission.is_admitted(self.server.capacity.as_ref())
            {
                self.handle(clock);
            } else if !self.advance_streams(by, now, clock) {
                break;
            }
        }
        self.close_once_drained(clock);
        self.outbound.fill(clock(), early, &mut self.security);
        self.update_activity();
    }

    /// The place in the server's queue where the next request waits for its permit.
    pub(crate) fn queue_place(&mut self) -> Option<&mut QueuePlace> {
        match &mut self.protocol {
            Protocol::Http2(streams) => streams.queue_place(),
            Protocol::Http1(_) | Protocol::Undecided { .. } => self.admission.queue_place(),
        }
    }

    /// Gives the next request the permit that it waited for.
    pub(crate) fn admit(&mut self, permit: Permit, now: Moment) {
        let due = permit.free_since.unwrap_or(now);
        let is_taken = match &mut self.protocol {
            Protocol::Http2(streams) => streams.grant(permit),
            Protocol::Http1(_) | Protocol::Undecided { .. } => self.admission.grant(permit),
        };
        if is_taken {
            self.release = Release { due, at: now };
        }
    }

    /// When work is due next, if neither the client nor the socket does anything.
    pub(crate) fn due(&self) -> Option<Moment> {
        let inbound = self.inbound.due().filter(|_| self.admission.has_room());
        let streams = self.protocol.streams().and_then(Streams::due);
        [inbound, self.state.due(), streams, self.outbound.due()].into_iter().flatten().min()
    }

    /// The bytes to write to the socket now.
    pub(crate) fn wire(&self) -> &[u8] {
        self.outbound.wire()
    }

    /// Records that the socket took the first `length` bytes of the wire at `at`.
    pub(crate) fn took(&mut self, length: usize, at: Moment) {
        for mark in self.outbound.took(length) {
            match mark {
                Mark::Handshake(ready) => self.witness.handshake_written(ready, at),
                Mark::FirstByte(key, ready) => self.witness.first_byte_written(key, ready, at),
                Mark::LastByte(key) => self.witness.last_byte_written(key, at),
            }
        }
    }

    /// Whether to close the server's side of the socket now.
    pub(crate) fn wants_shutdown(&self) -> bool {
        self.state.is_closing() && self.outbound.at_end()
    }

    /// Records that the server's side of the socket was closed.
    pub(crate) fn shut(&mut self, at: Moment) {
        if let Some(closer) = self.state.shut(at) {
            self.witness.closed(at, closer);
        }
    }

    /// Whether nothing can happen on the connection any more.
    pub(crate) fn is_over(&self, now: Moment) -> bool {
        self.state.is_over(now)
    }

    fn next_flight(&mut self, by: Moment) -> Option<HeldFlight> {
        if self.admission.has_room() { self.inbound.release(by) } else { None }
    }

    fn receive(&mut self, flight: HeldFlight, now: Moment, clock: Clock<'_>) {
        self.release = Release { due: flight.due, at: now };
        if !self.state.reads() {
            return;
        }
        match flight.content {
            Content::Bytes(bytes) => {
                let arrival = Arrival { at: flight.arrived, hold: now.since(flight.arrived) };
                self.receive_bytes(&bytes, arrival, clock);
            }
            Content::End => self.state.drain(Rest::Nothing),
        }
    }

    fn receive_bytes(&mut self, bytes: &[u8], arrival: Arrival, clock: Clock<'_>) {
        self.witness.passed(arrival);
        let protocol = &mut self.protocol;
        let opened = self.security.open(bytes, &mut |plaintext| protocol.push(plaintext));
        self.protocol.decide(&self.security);
        if let Some(agreement) = opened.agreement {
            self.witness.agreed(agreement, arrival);
        }
        if let Some(output) = opened.output {
            self.send(Outgoing::Tls(output), clock());
        }
        self.read(arrival, clock);
        match opened.input {
            TlsInput::Open => {}
            TlsInput::CloseNotify => {
                self.state.drain(Rest::AfterCloseNotify);
                let closer = self.protocol.streams().and_then(Streams::closer);
                self.witness.closed(arrival.at, closer.unwrap_or(Closer::Client));
            }
            TlsInput::Invalid => {
                self.state.drain(Rest::Discarded);
                self.admission.clear();
                if let Some(streams) = self.protocol.streams_mut() {
                    streams.clear();
                }
            }
        }
    }

    /// Queues the requests whose last byte came with this arrival.
    fn read(&mut self, arrival: Arrival, clock: Clock<'_>) {
        if self.protocol.streams().is_some() {
            self.read_streams(arrival, clock);
        }
        let Protocol::Http1(reader) = &mut self.protocol else { return };
        while !self.admission.ends_in_error() {
            self.admission.push(match reader.next() {
                Ok(Some(RequestEvent::Request(request))) => Waiting::Request { request, arrival },
                Ok(Some(RequestEvent::ExpectContinue)) => Waiting::ExpectContinue,
                Ok(None) => return,
                Err(error) => Waiting::Error(error),
            });
        }
    }

    fn can_handle(&self) -> bool {
        !self.state.is_thinking() && self.outbound.has_room() && !self.admission.is_empty()
    }

    /// Handles what has waited longest.
    fn handle(&mut self, clock: Clock<'_>) {
        match self.admission.take() {
            Some(Waiting::Request { request, arrival }) => self.hand_over(&request, arrival, clock),
            Some(Waiting::ExpectContinue) => self.send(Outgoing::Continue, clock()),
            Some(Waiting::Error(RequestError(status))) => {
                let response = response::error(status);
                let closer = Closer::Server;
                self.respond(PreparedResponse { response, request: None, closer }, clock());
            }
            None => {}
        }
    }

    /// Gives a request to the handler.
    fn hand_over(&mut self, request: &HttpRequest, arrival: Arrival, clock: Clock<'_>) {
        let handled = clock();
        let HandledRequest { response, think, .. } =
            self.server.handler.answer(request, self.witness.requests(), handled);
        let key = self.witness.handed_over(request, arrival, &response, handled);
        let closer = match request.persistence {
            Persistence::Close => Closer::Client,
            Persistence::KeepAlive => Closer::Server,
        };
        let prepared = PreparedResponse { response, request: Some(key), closer };
        if think.is_zero() {
            self.answer(prepared, clock());
        } else {
            let due = self.release.on_time(handled) + think;
            self.state.think(Thinking { prepared, since: handled, due });
        }
    }

    fn answer_after_thinking(&mut self, thinking: Thinking, now: Moment, clock: Clock<'_>) {
        let Thinking { prepared, since, due } = thinking;
        self.release = Release { due, at: now };
        if let Some(key) = prepared.request {
            self.witness.thought(key, now.since(since));
        }
        self.answer(prepared, clock());
    }

    /// Answers a request, and passes its permit on.
    fn answer(&mut self, prepared: PreparedResponse, ready: Moment) {
        self.admission.end_permit(self.release.on_time(ready));
        self.respond(prepared, ready);
    }

    /// Sends a response. After the last one the server closes in the same write, so that no client
    /// can close first.
    fn respond(&mut self, prepared: PreparedResponse, ready: Moment) {
        let PreparedResponse { response, request, closer } = prepared;
        let due = self.due_out(ready);
        let persistence = response.persistence;
        self.outbound.hold(Outgoing::Response(Box::new(response), request), ready, due);
        if persistence == Persistence::Close {
            self.admission.clear();
            self.state.close(closer);
            self.outbound.hold(Outgoing::Close, ready, due);
        }
    }

    fn send(&mut self, outgoing: Outgoing, ready: Moment) {
        let due = self.due_out(ready);
        self.outbound.hold(outgoing, ready, due);
    }

    /// When the link lets through what is ready. It counts from when the work would have been ready
    /// if it had started on time.
    fn due_out(&mut self, ready: Moment) -> Moment {
        self.delay.pass(self.release.on_time(ready))
    }

    /// Closes the server's side once every request that was read is answered.
    fn close_once_drained(&mut self, clock: Clock<'_>) {
        let are_idle = self.protocol.streams().is_none_or(Streams::is_idle);
        if self.state.is_drained() && self.admission.is_empty() && are_idle {
            self.state.close(Closer::Server);
            self.send(Outgoing::Close, clock());
        }
    }

    fn update_activity(&mut self) {
        let busy = self.inbound.holds_bytes()
            || self.state.is_thinking()
            || !self.admission.is_empty()
            || self.protocol.streams().is_some_and(Streams::is_busy)
            || self.outbound.holds_bytes();
        self.witness.set_activity(if busy { Activity::Busy } else { Activity::Idle });
    }
}

#[cfg(test)]
mod tests;
