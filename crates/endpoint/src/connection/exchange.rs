//! The exchanges on a connection of HTTP/2: requests from its streams to the handler, and what they
//! produce to the link.

use model::time::Moment;
use model::witness::Closer;

use super::protocol::Protocol;
use super::streams::{StreamRequest, StreamResponse, ThinkingStream};
use super::witness::Arrival;
use super::{Clock, Connection};
use crate::link::outbound::Outgoing;
use crate::link::release::Release;
use crate::server::capacity::{Acquired, Permit};
use crate::server::handler::{HandledRequest, StreamEnd};

impl Connection {
    /// Reads the requests that came with this arrival.
    pub(super) fn read_streams(&mut self, arrival: Arrival, clock: Clock<'_>) {
        self.produce(clock);
        let Protocol::Http2(streams) = &mut self.protocol else { return };
        for asked in streams.follow(arrival, &self.witness) {
            self.admit_stream(asked, clock);
        }
        self.produce(clock);
        self.end_session(clock);
    }

    /// Does one thing that is due on a stream. False if nothing is.
    pub(super) fn advance_streams(&mut self, by: Moment, now: Moment, clock: Clock<'_>) -> bool {
        let Protocol::Http2(streams) = &mut self.protocol else { return false };
        if let Some(thinking) = streams.finish_thinking(by) {
            self.answer_stream_after_thinking(thinking, now, clock);
        } else if let Some((asked, permit)) = streams.take_granted() {
            self.hand_over_stream(asked, Some(permit), clock);
        } else {
            let is_waiting =
                streams.wants_room() && self.outbound.room(self.server.send_buffer) > 0;
            if !is_waiting {
                return false;
            }
        }
        self.produce(clock);
        self.end_session(clock);
        true
    }

    /// Hands a request over, or has it wait for its permit.
    fn admit_stream(&mut self, asked: StreamRequest, clock: Clock<'_>) {
        let acquired = self.server.capacity.as_ref().map(|capacity| capacity.acquire());
        match (acquired, &mut self.protocol) {
            (Some(Acquired::Queued(place)), Protocol::Http2(streams)) => streams.wait(asked, place),
            (Some(Acquired::Permit(permit)), _) => {
                self.hand_over_stream(asked, Some(permit), clock);
            }
            _ => self.hand_over_stream(asked, None, clock),
        }
    }

    /// Gives a request to the handler.
    fn hand_over_stream(&mut self, asked: StreamRequest, permit: Option<Permit>, clock: Clock<'_>) {
        let Protocol::Http2(streams) = &mut self.protocol else { return };
        let handled = clock();
        let HandledRequest { response, think, stream_end } =
            self.server.handler.answer(&asked.request, self.witness.requests(), handled);
        let row = streams.row(&asked);
        let key = self.witness.handed_over(&asked.request, asked.arrival, &response, handled);
        self.witness.carried_by(key, row);
        let stream = asked.stream;
        let prepared = StreamResponse { stream, key, response, end: stream_end, permit };
        if think.is_zero() {
            self.answer_stream(prepared, clock());
        } else {
            let due = self.release.on_time(handled) + think;
            streams.think(ThinkingStream { prepared, since: handled, due });
        }
    }

    fn answer_stream_after_thinking(
        &mut self,
        thinking: ThinkingStream,
        now: Moment,
        clock: Clock<'_>,
    ) {
        let ThinkingStream { prepared, since, due } = thinking;
        self.release = Release { due, at: now };
        self.witness.thought(prepared.key, now.since(since));
        self.answer_stream(prepared, clock());
    }

    /// Answers a request, and passes its permit on.
    fn answer_stream(&mut self, prepared: StreamResponse, ready: Moment) {
        let StreamResponse { stream, key, response, end, permit } = prepared;
        if let Some(permit) = permit {
            permit.end(self.release.on_time(ready));
        }
        let Protocol::Http2(streams) = &mut self.protocol else { return };
        match end {
            StreamEnd::Response => streams.answer(stream, key, response),
            StreamEnd::Reset => {
                streams.reset(stream);
                self.witness.reset(key, ready);
            }
        }
    }

    /// Puts on the link what the streams have to send.
    fn produce(&mut self, clock: Clock<'_>) {
        let Protocol::Http2(streams) = &mut self.protocol else { return };
        let output = streams.advance(self.outbound.room(self.server.send_buffer));
        let ready = clock();
        let pieces = streams.produced(output, ready, &self.witness);
        if pieces.is_empty() {
            return;
        }
        let due = self.due_out(ready);
        for frames in pieces {
            self.outbound.hold(Outgoing::Frames(frames), ready, due);
        }
    }

    /// Closes the connection once its session is over.
    fn end_session(&mut self, clock: Clock<'_>) {
        let Protocol::Http2(streams) = &mut self.protocol else { return };
        if !streams.are_over() {
            return;
        }
        streams.clear();
        let closer = streams.closer().unwrap_or(Closer::Server);
        if !self.state.is_closing() {
            self.state.close(closer);
            self.send(Outgoing::Close, clock());
        }
    }
}
