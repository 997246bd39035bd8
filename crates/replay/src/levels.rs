//! How the work of an event loop grows with its connections and with the requests that it begins at
//! once, learnt from arms of one client that differ in these.
//!
//! Some pools look at each idle connection for every request; tasks that begin together all work before
//! the first of them writes. Both show only where more than one level was measured.

use model::time::Span;

use crate::batch::{Batch, Resource, Step};
use crate::shorten::{seconds, shorten};
use crate::simulate::Replayed;

/// A growth below this share of the work may be noise.
const LEAST_GROWTH: f64 = 0.1;

/// What a client did at one level: in the batches of one arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Level {
    /// How many connections were idle while a request was written: the mean over the requests.
    idle: f64,
    /// How long the client worked for a request, in seconds.
    work: f64,
    /// How many requests were begun at once.
    begun: f64,
    /// When the first of them could be written, in seconds after the start of the batch.
    start: f64,
}

/// How the work of an event loop grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Growths {
    /// For each idle connection, for each request.
    pub(crate) scan: Span,
    /// Before the first request, for each that begins with it.
    pub(crate) start: Span,
}

impl Level {
    /// The level of a batch and its replay. Only an event loop whose connections were all open has one:
    /// the work that opens one would count for the request.
    pub(crate) fn new(batch: &Batch, replayed: &Replayed) -> Option<Self> {
        if !batch.has_event_loop || batch.kept == 0 || batch.opened().next().is_some() {
            return None;
        }
        let mean = |sum: f64| sum / batch.requests.len().max(1) as f64;
        let steps = batch.requests.iter().flat_map(|request| request.steps());
        let work: f64 = steps.filter(|step| step.is_work()).map(|step| step.length.as_secs()).sum();
        Some(Self {
            idle: mean(replayed.idle.iter().map(|&idle| idle as f64).sum()),
            work: mean(work),
            begun: batch.begun_at_once() as f64,
            start: batch.workers.first()?.at.as_secs(),
        })
    }

    /// The mean over trials of an arm; none without a trial.
    pub(crate) fn mean(levels: &[Self]) -> Option<Self> {
        let mean = |value: fn(&Self) -> f64| {
            levels.iter().map(value).sum::<f64>() / levels.len().max(1) as f64
        };
        (!levels.is_empty()).then(|| Self {
            idle: mean(|level| level.idle),
            work: mean(|level| level.work),
            begun: mean(|level| level.begun),
            start: mean(|level| level.start),
        })
    }
}

impl Growths {
    /// The growth that these levels show; none where they do not differ.
    pub(crate) fn of_levels(levels: &[Level]) -> Self {
        let scanned: Vec<Point> =
            levels.iter().map(|level| Point { x: level.idle, y: level.work }).collect();
        let begun: Vec<Point> =
            levels.iter().map(|level| Point { x: level.begun, y: level.start }).collect();
        Self { scan: rise(&scanned), start: rise(&begun) }
    }
}

/// A level on one of its scales: a number, and seconds.
#[derive(Clone, Copy, Debug)]
struct Point {
    x: f64,
    y: f64,
}

/// By how much the seconds rise for each of the number: the least squares. None where they fall, or rise
/// by no more than noise.
fn rise(points: &[Point]) -> Span {
    let mean =
        |value: fn(&Point) -> f64| points.iter().map(value).sum::<f64>() / points.len() as f64;
    let (x, y) = (mean(|point| point.x), mean(|point| point.y));
    let squares: f64 = points.iter().map(|point| (point.x - x).powi(2)).sum();
    let products: f64 = points.iter().map(|point| (point.x - x) * (point.y - y)).sum();
    let width = points.iter().map(|point| (point.x - x).abs()).fold(0.0, f64::max);
    let slope = products / squares;
    if width >= 1.0 && slope * width >= LEAST_GROWTH * y { seconds(slope) } else { Span::ZERO }
}

/// Makes the work for connections that are idle in its replay a part of the batch that grows with them.
pub(crate) fn set_growths(batch: &mut Batch, replayed: &Replayed, growths: Growths) {
    if !batch.has_event_loop {
        return;
    }
    batch.start_growth = growths.start;
    batch.scan = growths.scan;
    // What a request is too short for is taken from the next.
    let mut left = Span::ZERO;
    for (request, &idle) in batch.requests.iter_mut().zip(&replayed.idle) {
        let steps = request.before.iter_mut().chain(&mut request.exchange);
        let scanned = growths.scan.times(idle as u64);
        left = shorten(steps.filter(|step| is_client(step)), left + scanned);
    }
}

const fn is_client(step: &Step) -> bool {
    matches!(step.resource, Resource::Client) && step.cause.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Start};
    use crate::change::Change;
    use crate::simulate::simulate;

    fn micros(micros: u64) -> Span {
        Span::from_nanos(micros * 1_000)
    }

    /// Requests of an event loop that works this long for each, over open connections.
    fn batch(requests: usize, workers: usize, connections: usize, work: u64) -> Batch {
        let steps =
            [Step::new(Resource::Client, micros(work)), Step::new(Resource::Delay, micros(10_000))];
        let request = Request { exchange: steps.to_vec(), ..Request::default() };
        Batch {
            requests: vec![request; requests],
            workers: vec![Start::default(); workers],
            has_event_loop: true,
            kept: connections,
            cores: 2,
            ..Batch::default()
        }
    }

    fn level(idle: f64, work: f64, begun: f64, start: f64) -> Level {
        Level { idle, work: work / 1e6, begun, start: start / 1e6 }
    }

    #[test]
    fn work_that_rises_with_idle_connections_is_a_scan() {
        let growths = Growths::of_levels(&[
            level(1.0, 1_000.0, 4.0, 400.0),
            level(11.0, 1_500.0, 16.0, 1_600.0),
        ]);
        assert_eq!((growths.scan, growths.start), (micros(50), micros(100)));
    }

    #[test]
    fn levels_that_do_not_differ_or_fall_show_no_growth() {
        let one = level(5.0, 1_000.0, 4.0, 400.0);
        let fallen = level(11.0, 900.0, 16.0, 390.0);
        let hardly = level(11.0, 1_050.0, 16.0, 410.0);
        for levels in [&[][..], &[one], &[one, one], &[one, fallen], &[one, hardly]] {
            assert_eq!(Growths::of_levels(levels), Growths::default(), "{levels:?}");
        }
    }

    #[test]
    fn the_replay_of_a_batch_stays_where_a_part_of_its_work_becomes_a_scan() {
        let mut scanned = batch(8, 2, 10, 1_000);
        let before = simulate(&scanned);
        assert_eq!(before.idle, [9, 8, 8, 8, 8, 8, 8, 8]);
        set_growths(&mut scanned, &before, Growths { scan: micros(50), start: Span::ZERO });
        let after = simulate(&scanned);
        assert_eq!(after.batch, before.batch);
        assert_eq!(scanned.requests[1].exchange[0].length, micros(600));
    }

    #[test]
    fn more_connections_mean_more_work_for_a_client_that_looks_at_idle_ones() {
        let mut scanned = batch(64, 4, 4, 1_000);
        scanned.scan = micros(50);
        let busy = |batch: &Batch| simulate(batch).busy[Resource::Client];
        let few = busy(&scanned);
        let more = Change::Workers(32).apply(&scanned);
        assert_eq!(more.kept, 32);
        assert!(busy(&more) > few, "{} {few}", busy(&more));
        let larger_pool = Change::LargerPool(8.0).apply(&scanned);
        assert_eq!(larger_pool.kept, 32);
        assert!(busy(&larger_pool) > few + few);
    }

    #[test]
    fn requests_that_begin_together_delay_the_first() {
        let mut together = batch(64, 4, 4, 1_000);
        together.start_growth = micros(100);
        together.workers = vec![Start { at: micros(400), ..Start::default() }; 4];
        let start = |workers| Change::Workers(workers).apply(&together).workers[0].at;
        assert_eq!([start(4), start(16), start(1)], [micros(400), micros(1_600), micros(100)]);
    }
}
