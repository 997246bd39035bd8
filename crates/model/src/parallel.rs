//! Work on many items, shared among the cores of the machine.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

/// A core gets at least this many small items at once: a thread takes longer to start than a few need.
const SMALL_ITEMS: usize = 16;

/// What `work` makes of each item, in the order of the items. The items are small.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_shares(items, SMALL_ITEMS, work)
}

/// What `work` makes of each item, in the order of the items. Each takes longer than a thread takes to start.
pub fn map_large<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_shares(items, 1, work)
}

/// Each core takes a share of so many items after the other, until none is left.
fn map_shares<T: Sync, R: Send>(
    items: &[T],
    share: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let shares: Vec<&[T]> = items.chunks(share).collect();
    let next = AtomicUsize::new(0);
    let take_shares = || {
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = shares.get(place) else { return done };
            done.push((place, items.iter().map(&work).collect()));
        }
    };
    let cores = available_parallelism().map_or(1, NonZero::get);
    let mut done = scope(|scope| {
        // Where the system gives no thread, the others do its part.
        let start = |_| Builder::new().spawn_scoped(scope, take_shares).ok();
        let others: Vec<_> = (1..cores.min(shares.len())).filter_map(start).collect();
        let mut done = take_shares();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_the_items() {
        for count in [0, 1, SMALL_ITEMS, 10 * SMALL_ITEMS + 3] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| 2 * item).collect();
            assert_eq!(map(&items, |item| 2 * item), doubled);
            assert_eq!(map_large(&items, |item| 2 * item), doubled);
        }
    }
}
