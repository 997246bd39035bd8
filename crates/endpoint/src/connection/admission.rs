//! The requests of a connection that were read and not handled yet, in their order.
//!
//! A permit of the server is asked for only when the request is the next one of its connection. A
//! permit that comes when nothing waits is passed on.

use std::collections::VecDeque;
use std::sync::Arc;

use model::time::Moment;

use super::witness::Arrival;
use crate::http::request::{HttpRequest, RequestError};
use crate::server::capacity::{Acquired, Capacity, Permit, QueuePlace};

/// How many requests may wait on a connection before the link lets no more through.
pub(super) const MOST_WAITING: usize = 64;

/// What waits on a connection, and the permit of the first of it.
#[derive(Debug, Default)]
pub(super) struct Admission {
    waiting: VecDeque<Waiting>,
    next: NextPermit,
}

/// Something that was read and waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Request { request: HttpRequest, arrival: Arrival },
    ExpectContinue,
    Error(RequestError),
}

/// The permit of the next request, or of the one that is being handled.
#[derive(Debug, Default)]
enum NextPermit {
    #[default]
    NotAsked,
    Queued(QueuePlace),
    Granted(Permit),
}

impl Admission {
    /// Whether the link may let more through.
    pub(super) fn has_room(&self) -> bool {
        self.len() < MOST_WAITING
    }

    /// How many things wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the last thing is an error, after which nothing is read.
    pub(super) fn ends_in_error(&self) -> bool {
        matches!(self.waiting.back(), Some(Waiting::Error(_)))
    }

    /// Appends something.
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// Drops everything that waits.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Whether the first thing can be handled now. Only requests need a permit, and only where the
    /// server has a `capacity`.
    pub(super) fn is_admitted(&mut self, capacity: Option<&Arc<Capacity>>) -> bool {
        let Some(capacity) = capacity else { return true };
        if !matches!(self.waiting.front(), Some(Waiting::Request { .. })) {
            return true;
        }
        if matches!(self.next, NextPermit::NotAsked) {
            self.next = match capacity.acquire() {
                Acquired::Permit(permit) => NextPermit::Granted(permit),
                Acquired::Queued(place) => NextPermit::Queued(place),
            };
        }
        matches!(self.next, NextPermit::Granted(_))
    }

    /// The place in the server's queue where the next request waits for its permit.
    pub(super) fn queue_place(&mut self) -> Option<&mut QueuePlace> {
        match &mut self.next {
            NextPermit::Queued(place) => Some(place),
            NextPermit::NotAsked | NextPermit::Granted(_) => None,
        }
    }

    /// Gives the first thing its permit. False if nothing waits any more: the permit is passed on.
    pub(super) fn grant(&mut self, permit: Permit) -> bool {
        let waits = !self.is_empty();
        self.next = if waits { NextPermit::Granted(permit) } else { NextPermit::NotAsked };
        waits
    }

    /// Takes the first thing.
    pub(super) fn take(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }

    /// Ends the permit of the request that was taken; `due` is when its answer was to be ready.
    pub(super) fn end_permit(&mut self, due: Moment) {
        if let NextPermit::Granted(permit) = std::mem::take(&mut self.next) {
            permit.end(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use model::time::Span;

    use super::*;
    use crate::http::request::{RequestEvent, RequestReader};

    fn one_permit() -> Arc<Capacity> {
        Arc::new(Capacity::new(NonZeroU32::MIN))
    }

    fn request() -> Waiting {
        let mut reader = RequestReader::default();
        reader.push(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n");
        let Ok(Some(RequestEvent::Request(request))) = reader.next() else { panic!("a request") };
        let arrival = Arrival { at: Moment::from_nanos(0), hold: Span::ZERO };
        Waiting::Request { request, arrival }
    }

    fn waiting(all: impl IntoIterator<Item = Waiting>) -> Admission {
        Admission { waiting: all.into_iter().collect(), next: NextPermit::NotAsked }
    }

    #[test]
    fn admits_everything_without_a_capacity() {
        let mut admission = waiting([request()]);
        assert!(admission.is_admitted(None));
        assert!(admission.queue_place().is_none());
    }

    #[test]
    fn only_requests_wait_for_a_permit() {
        let capacity = one_permit();
        let _taken = capacity.acquire();
        for other in [Waiting::ExpectContinue, Waiting::Error(RequestError(400))] {
            let mut admission = waiting([other, request()]);
            assert!(admission.is_admitted(Some(&capacity)) && admission.queue_place().is_none());
            assert!(admission.take().is_some());
            assert!(!admission.is_admitted(Some(&capacity)) && admission.queue_place().is_some());
        }
    }

    #[test]
    fn keeps_its_place_in_the_queue_until_the_permit_comes() {
        let capacity = one_permit();
        let mut first = waiting([request()]);
        let mut second = waiting([request()]);
        assert!(first.is_admitted(Some(&capacity)) && !second.is_admitted(Some(&capacity)));
        first.end_permit(Moment::from_nanos(7));
        assert!(!second.is_admitted(Some(&capacity)), "it asks once");
        let permit =
            second.queue_place().and_then(|place| place.try_recv().ok()).expect("its permit");
        assert!(second.grant(permit) && second.is_admitted(Some(&capacity)));
    }

    #[test]
    fn a_permit_is_for_one_request() {
        let capacity = one_permit();
        let mut admission = waiting([request(), request()]);
        assert!(admission.is_admitted(Some(&capacity)));
        assert!(admission.take().is_some());
        admission.end_permit(Moment::from_nanos(7));
        let Acquired::Permit(_permit) = capacity.acquire() else { panic!("the permit is over") };
        assert!(!admission.is_admitted(Some(&capacity)));
    }

    #[test]
    fn passes_on_a_permit_that_nothing_waits_for() {
        let capacity = one_permit();
        let Acquired::Permit(permit) = capacity.acquire() else { panic!("a permit is free") };
        assert!(!waiting([]).grant(permit));
        assert!(matches!(capacity.acquire(), Acquired::Permit(_)));
    }

    #[test]
    fn has_room_for_a_limited_number_of_requests() {
        let mut admission = Admission::default();
        for _ in 0..MOST_WAITING {
            assert!(admission.has_room());
            admission.push(Waiting::ExpectContinue);
        }
        assert!(!admission.has_room());
        admission.clear();
        assert!(admission.has_room() && admission.is_empty());
    }
}
