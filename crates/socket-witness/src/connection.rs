//! Follows one connection: its opening, its handshake, its requests and its end.

use model::socket::SocketConnection;
use model::time::{Moment, Span};
use model::witness::Closer;

use crate::event::{Bytes, Closing, RequestHead, ResponseHead, ThreadKey, error_name};
use crate::exchange::{Arrival, Exchange, TicketsFirst};
use crate::threads::SHORTEST_WAIT;
use crate::tls::Tls;

/// Errors that do not say that a connection cannot be opened: it is being opened, or is open.
const IN_PROGRESS: [u32; 4] = [11, 106, 114, 115];

/// The states of TCP in which the server has ended its side first (`TCP_CLOSE_WAIT`, `TCP_LAST_ACK`).
const SERVER_ENDED: [u8; 2] = [8, 9];

/// When a call began and ended, and by which thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallTime {
    pub(crate) begin: Moment,
    pub(crate) end: Moment,
    pub(crate) thread: ThreadKey,
}

/// A request that a connection carried.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) connection: u32,
    pub(crate) ordinal: u64,
    pub(crate) thread: ThreadKey,
    pub(crate) exchange: Exchange,
}

/// A connection of the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    process: u32,
    peer: String,
    connecting: Option<Moment>,
    connected: Option<Moment>,
    refused: Option<String>,
    no_delay: bool,
    tls: Tls,
    /// Whether OpenSSL shows the plain text.
    is_readable: bool,
    closed: Option<Moment>,
    ended_by: Option<Closer>,
    asked_close: bool,
    closing: Option<Closing>,
    requests: u64,
    bytes_out: u64,
    bytes_in: u64,
    /// When the bytes that were read last had arrived.
    arrived: Option<Moment>,
    /// The last report of the system after which bytes were read.
    read_after: Option<Moment>,
    /// The requests that were begun since the last collection; the last one is being answered.
    carried: Vec<Carried>,
}

impl Connection {
    pub(crate) fn connect(&mut self, error: u32, peer: String, no_delay: bool, time: CallTime) {
        self.connecting.get_or_insert(time.begin);
        self.process = time.thread.process;
        self.peer = peer;
        self.no_delay |= no_delay;
        match error {
            0 => _ = self.connected.get_or_insert(time.end),
            error if IN_PROGRESS.contains(&error) => {}
            error => self.refused = Some(error_name(error)),
        }
    }

    /// The client asked whether the connection is open. The system reported so at `reported`.
    pub(crate) fn ask(&mut self, error: u32, reported: Moment) {
        match error {
            0 => {
                let connecting = self.connecting.unwrap_or(reported);
                self.connected.get_or_insert(reported.max(connecting));
            }
            error if self.connected.is_none() => self.refused = Some(error_name(error)),
            _ => self.ended_by = Some(Closer::Reset),
        }
    }

    pub(crate) fn set_no_delay(&mut self, on: bool) {
        self.no_delay = on;
    }

    /// Plain text that the client gave to OpenSSL.
    pub(crate) fn write_plain(&mut self, number: u32, head: Option<RequestHead>, time: CallTime) {
        self.is_readable = true;
        if head.is_some() {
            self.begin_request(number, head, time);
        }
    }

    /// Plain text that OpenSSL gave to the client.
    pub(crate) fn read_plain(&mut self, head: ResponseHead, time: CallTime) {
        self.is_readable = true;
        if let Some(carried) = self.carried.last_mut() {
            carried.exchange.answer(head, self.arrived.unwrap_or(time.end));
        }
    }

    /// The end of a handshake of OpenSSL.
    pub(crate) fn secure(&mut self, version: u16, resumed: bool, end: Moment) {
        self.tls.agree(version, resumed, end);
    }

    fn is_secured(&self) -> bool {
        self.tls.secured().is_some()
    }

    /// Whether it had its handshake, or was closed, before a moment.
    pub(crate) fn is_done_before(&self, moment: Moment) -> bool {
        let before = |at: Option<Moment>| at.is_some_and(|at| at < moment);
        before(self.tls.secured()) || before(self.closed)
    }

    /// A call that wrote. The system had last reported something to its thread at `reported`: at the latest
    /// that the connection was open.
    pub(crate) fn write(&mut self, number: u32, bytes: &Bytes, time: CallTime, reported: Moment) {
        let opened = if Some(reported) > self.connecting { reported } else { time.begin };
        self.connected.get_or_insert(opened.min(time.begin));
        self.bytes_out = self.bytes_out.saturating_add(bytes.count);
        let continues = match &bytes.records {
            Some(records) => {
                let written = self.tls.write(records, time.begin, time.end);
                let begins = written > 0 && !self.is_readable && self.is_over();
                if begins {
                    self.begin_request(number, None, time);
                }
                // The end of a long record brings no head of its own.
                written > 0 || (records.is_empty() && self.is_secured())
            }
            None => {
                let begins = bytes.request.is_some() || self.is_over();
                if begins {
                    self.begin_request(number, bytes.request.clone(), time);
                }
                true
            }
        };
        let open = self.carried.last_mut().filter(|carried| !carried.exchange.is_answered());
        if let Some(carried) = open.filter(|_| continues) {
            carried.exchange.write(bytes, time.begin);
        }
    }

    /// The kernel sent what it had held back of the last request.
    pub(crate) fn release(&mut self, at: Moment) {
        if let Some(carried) = self.carried.last_mut() {
            carried.exchange.released = Some(at);
        }
    }

    /// Whether more bytes belong to no request so far.
    fn is_over(&self) -> bool {
        self.carried.last().is_none_or(|carried| carried.exchange.is_answered())
    }

    fn begin_request(&mut self, number: u32, head: Option<RequestHead>, time: CallTime) {
        self.asked_close |= head.as_ref().is_some_and(|head| head.asks_close);
        let first = self.requests == 0 && self.tls.may_send_tickets() && !self.is_readable;
        let tickets = if first { TicketsFirst::Possible } else { TicketsFirst::Impossible };
        self.carried.push(Carried {
            connection: number,
            ordinal: self.requests,
            thread: time.thread,
            exchange: Exchange::begin(time.begin, head, tickets),
        });
        self.requests += 1;
    }

    /// A call that read. The system had last reported to its thread at `reported` that there was something to
    /// read.
    pub(crate) fn read(&mut self, bytes: &Bytes, time: CallTime, reported: Option<Moment>) {
        self.bytes_in = self.bytes_in.saturating_add(bytes.count);
        if bytes.count == 0 {
            self.end(Closer::Server, time.end);
            return;
        }
        let at = self.arrival(bytes, time, reported);
        self.arrived = Some(at);
        let Some(records) = &bytes.records else {
            if let Some(carried) = self.carried.last_mut() {
                carried.exchange.read(bytes, at);
                carried.exchange.answer(bytes.response, at);
            }
            return;
        };
        let response = self.tls.read(records, time.end);
        let continues = records.is_empty() && self.is_secured();
        let Some(carried) = self.carried.last_mut().filter(|_| continues || !response.is_empty())
        else {
            return;
        };
        carried.exchange.read(bytes, at);
        if !self.is_readable && (carried.exchange.is_answered() || !response.is_empty()) {
            let arrival = |record: &crate::event::Record| Arrival { at, length: record.length };
            carried.exchange.arrive(response.iter().map(arrival), at);
        }
    }

    /// When the bytes of a read had arrived. A busy client takes them later than the system reports them. What
    /// a further read takes after the same report may have come since, except the rest of a record.
    fn arrival(&mut self, bytes: &Bytes, time: CallTime, reported: Option<Moment>) -> Moment {
        let sent = self.carried.last().map(|carried| carried.exchange.sent);
        let has_waited = time.end.since(time.begin) >= SHORTEST_WAIT;
        let Some(reported) = reported.filter(|&at| !has_waited && Some(at) > sent) else {
            return time.end;
        };
        let is_rest = bytes.records.as_ref().is_some_and(Vec::is_empty);
        if self.read_after == Some(reported) {
            return self.arrived.filter(|_| is_rest).unwrap_or(time.end);
        }
        self.read_after = Some(reported);
        reported.min(time.end)
    }

    pub(crate) fn break_off(&mut self, end: Moment) {
        self.end(Closer::Reset, end);
    }

    fn end(&mut self, by: Closer, at: Moment) {
        let by = if by == Closer::Server && self.asked_close { Closer::Client } else { by };
        self.ended_by.get_or_insert(by);
        self.closed.get_or_insert(at);
    }

    /// The client ended its direction: it was the first to end the connection, if the server had not.
    pub(crate) fn shut(&mut self, at: Moment) {
        self.ended_by.get_or_insert(Closer::Client);
        self.closed.get_or_insert(at);
    }

    pub(crate) fn close(&mut self, closing: Closing, at: Moment) {
        let by_server = SERVER_ENDED.contains(&closing.state);
        self.end(if by_server { Closer::Server } else { Closer::Client }, at);
        self.closing = Some(closing);
    }

    /// Its process has ended, and the system has closed it.
    pub(crate) fn end_with_process(&mut self, process: u32, at: Moment) {
        if self.process == process && !self.is_closed() {
            self.end(Closer::Client, at);
            self.closing = Some(Closing::default());
        }
    }

    /// Whether it can no longer be used.
    pub(crate) const fn is_closed(&self) -> bool {
        self.closing.is_some()
    }

    /// Takes the requests that were begun since the last call.
    pub(crate) fn take_carried(&mut self) -> Vec<Carried> {
        std::mem::take(&mut self.carried)
    }

    /// Forgets how many bytes were carried, for the next trial.
    pub(crate) fn forget_bytes(&mut self) {
        self.bytes_in = 0;
        self.bytes_out = 0;
    }

    /// Whether it was open at some moment of a window.
    pub(crate) fn was_open(&self, window: Window) -> bool {
        let opened = self.connecting.is_none_or(|at| at <= window.to);
        opened && self.closed.is_none_or(|at| at >= window.from)
    }

    /// Its row, in nanoseconds after the window's start. What happened before is left out.
    pub(crate) fn row(&self, number: u32, window: Window) -> SocketConnection {
        let span = |at: Option<Moment>| at.and_then(|at| window.span(at));
        let known = self.closing.filter(|closing| !closing.round_trip.is_zero());
        SocketConnection {
            id: u64::from(number),
            peer: self.peer.clone(),
            connecting: span(self.connecting),
            connected: span(self.connected),
            refused: self.refused.clone().filter(|_| self.connected.is_none()),
            no_delay: self.no_delay,
            securing: span(self.tls.securing),
            secured: span(self.tls.secured()),
            tls: self.tls.agreement(),
            closed: span(self.closed),
            closed_by: self.ended_by.filter(|_| span(self.closed).is_some()),
            requests: self.requests,
            bytes_out: self.bytes_out,
            bytes_in: self.bytes_in,
            round_trip: known.map(|closing| closing.round_trip),
            retransmissions: known.map(|closing| closing.retransmissions),
        }
    }
}

/// The time of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Moment,
    pub(crate) to: Moment,
}

impl Window {
    /// How long after its start a moment is; nothing for one outside of it.
    pub(crate) fn span(&self, at: Moment) -> Option<Span> {
        (self.from <= at && at <= self.to).then(|| at.since(self.from))
    }

    /// The moment, moved into the window.
    pub(crate) fn clip(&self, at: Moment) -> Span {
        at.clamp(self.from, self.to).since(self.from)
    }
}
