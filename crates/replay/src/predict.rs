//! Replays a batch under another condition, with what that does to the cores. A batch of very many
//! requests is not replayed to its end.

use crate::batch::{Batch, Resource};
use crate::change::{Change, apply_all};
use crate::simulate::{Replayed, simulate};

/// Where less than this share of the cores is in use, nothing waits for one.
const IDLE: f64 = 0.3;

/// The client never has more than this share of the cores: the server and the system need some.
const MOST: f64 = 0.9;

/// The largest number of requests that are replayed where far fewer are made at once.
const MOST_REPLAYED: usize = 10_000;
/// The number of requests that show what else a change does to a batch.
const MOST_OUTLINED: usize = 500;
/// A batch repeats itself where it has at least this many times as many requests as are made at once.
const WAVES: usize = 5;

/// The changes for a batch of at most this many requests, in which it repeats itself; nothing where it is no
/// larger, or makes too many of them at once.
pub(crate) fn shortened(batch: &Batch, changes: &[Change], most: usize) -> Option<Vec<Change>> {
    let at_once = changes.iter().rev().find_map(|change| match change {
        Change::Workers(workers) => Some(*workers),
        _ => None,
    });
    let at_once = at_once.unwrap_or(batch.workers.len());
    if requests_with(batch, changes) <= most || at_once > most / WAVES {
        return None;
    }
    let is_size = |change: &&Change| matches!(change, Change::Requests(_));
    let others = changes.iter().filter(|change| !is_size(change)).cloned();
    Some([Change::Requests(most)].into_iter().chain(others).collect())
}

/// The batch with these changes, shortened where it repeats itself: all but the number of its requests is
/// as it would be.
pub(crate) fn outline(batch: &Batch, changes: &[Change]) -> Batch {
    let shorter = [MOST_OUTLINED, MOST_REPLAYED].into_iter();
    let shorter = shorter.filter_map(|most| shortened(batch, changes, most)).next();
    apply_all(batch, shorter.as_deref().unwrap_or(changes))
}

/// How many requests a batch has with these changes.
pub(crate) fn requests_with(batch: &Batch, changes: &[Change]) -> usize {
    let set = changes.iter().rev().find_map(|change| match change {
        Change::Requests(requests) => Some(*requests),
        _ => None,
    });
    set.unwrap_or(batch.requests.len())
}

/// How many seconds a batch takes with these changes. A batch of very many requests repeats itself: the
/// line through the second half of what is replayed of it goes on to its end.
pub(crate) fn seconds(batch: &Batch, changes: &[Change]) -> f64 {
    let replayed = |changes: &[Change]| predict(batch, changes).batch.as_secs();
    let halves =
        shortened(batch, changes, MOST_REPLAYED).zip(shortened(batch, changes, MOST_REPLAYED / 2));
    let Some((whole, half)) = halves else { return replayed(changes) };
    let (whole, half) = (replayed(&whole), replayed(&half));
    let left = requests_with(batch, changes) - MOST_REPLAYED;
    whole + (whole - half) * left as f64 / (MOST_REPLAYED / 2) as f64
}

/// What a batch takes with these changes, made one after another.
pub fn predict(batch: &Batch, changes: &[Change]) -> Replayed {
    let mut changed = apply_all(batch, changes);
    // The server often sends all responses that are due before the client reads the first: the fewer there are, the
    // shorter the wait. What the wait would be with more of them is not known, so it stays as it was seen.
    let together = (at_once(&changed) as f64 / at_once(batch) as f64).min(1.0);
    Change::Contention(together).make(&mut changed);
    let before = used(batch, &simulate(batch));
    let replayed = simulate(&changed);
    if before < IDLE {
        return replayed;
    }
    let relief = (crowd(used(&changed, &replayed)) / crowd(before)).min(1.0);
    let starved = batch.starved * (1.0 - relief);
    let relieved = [Change::Contention(relief), Change::ClientWork(1.0 - starved)];
    simulate(&apply_all(&changed, &relieved))
}

/// How many responses may be made at once.
fn at_once(batch: &Batch) -> usize {
    batch.begun_at_once().min(batch.room.unwrap_or(usize::MAX)).max(1)
}

/// How long work waits for a core, in relation to other shares of the cores in use: as in a queue with
/// one server and random arrivals (Pollaczek and Khinchine, 1930).
fn crowd(used: f64) -> f64 {
    let used = used.clamp(0.0, MOST);
    used / (1.0 - used)
}

/// The share of the cores that the client used.
fn used(batch: &Batch, replayed: &Replayed) -> f64 {
    let busy = replayed.busy[Resource::Client] + replayed.busy[Resource::Core];
    let seconds = replayed.batch.as_secs() * batch.cores.max(1) as f64;
    if seconds > 0.0 { busy.as_secs() / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Start, Step};
    use model::time::Span;

    /// Four requests of two workers, each 10 ms long, of which the client works 1 ms.
    fn batch() -> Batch {
        let step = |resource, millis| Step::new(resource, Span::from_millis(millis));
        let exchange = vec![step(Resource::Client, 1), step(Resource::Delay, 9)];
        let request = Request { exchange, ..Request::default() };
        Batch {
            requests: vec![request; 4],
            workers: vec![Start::default(); 2],
            cores: 2,
            ..Batch::default()
        }
    }

    #[test]
    fn a_batch_of_very_many_requests_goes_on_as_it_repeats_itself() {
        let batch = batch();
        let whole = predict(&batch, &[Change::Requests(60_000)]).batch.as_secs();
        let continued = seconds(&batch, &[Change::Requests(60_000)]);
        assert!((continued / whole - 1.0).abs() < 1e-6, "{continued} {whole}");
    }

    #[test]
    fn fewer_responses_at_once_are_read_sooner() {
        let steps = [
            Step::new(Resource::Delay, Span::from_millis(10)),
            Step::new(Resource::Contention, Span::from_millis(4)),
        ];
        let request = Request { exchange: steps.to_vec(), ..Request::default() };
        let together = Batch {
            requests: vec![request; 4],
            workers: vec![Start::default(); 4],
            cores: 2,
            ..Batch::default()
        };
        let takes = |changes: &[Change]| predict(&together, changes).batch;
        assert_eq!(takes(&[]), Span::from_millis(14));
        assert_eq!(takes(&[Change::Workers(2)]), Span::from_millis(2 * 12));
        assert_eq!(takes(&[Change::Room(Some(1))]), Span::from_millis(11));
        let limited = Batch { room: Some(2), ..together.clone() };
        assert_eq!(predict(&limited, &[Change::Room(None)]).batch, Span::from_millis(14));
    }

    #[test]
    fn the_outline_of_a_very_large_batch_has_its_workers_and_few_requests() {
        let changes = [Change::Requests(1_000_000), Change::Workers(60)];
        let outline = outline(&batch(), &changes);
        assert_eq!((outline.workers.len(), outline.requests.len()), (60, 500));
        let small = super::outline(&batch(), &[Change::Requests(7)]);
        assert_eq!((small.workers.len(), small.requests.len()), (2, 7));
    }

    #[test]
    fn a_batch_that_does_not_repeat_itself_is_replayed_as_a_whole() {
        let batch = batch();
        let all_at_once = [Change::Requests(12_000), Change::Workers(12_000)];
        assert_eq!(shortened(&batch, &all_at_once, MOST_REPLAYED), None);
        assert_eq!(shortened(&batch, &[Change::Requests(9_000)], MOST_REPLAYED), None);
        let few_at_once = [Change::Requests(12_000), Change::Workers(8)];
        let shorter = vec![Change::Requests(10_000), Change::Workers(8)];
        assert_eq!(shortened(&batch, &few_at_once, MOST_REPLAYED), Some(shorter));
    }
}
