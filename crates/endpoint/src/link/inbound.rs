//! The client's direction of the link: what has arrived and is held.

use std::collections::VecDeque;

use model::time::{Moment, Span};

use crate::link::delay::{Delay, RoundTrip};
use crate::link::jitter::Direction;

/// How many bytes are held before no more are read from the socket, as with a receive window of
/// this size.
const WINDOW: usize = 1 << 20;

/// What arrived in one piece.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Bytes.
    Bytes(Vec<u8>),
    /// The end of the client's side.
    End,
}

/// Something that arrived, and when it leaves the link.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HeldFlight {
    /// What arrived.
    pub(crate) content: Content,
    /// When it arrived.
    pub(crate) arrived: Moment,
    /// When the link lets it through.
    pub(crate) due: Moment,
}

/// The flights that are held, in their order.
#[derive(Debug)]
pub(crate) struct Inbound {
    delay: Delay,
    /// What the first flight is charged for the SYN, which the kernel answered at once.
    syn_round_trip: Span,
    flights: VecDeque<HeldFlight>,
    last_due: Option<Moment>,
    held_bytes: usize,
}

impl Inbound {
    /// The inbound direction of the connection with this identifier.
    pub(crate) fn new(round_trip: RoundTrip, connection: u64) -> Self {
        Self {
            delay: round_trip.delay(connection, Direction::In),
            syn_round_trip: round_trip.base,
            flights: VecDeque::new(),
            last_due: None,
            held_bytes: 0,
        }
    }

    /// Holds what has arrived. The first flight is charged the SYN's round trip too, and no flight
    /// overtakes another.
    pub(crate) fn hold(&mut self, content: Content, arrived: Moment) {
        let passed = self.delay.pass(arrived);
        let due = match self.last_due {
            None => passed + self.syn_round_trip,
            Some(last) => last.max(passed),
        };
        self.last_due = Some(due);
        self.held_bytes += content.length();
        self.flights.push_back(HeldFlight { content, arrived, due });
    }

    /// When the next flight is due.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.flights.front().map(|flight| flight.due)
    }

    /// Lets the next flight through, if it is due by `moment`.
    pub(crate) fn release(&mut self, moment: Moment) -> Option<HeldFlight> {
        self.flights.front().filter(|flight| flight.due <= moment)?;
        let flight = self.flights.pop_front()?;
        self.held_bytes -= flight.content.length();
        Some(flight)
    }

    /// Whether more may be read from the socket.
    pub(crate) fn has_room(&self) -> bool {
        self.held_bytes < WINDOW
    }

    /// Whether bytes are held; the client's end alone does not count.
    pub(crate) fn holds_bytes(&self) -> bool {
        self.held_bytes > 0
    }
}

impl Content {
    fn length(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::End => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(micros: u64) -> Moment {
        Moment::from_nanos(micros * 1000)
    }

    fn inbound() -> Inbound {
        inbound_with(Span::ZERO)
    }

    fn inbound_with(jitter: Span) -> Inbound {
        Inbound::new(RoundTrip { base: Span::from_millis(10), jitter }, 1)
    }

    #[test]
    fn jitter_delays_flights_and_keeps_their_order() {
        let mut inbound = inbound_with(Span::from_millis(40));
        let (mut last, mut longest) = (moment(0), Span::ZERO);
        for arrived in (100_000..200_000).step_by(1000) {
            inbound.hold(Content::Bytes(b"a".to_vec()), moment(arrived));
            let due = inbound.flights.back().expect("is held").due;
            assert!(due >= last && due >= moment(arrived + 5000));
            longest = longest.max(due.since(moment(arrived + 5000)));
            last = due;
        }
        assert!(longest > Span::from_millis(15) && longest <= Span::from_millis(20));
    }

    #[test]
    fn charges_the_syn_to_the_first_flight_alone() {
        let mut inbound = inbound();
        inbound.hold(Content::Bytes(b"a".to_vec()), moment(1000));
        inbound.hold(Content::Bytes(b"b".to_vec()), moment(30_000));
        assert_eq!(inbound.due(), Some(moment(16_000)));
        assert_eq!(inbound.release(moment(15_999)), None);
        assert_eq!(
            inbound.release(moment(16_000)).map(|flight| flight.arrived),
            Some(moment(1000))
        );
        assert_eq!(inbound.due(), Some(moment(35_000)));
    }

    #[test]
    fn no_flight_overtakes_the_first() {
        let mut inbound = inbound();
        inbound.hold(Content::Bytes(b"a".to_vec()), moment(1000));
        inbound.hold(Content::Bytes(b"b".to_vec()), moment(2000));
        inbound.hold(Content::End, moment(2001));
        assert!(inbound.holds_bytes());
        let released: Vec<HeldFlight> =
            std::iter::from_fn(|| inbound.release(moment(16_000))).collect();
        assert_eq!(released.len(), 3);
        assert_eq!(released[2].content, Content::End);
        assert!(!inbound.holds_bytes());
    }

    #[test]
    fn a_full_window_stops_reading() {
        let mut inbound = inbound();
        assert!(inbound.has_room());
        inbound.hold(Content::Bytes(vec![0; WINDOW]), moment(0));
        assert!(!inbound.has_room());
        assert!(inbound.release(moment(15_000)).is_some());
        assert!(inbound.has_room());
    }
}
