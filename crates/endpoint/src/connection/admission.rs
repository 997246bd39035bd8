//! What was read and is not handled yet: it waits in its order, and a request for its turn at the
//! server too.
//!
//! A turn is asked for when the request is the next one, and not before: nobody stands in the
//! server's queue behind a request of his own. A turn that comes when nothing waits any more is never
//! kept; it goes on to the next one.

use std::collections::VecDeque;
use std::sync::Arc;

use model::time::{Moment, Span};

use crate::request::{Refusal, Request};
use crate::turns::{Asked, Place, Turn, Turns};

/// How many requests may wait on a connection before no more is let through to it.
pub(super) const MOST_WAITING: usize = 64;

/// What waits on a connection, and how far the first of it has come.
#[derive(Debug, Default)]
pub(super) struct Admission {
    waiting: VecDeque<Waiting>,
    next: Standing,
}

/// Something that was read and waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Request { request: Request, arrived: Moment, hold: Span },
    Expectation,
    Refusal(Refusal),
}

/// Whether the next request may be handled.
#[derive(Debug, Default)]
enum Standing {
    /// Nobody asked.
    #[default]
    Unasked,
    /// It stands in the server's queue.
    Queued(Place),
    /// It is its turn, or that of the one that is being handled.
    Granted(Turn),
}

impl Admission {
    /// Whether more may be let through.
    pub(super) fn has_room(&self) -> bool {
        self.len() < MOST_WAITING
    }

    /// How much waits.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a refusal waits, after which nothing is read any more.
    pub(super) fn ends_in_refusal(&self) -> bool {
        matches!(self.waiting.back(), Some(Waiting::Refusal(_)))
    }

    /// Has something wait behind all that waits.
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// Throws away what waits.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Whether what has waited longest need not wait for a turn any more. Only requests do, and only
    /// where there are `turns` to wait for.
    pub(super) fn is_admitted(&mut self, turns: Option<&Arc<Turns>>) -> bool {
        let Some(turns) = turns else { return true };
        if !matches!(self.waiting.front(), Some(Waiting::Request { .. })) {
            return true;
        }
        if matches!(self.next, Standing::Unasked) {
            self.next = match turns.ask() {
                Asked::Turn(turn) => Standing::Granted(turn),
                Asked::Place(place) => Standing::Queued(place),
            };
        }
        matches!(self.next, Standing::Granted(_))
    }

    /// The place in the server's queue where the next request waits for its turn.
    pub(super) fn place(&mut self) -> Option<&mut Place> {
        match &mut self.next {
            Standing::Queued(place) => Some(place),
            Standing::Unasked | Standing::Granted(_) => None,
        }
    }

    /// Gives the turn that came to what waits, and says whether anything did: it may have been thrown
    /// away.
    pub(super) fn grant(&mut self, turn: Turn) -> bool {
        let waits = !self.is_empty();
        self.next = if waits { Standing::Granted(turn) } else { Standing::Unasked };
        waits
    }

    /// Takes what has waited longest.
    pub(super) fn take(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    /// Ends the turn of the request that was taken, which was to be ready at that moment.
    pub(super) fn end_turn(&mut self, due: Moment) {
        if let Standing::Granted(turn) = std::mem::take(&mut self.next) {
            turn.end(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::request::{Found, Reader};

    fn one_turn() -> Arc<Turns> {
        Arc::new(Turns::new(NonZeroU32::MIN))
    }

    fn request() -> Waiting {
        let mut reader = Reader::default();
        reader.push(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n");
        let Ok(Some(Found::Request(request))) = reader.next() else { panic!("a request") };
        Waiting::Request { request, arrived: Moment::from_nanos(0), hold: Span::ZERO }
    }

    fn waiting(all: impl IntoIterator<Item = Waiting>) -> Admission {
        Admission { waiting: all.into_iter().collect(), next: Standing::Unasked }
    }

    #[test]
    fn without_turns_nothing_waits_for_one() {
        let mut admission = waiting([request()]);
        assert!(admission.is_admitted(None));
        assert!(admission.place().is_none());
    }

    #[test]
    fn only_requests_wait_for_a_turn() {
        let turns = one_turn();
        let _taken = turns.ask();
        for other in [Waiting::Expectation, Waiting::Refusal(Refusal(400))] {
            let mut admission = waiting([other, request()]);
            assert!(admission.is_admitted(Some(&turns)) && admission.place().is_none());
            assert!(admission.take().is_some());
            assert!(!admission.is_admitted(Some(&turns)) && admission.place().is_some());
        }
    }

    #[test]
    fn a_request_keeps_its_place_until_its_turn_comes() {
        let turns = one_turn();
        let mut first = waiting([request()]);
        let mut second = waiting([request()]);
        assert!(first.is_admitted(Some(&turns)) && !second.is_admitted(Some(&turns)));
        first.end_turn(Moment::from_nanos(7));
        assert!(!second.is_admitted(Some(&turns)), "it asks once, and is told");
        let turn = second.place().and_then(|place| place.try_recv().ok()).expect("its turn");
        assert!(second.grant(turn) && second.is_admitted(Some(&turns)));
    }

    #[test]
    fn a_turn_is_for_one_request() {
        let turns = one_turn();
        let mut admission = waiting([request(), request()]);
        assert!(admission.is_admitted(Some(&turns)));
        assert!(admission.take().is_some());
        admission.end_turn(Moment::from_nanos(7));
        let Asked::Turn(_other) = turns.ask() else { panic!("the turn is over") };
        assert!(!admission.is_admitted(Some(&turns)));
    }

    #[test]
    fn a_turn_that_nothing_waits_for_goes_on() {
        let turns = one_turn();
        let Asked::Turn(turn) = turns.ask() else { panic!("a turn is free") };
        assert!(!waiting([]).grant(turn));
        assert!(matches!(turns.ask(), Asked::Turn(_)));
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut admission = Admission::default();
        for _ in 0..MOST_WAITING {
            assert!(admission.has_room());
            admission.push(Waiting::Expectation);
        }
        assert!(!admission.has_room());
        admission.clear();
        assert!(admission.has_room() && admission.is_empty());
    }
}
