//! How the client's work grows with the number of requests in flight, where that was not measured.
//!
//! An event loop polls more sockets, threads hand an interpreter lock to each other, caches overflow; on
//! the other hand one wake-up serves more responses. Over the pairs of `scenarios/pairs` the work per
//! request grows as a power of the requests in flight, between -0.15 (Node's fetch) and 0.35 (hyper
//! from 64 to 2000), and usually not at all.

use evidence::account::Charge;
use model::time::Span;

use crate::batch::{Batch, Resource, Step};
use crate::change::{Change, Version, WorkRatio};
use crate::predict::outline;

/// How much more work a request is assumed to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    /// The least that was seen of any client.
    Least,
    /// What is usual.
    Usual,
    /// The most that was seen.
    Most,
}

const LEAST: f64 = -0.2;
const MOST: f64 = 0.35;
/// An event loop may look at each connection that its pool keeps for every request: from 16 to 32 of
/// them, httpx works up to 2.3 times as much.
const MOST_KEPT_BY_LOOP: f64 = 1.0;

/// Loading certificates in several threads at once takes more CPU time each: 41 ms instead of 16 with
/// OpenSSL 3.0 on two cores, and 22 to 32 instead of 17 with 3.5.
const USUAL_CONTENTION: f64 = 1.5;
/// In more threads than before it takes still longer: with OpenSSL 3.0 on two cores, 16 threads took as
/// long each as 4 on one machine, and 3.3 times as long on another.
const USUAL_MORE_CONTENTION: f64 = 1.25;
const MOST_CONTENTION: f64 = 3.3;
/// The thread that is slowed down least takes this many times as long: 1.1 to 1.3 with 4 to 16 threads,
/// and at most 2.6.
const USUAL_LEAST_CONTENTION: f64 = 1.25;
const MOST_LEAST_CONTENTION: f64 = 2.6;

/// The client's work in a TLS handshake that was not seen: usually, and where it loads certificates for
/// each connection.
const USUAL_OPENING: Span = Span::from_millis(2);
const MOST_OPENING: Span = Span::from_millis(20);

/// The changes, with what they do to the client's work where they let more requests run at once than
/// the batch had.
pub(crate) fn with(changes: &[Change], batch: &Batch, growth: Growth) -> Vec<Change> {
    let before = batch.workers.len().max(1);
    let changed = outline(batch, changes);
    let after = changed.workers.len();
    let times = Times {
        workers: after as f64 / before as f64,
        pool: larger_pool(changes),
        kept: changed.most_connections() as f64 / batch.most_connections() as f64,
    };
    let mut all = Vec::new();
    if shares_preparation(changes, batch) {
        // What is prepared once is prepared alone.
        all.push(Change::Work {
            cause: Charge::Preparation,
            factor: 1.0 / least_contention(growth),
        });
    }
    all.extend(changes.iter().map(|change| with_ratios(change, growth)));
    if times.workers.max(times.pool) > 1.0 {
        all.push(Change::ClientWork(times.work(batch, growth)));
    }
    if !batch.scan.is_zero() && times.kept > 1.0 {
        all.push(Change::ScanWork(times.scan(growth)));
    }
    if after > before && (before == 1 || prepares_in_threads(batch)) {
        let factor = contention(before, growth);
        all.push(Change::Work { cause: Charge::Preparation, factor });
    }
    if opens_unseen(changes, batch) {
        all.push(Change::OpeningWork(opening_work(batch, growth)));
    }
    all
}

/// Whether what was prepared by several workers at once is prepared once.
fn shares_preparation(changes: &[Change], batch: &Batch) -> bool {
    let is_early = || batch.openings.iter().flatten().any(Step::loads_early);
    let shares = changes.contains(&Change::SharedContext)
        || (changes.contains(&Change::ReusedConnections) && is_early());
    shares && prepares_in_threads(batch)
}

/// Whether several threads prepared TLS, each for its own connection.
fn prepares_in_threads(batch: &Batch) -> bool {
    let prepares = |opening: &&Vec<Step>| {
        let mut steps = opening.iter();
        steps.any(|step| step.cause == Some(Charge::Preparation) && step.resource == Resource::Core)
    };
    batch.workers.len() > 1 && batch.openings.iter().filter(prepares).count() > 1
}

/// Whether changes go beyond what was seen of a batch: more requests at once, more kept connections, openings, or
/// another version of HTTP.
pub(crate) fn goes_beyond(changes: &[Change], batch: &Batch) -> bool {
    outline(batch, changes).workers.len() > batch.workers.len()
        || larger_pool(changes) > 1.0
        || changes.iter().any(varies)
        || opens_unseen(changes, batch)
}

/// A change of the version of HTTP with the ratios of the client's work that are reckoned with.
fn with_ratios(change: &Change, growth: Growth) -> Change {
    let Change::Version(version) = change else { return change.clone() };
    let chosen = |ratio: WorkRatio| {
        WorkRatio::exactly(match growth {
            Growth::Least => ratio.least,
            Growth::Usual => ratio.usual,
            Growth::Most => ratio.most,
        })
    };
    let [request, opening] = [version.request, version.opening].map(chosen);
    Change::Version(Version { request, opening, ..*version })
}

/// Whether a change of the version of HTTP rests on ratios that vary.
fn varies(change: &Change) -> bool {
    let Change::Version(version) = change else { return false };
    [version.request, version.opening].into_iter().any(|ratio| ratio.least < ratio.most)
}

/// How many times as many connections a pool keeps.
fn larger_pool(changes: &[Change]) -> f64 {
    let pools = changes.iter().filter_map(|change| match change {
        Change::LargerPool(times) => Some(times.max(1.0)),
        _ => None,
    });
    pools.product()
}

/// Whether connections would be opened, although none was seen.
fn opens_unseen(changes: &[Change], batch: &Batch) -> bool {
    batch.opened().next().is_none() && outline(batch, changes).opened().next().is_some()
}

fn opening_work(batch: &Batch, growth: Growth) -> Span {
    let secured = batch.unopened.iter().flatten().any(|step| step.handshake.is_some());
    match growth {
        Growth::Most if secured => MOST_OPENING,
        Growth::Usual if secured => USUAL_OPENING,
        _ => Span::ZERO,
    }
}

/// How many times as many workers, connections that the pool may keep, and connections there are.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Times {
    workers: f64,
    pool: f64,
    kept: f64,
}

impl Times {
    /// How many times as long it looks at an idle connection: as long, or longer where it looks at all
    /// the others for each of them.
    const fn scan(self, growth: Growth) -> f64 {
        match growth {
            Growth::Least => 1.0,
            Growth::Usual => f64::midpoint(1.0, self.kept),
            Growth::Most => self.kept,
        }
    }

    /// How many times as much the client works for a request.
    fn work(self, batch: &Batch, growth: Growth) -> f64 {
        let more = self.workers.max(self.pool);
        match growth {
            Growth::Least => more.powf(LEAST),
            Growth::Usual => 1.0,
            Growth::Most if batch.has_event_loop => {
                self.workers.powf(MOST).max(self.pool.powf(MOST_KEPT_BY_LOOP))
            }
            Growth::Most => more.powf(MOST),
        }
    }
}

/// How much longer more workers than these take, who prepare TLS at the same time.
const fn contention(before: usize, growth: Growth) -> f64 {
    match growth {
        Growth::Least => 1.0,
        Growth::Usual if before == 1 => USUAL_CONTENTION,
        Growth::Usual => USUAL_MORE_CONTENTION,
        Growth::Most => MOST_CONTENTION,
    }
}

/// How much longer the thread takes that is slowed down least, of which the replay knows the time.
const fn least_contention(growth: Growth) -> f64 {
    match growth {
        Growth::Least => 1.0,
        Growth::Usual => USUAL_LEAST_CONTENTION,
        Growth::Most => MOST_LEAST_CONTENTION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Start};
    use crate::change::{Sharing, apply_all};

    #[test]
    fn certificates_that_are_loaded_once_are_loaded_without_contention() {
        let millis = Span::from_millis;
        let load = Step::caused(Resource::Core, millis(30), Charge::Preparation);
        let workers = |count: usize| Batch {
            openings: vec![vec![load]; count],
            workers: vec![Start::default(); count],
            ..Batch::default()
        };
        let start = |batch: &Batch| {
            let changes = with(&[Change::SharedContext], batch, Growth::Usual);
            apply_all(batch, &changes).workers[0].at
        };
        assert_eq!([start(&workers(4)), start(&workers(1))], [millis(24), millis(30)]);
    }

    #[test]
    fn more_threads_that_load_certificates_may_take_longer_each() {
        let load = Step::caused(Resource::Core, Span::from_millis(30), Charge::Preparation);
        let batch = Batch {
            openings: vec![vec![load]; 4],
            workers: vec![Start::default(); 4],
            requests: vec![Request::default(); 16],
            ..Batch::default()
        };
        let slower = |workers, growth| {
            let changes = with(&[Change::Workers(workers)], &batch, growth);
            changes.into_iter().find_map(|change| match change {
                Change::Work { cause: Charge::Preparation, factor } => Some(factor),
                _ => None,
            })
        };
        assert_eq!(slower(16, Growth::Most), Some(MOST_CONTENTION));
        assert_eq!(slower(16, Growth::Usual), Some(USUAL_MORE_CONTENTION));
        assert_eq!(slower(4, Growth::Most), None, "there are not more of them");
    }

    #[test]
    fn another_version_of_http_is_reckoned_with_in_the_range_of_its_work() {
        let ratio = WorkRatio { usual: 1.0, least: 0.5, most: 2.0 };
        let version = |request| {
            Change::Version(Version {
                has_streams: true,
                sharing: Sharing::InTurn,
                request,
                opening: WorkRatio::exactly(1.0),
            })
        };
        let batch = Batch { workers: vec![Start::default()], ..Batch::default() };
        let most = with(&[version(ratio)], &batch, Growth::Most);
        assert_eq!(most, [version(WorkRatio::exactly(2.0))]);
        assert!(goes_beyond(&[version(ratio)], &batch));
        assert!(!goes_beyond(&[version(WorkRatio::exactly(1.0))], &batch));
    }
}
