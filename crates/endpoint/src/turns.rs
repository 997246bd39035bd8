//! Turns: how many requests the server handles at once, and who waits for it.
//!
//! A request that finds no turn free stands in a queue, in the order in which they came; a turn that
//! ends goes to the first of them. Nothing here waits: who stands in the queue is told through a
//! channel.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::time::Moment;
use tokio::sync::oneshot;

/// The turns of one listener's server.
#[derive(Debug)]
pub(crate) struct Turns {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: u32,
    queue: VecDeque<oneshot::Sender<Turn>>,
}

/// What a request gets that asks for a turn.
#[derive(Debug)]
pub(crate) enum Asked {
    /// A turn.
    Turn(Turn),
    /// A place in the queue, to which the turn will come.
    Place(Place),
}

/// A place in the queue.
pub(crate) type Place = oneshot::Receiver<Turn>;

/// The right to be handled. It goes on to the next one when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<Turns>,
    /// When the request before was to be ready, where one was.
    pub(crate) free_since: Option<Moment>,
}

impl Turns {
    /// So many turns, all of them free.
    pub(crate) fn new(capacity: NonZeroU32) -> Self {
        Self { state: Mutex::new(State { free: capacity.get(), queue: VecDeque::new() }) }
    }

    /// A turn, or a place in the queue.
    pub(crate) fn ask(self: &Arc<Self>) -> Asked {
        let mut state = self.state();
        if state.free > 0 {
            state.free -= 1;
            return Asked::Turn(Turn { turns: Arc::clone(self), free_since: None });
        }
        let (sender, place) = oneshot::channel();
        state.queue.push_back(sender);
        Asked::Place(place)
    }

    fn hand_on(self: &Arc<Self>, free_since: Option<Moment>) {
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
            // Who left the queue just now drops the turn, which comes back here.
            drop(next.send(Turn { turns: Arc::clone(self), free_since }));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Ends the turn of a request that was to be ready at that moment.
    pub(crate) fn end(mut self, due: Moment) {
        self.free_since = Some(due);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.hand_on(self.free_since);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(capacity: u32) -> Arc<Turns> {
        Arc::new(Turns::new(NonZeroU32::new(capacity).expect("from 1 on")))
    }

    fn turn(turns: &Arc<Turns>) -> Turn {
        match turns.ask() {
            Asked::Turn(turn) => turn,
            Asked::Place(_) => panic!("no turn is free"),
        }
    }

    fn place(turns: &Arc<Turns>) -> Place {
        match turns.ask() {
            Asked::Turn(_) => panic!("a turn is free"),
            Asked::Place(place) => place,
        }
    }

    #[test]
    fn turns_go_on_in_the_order_in_which_they_were_asked_for() {
        let turns = turns(2);
        let (first, _second) = (turn(&turns), turn(&turns));
        let mut places = [place(&turns), place(&turns)];
        assert!(places[0].try_recv().is_err());
        first.end(Moment::from_nanos(7));
        assert!(places[1].try_recv().is_err());
        let third = places[0].try_recv().expect("a turn");
        assert_eq!(third.free_since, Some(Moment::from_nanos(7)));
        third.end(Moment::from_nanos(9));
        let fourth = places[1].try_recv().expect("a turn");
        assert_eq!(fourth.free_since, Some(Moment::from_nanos(9)));
    }

    #[test]
    fn who_left_the_queue_is_passed_over_and_no_turn_is_lost() {
        let turns = turns(1);
        let first = turn(&turns);
        let (gone, mut waits, leaves) = (place(&turns), place(&turns), place(&turns));
        drop(gone);
        drop(first);
        let second = waits.try_recv().expect("a turn");
        drop(second);
        // The turn has been sent to the last one, who goes without having taken it.
        drop(leaves);
        let _third = turn(&turns);
        assert!(matches!(turns.ask(), Asked::Place(_)));
    }

    #[test]
    fn a_turn_that_nobody_waits_for_is_free_again() {
        let turns = turns(1);
        turn(&turns).end(Moment::from_nanos(1));
        assert_eq!(turn(&turns).free_since, None);
    }
}
