//! Work on many items, shared among the cores of the machine.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{Builder, ScopedJoinHandle, available_parallelism, scope};

/// A thread gets at least this many items: it takes longer to start than a few need.
const LEAST_ITEMS: usize = 16;

/// What `work` makes of each item, in the order of the items.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores).max(LEAST_ITEMS);
    let work_on = |items: &[T]| items.iter().map(&work).collect::<Vec<R>>();
    scope(|scope| {
        let mut shares = items.chunks(share);
        let own = shares.next().unwrap_or_default();
        let start = |items| match Builder::new().spawn_scoped(scope, move || work_on(items)) {
            Ok(thread) => Share::Started(thread),
            Err(_) => Share::Left(items),
        };
        let others: Vec<Share<'_, '_, T, R>> = shares.map(start).collect();
        let mut results = work_on(own);
        for other in others {
            results.extend(match other {
                Share::Started(thread) => {
                    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
                }
                Share::Left(items) => work_on(items),
            });
        }
        results
    })
}

/// The items of another thread.
enum Share<'scope, 'items, T, R> {
    Started(ScopedJoinHandle<'scope, Vec<R>>),
    /// The system gave no thread for them.
    Left(&'items [T]),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_the_items() {
        for count in [0, 1, LEAST_ITEMS, 10 * LEAST_ITEMS + 3] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| 2 * item).collect();
            assert_eq!(map(&items, |item| 2 * item), doubled);
        }
    }
}
