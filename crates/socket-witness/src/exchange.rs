//! One request and its response, as they are put together from reads and writes.

use model::time::{Moment, Span};

use crate::event::{Bytes, RequestHead, ResponseHead};

/// The longest record that is taken for a session ticket.
const LONGEST_TICKET: u16 = 500;

/// Application data that arrived: when, and the length of the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Moment,
    pub(crate) length: u16,
}

/// A request and its response so far.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) head: Option<RequestHead>,
    pub(crate) writing: Moment,
    pub(crate) sent: Moment,
    pub(crate) writes: u32,
    pub(crate) write_pause: Option<Span>,
    pub(crate) is_held: bool,
    /// When the kernel sent what it had held back.
    pub(crate) released: Option<Moment>,
    first_byte: Option<Moment>,
    pub(crate) last_byte: Option<Moment>,
    pub(crate) read_pause: Option<Span>,
    /// Whether the kernel acknowledged what came before this pause while it lasted.
    pub(crate) acknowledged: Option<bool>,
    pub(crate) reads: u32,
    pub(crate) status: Option<u16>,
    pub(crate) interim: u32,
    pub(crate) bytes_out: u64,
    pub(crate) bytes_in: u64,
    /// The first records of the response, where tickets may be among them.
    arrivals: Option<Vec<Arrival>>,
}

impl Exchange {
    /// A request that begins now. `tickets` says whether session tickets may come before its response.
    pub(crate) fn begin(writing: Moment, head: Option<RequestHead>, tickets: TicketsFirst) -> Self {
        Self {
            head,
            writing,
            sent: writing,
            writes: 0,
            write_pause: None,
            is_held: false,
            released: None,
            first_byte: None,
            last_byte: None,
            read_pause: None,
            acknowledged: None,
            reads: 0,
            status: None,
            interim: 0,
            bytes_out: 0,
            bytes_in: 0,
            arrivals: matches!(tickets, TicketsFirst::Possible).then(Vec::new),
        }
    }

    /// Whether a part of the final response was read.
    pub(crate) const fn is_answered(&self) -> bool {
        self.first_byte.is_some()
    }

    /// A call that wrote a part of the request.
    pub(crate) fn write(&mut self, bytes: &Bytes, begin: Moment) {
        if self.writes > 0 {
            let pause = begin.since(self.sent);
            self.write_pause = self.write_pause.max(Some(pause));
        }
        self.writes += 1;
        self.sent = begin;
        self.is_held |= bytes.is_held;
        self.bytes_out = self.bytes_out.saturating_add(bytes.count);
    }

    /// A call that read bytes of the response. Plain text says whether they belong to the final one.
    pub(crate) fn read(&mut self, bytes: &Bytes, end: Moment) {
        self.reads += 1;
        self.bytes_in = self.bytes_in.saturating_add(bytes.count);
        let pause = self.last_byte.map(|last| end.since(last));
        if pause > self.read_pause {
            (self.read_pause, self.acknowledged) = (pause, bytes.acknowledged);
        }
        if self.is_answered() {
            self.last_byte = Some(end);
        }
    }

    /// Plain text of a response. Interim responses are not its first byte.
    pub(crate) fn answer(&mut self, head: ResponseHead, end: Moment) {
        self.interim += head.interim;
        let is_interim = head.status.is_some_and(|status| (100..200).contains(&status));
        if is_interim && self.first_byte.is_none() {
            return;
        }
        if self.first_byte.is_none() {
            self.first_byte = Some(end);
            self.status = head.status;
        }
        self.last_byte = Some(end);
    }

    /// Encrypted records of which nothing else is known.
    pub(crate) fn arrive(&mut self, arrivals: impl Iterator<Item = Arrival>, end: Moment) {
        self.first_byte.get_or_insert(end);
        self.last_byte = Some(end);
        if let Some(kept) = &mut self.arrivals {
            kept.extend(arrivals.take(8_usize.saturating_sub(kept.len())));
        }
    }

    /// When the first byte of the final response was read. Servers send their session tickets directly
    /// before the first response: in one record, or in records of equal length.
    pub(crate) fn first_byte(&self) -> Option<Moment> {
        let after_tickets = self.arrivals.as_deref().and_then(after_tickets);
        after_tickets.or(self.first_byte)
    }
}

/// When the first record came that is no ticket; nothing if the first one is none. A server that sends
/// no tickets, and a short head long before the body, looks like one that sends them.
fn after_tickets(arrivals: &[Arrival]) -> Option<Moment> {
    let first = arrivals.first()?.length;
    let tickets = arrivals.iter().take_while(|arrival| arrival.length == first).count();
    let are_tickets = first <= LONGEST_TICKET;
    are_tickets.then(|| arrivals.get(tickets).map(|arrival| arrival.at)).flatten()
}

/// Whether session tickets may come before a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TicketsFirst {
    Possible,
    Impossible,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    fn count(count: u64) -> Bytes {
        Bytes { count, ..Bytes::default() }
    }

    fn encrypted(lengths: &[(u64, u16)]) -> Option<Moment> {
        let mut exchange = Exchange::begin(at(0), None, TicketsFirst::Possible);
        for &(millis, length) in lengths {
            let arrival = Arrival { at: at(millis), length };
            exchange.arrive([arrival].into_iter(), at(millis));
        }
        exchange.first_byte()
    }

    #[test]
    fn tickets_are_not_the_first_byte() {
        assert_eq!(encrypted(&[(10, 234), (10, 234), (60, 300)]), Some(at(60)));
        assert_eq!(encrypted(&[(10, 234), (60, 300)]), Some(at(60)));
        assert_eq!(encrypted(&[(10, 300)]), Some(at(10)));
        // Large records of equal length are a body.
        assert_eq!(encrypted(&[(10, 16401), (11, 16401), (12, 50)]), Some(at(10)));
        assert_eq!(encrypted(&[]), None);
    }

    #[test]
    fn interim_responses_are_not_the_first_byte() {
        let mut exchange = Exchange::begin(at(0), None, TicketsFirst::Impossible);
        exchange.read(&count(30), at(5));
        exchange.answer(ResponseHead { status: Some(103), interim: 1 }, at(5));
        assert_eq!((exchange.first_byte(), exchange.interim), (None, 1));
        exchange.read(&count(100), at(9));
        exchange.answer(ResponseHead { status: Some(200), interim: 0 }, at(9));
        let acknowledged = Bytes { acknowledged: Some(true), ..count(20) };
        exchange.read(&acknowledged, at(12));
        exchange.answer(ResponseHead::default(), at(12));
        assert_eq!((exchange.first_byte(), exchange.status), (Some(at(9)), Some(200)));
        assert_eq!((exchange.last_byte, exchange.reads, exchange.bytes_in), (Some(at(12)), 3, 150));
        assert_eq!(exchange.read_pause, Some(Span::from_millis(3)));
        assert_eq!(exchange.acknowledged, Some(true));
    }

    #[test]
    fn a_request_in_parts_keeps_its_longest_pause() {
        let mut exchange = Exchange::begin(at(0), None, TicketsFirst::Impossible);
        for (begin, is_held) in [(0, false), (1, false), (5, true)] {
            exchange.write(&Bytes { count: 10, is_held, ..Bytes::default() }, at(begin));
        }
        assert_eq!((exchange.writes, exchange.sent, exchange.is_held), (3, at(5), true));
        assert_eq!(exchange.write_pause, Some(Span::from_millis(4)));
    }
}
