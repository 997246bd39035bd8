//! The capacity: how many requests the server handles at once, and the queue for it.
//!
//! A permit that ends goes to the first in the queue. Nothing here blocks: a queued request gets
//! its permit through a channel.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::time::Moment;
use tokio::sync::oneshot;

/// The capacity of one listener's server: a fair semaphore.
#[derive(Debug)]
pub(crate) struct Capacity {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    queue: VecDeque<oneshot::Sender<Permit>>,
}

/// What a request gets that asks for a permit.
#[derive(Debug)]
pub(crate) enum Acquired {
    /// A permit.
    Permit(Permit),
    /// A place in the queue.
    Queued(QueuePlace),
}

/// A place in the queue, to which the permit will be sent.
pub(crate) type QueuePlace = oneshot::Receiver<Permit>;

/// The right to be handled. When it is dropped, it goes to the next request.
#[derive(Debug)]
pub(crate) struct Permit {
    capacity: Arc<Capacity>,
    /// When the request before was to be ready; none if the permit was free.
    pub(crate) free_since: Option<Moment>,
}

impl Capacity {
    /// A server that handles `requests` at once, and handles none yet.
    pub(crate) fn new(requests: NonZeroU32) -> Self {
        Self { state: Mutex::new(State { free: requests.get(), queue: VecDeque::new() }) }
    }

    /// A permit, or a place in the queue.
    pub(crate) fn acquire(self: &Arc<Self>) -> Acquired {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return Acquired::Permit(Permit { capacity: Arc::clone(self), free_since: None });
        }
        let (sender, place) = oneshot::channel();
        state.queue.push_back(sender);
        Acquired::Queued(place)
    }

    fn pass_on(self: &Arc<Self>, free_since: Option<Moment>) {
        let next = {
            let mut state = self.state();
            let next =
                std::iter::from_fn(|| state.queue.pop_front()).find(|next| !next.is_closed());
            if next.is_none() {
                state.free += 1;
            }
            next
        };
        if let Some(next) = next {
            // A request that has just left the queue drops the permit, which comes back here.
            drop(next.send(Permit { capacity: Arc::clone(self), free_since }));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Ends the permit of a request whose answer was to be ready at `due`.
    pub(crate) fn end(mut self, due: Moment) {
        self.free_since = Some(due);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.capacity.pass_on(self.free_since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity(capacity: u32) -> Arc<Capacity> {
        Arc::new(Capacity::new(NonZeroU32::new(capacity).expect("from 1 on")))
    }

    fn permit(capacity: &Arc<Capacity>) -> Permit {
        match capacity.acquire() {
            Acquired::Permit(permit) => permit,
            Acquired::Queued(_) => panic!("no permit is free"),
        }
    }

    fn place(capacity: &Arc<Capacity>) -> QueuePlace {
        match capacity.acquire() {
            Acquired::Permit(_) => panic!("a permit is free"),
            Acquired::Queued(place) => place,
        }
    }

    #[test]
    fn passes_permits_on_in_the_order_of_the_queue() {
        let capacity = capacity(2);
        let (first, _second) = (permit(&capacity), permit(&capacity));
        let mut places = [place(&capacity), place(&capacity)];
        assert!(places[0].try_recv().is_err());
        first.end(Moment::from_nanos(7));
        assert!(places[1].try_recv().is_err());
        let third = places[0].try_recv().expect("a permit");
        assert_eq!(third.free_since, Some(Moment::from_nanos(7)));
        third.end(Moment::from_nanos(9));
        let fourth = places[1].try_recv().expect("a permit");
        assert_eq!(fourth.free_since, Some(Moment::from_nanos(9)));
    }

    #[test]
    fn skips_requests_that_left_the_queue_and_loses_no_permit() {
        let capacity = capacity(1);
        let first = permit(&capacity);
        let (gone, mut waits, leaves) = (place(&capacity), place(&capacity), place(&capacity));
        drop(gone);
        drop(first);
        let second = waits.try_recv().expect("a permit");
        drop(second);
        // The last one leaves after the permit was sent to it, before it has taken it.
        drop(leaves);
        let _third = permit(&capacity);
        assert!(matches!(capacity.acquire(), Acquired::Queued(_)));
    }

    #[test]
    fn frees_a_permit_when_the_queue_is_empty() {
        let capacity = capacity(1);
        permit(&capacity).end(Moment::from_nanos(1));
        assert_eq!(permit(&capacity).free_since, None);
    }
}
