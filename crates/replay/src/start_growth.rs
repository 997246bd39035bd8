//! How much longer an event loop works before its first request where more requests begin with it.
//!
//! Tasks that begin together all work before the first of them writes. That shows only where more than one
//! number of them was measured, in arms of one client.

use model::time::Span;
use stats::line::{self, Point};

use crate::batch::Batch;
use crate::shorten::seconds;

/// A growth below this share of the time may be noise.
const LEAST_GROWTH: f64 = 0.1;

/// How the batches of one arm began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Beginning {
    /// How many requests were begun at once.
    begun: f64,
    /// When the first of them could be written, in seconds after the start of the batch.
    start: f64,
}

impl Beginning {
    /// The beginning of a batch. Only an event loop whose connections were all open has one: the work that opens one
    /// would count.
    pub(crate) fn new(batch: &Batch) -> Option<Self> {
        if !batch.has_event_loop || batch.kept == 0 || batch.opened().next().is_some() {
            return None;
        }
        let start = batch.workers.first()?.at.as_secs();
        Some(Self { begun: batch.begun_at_once() as f64, start })
    }

    /// The mean over trials of an arm; none without a trial.
    pub(crate) fn mean(beginnings: &[Self]) -> Option<Self> {
        let mean = |value: fn(&Self) -> f64| {
            beginnings.iter().map(value).sum::<f64>() / beginnings.len() as f64
        };
        (!beginnings.is_empty())
            .then(|| Self { begun: mean(|it| it.begun), start: mean(|it| it.start) })
    }
}

/// By how much the first request is later for each that begins with it. Zero where that falls, or rises by no more
/// than noise.
pub(crate) fn start_growth(beginnings: &[Beginning]) -> Span {
    let points: Vec<Point> =
        beginnings.iter().map(|it| Point { at: it.begun, value: it.start }).collect();
    let Some(line) = line::fit(&points) else { return Span::ZERO };
    let mean =
        |value: fn(&Point) -> f64| points.iter().map(value).sum::<f64>() / points.len() as f64;
    let middle = mean(|point| point.at);
    let width = points.iter().map(|point| (point.at - middle).abs()).fold(0.0, f64::max);
    let is_clear = width >= 1.0 && line.slope * width >= LEAST_GROWTH * mean(|point| point.value);
    if is_clear { seconds(line.slope) } else { Span::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Resource, Start, Step};
    use crate::change::Change;

    const fn micros(micros: u64) -> Span {
        Span::from_nanos(micros * 1_000)
    }

    fn beginning(begun: f64, start: f64) -> Beginning {
        Beginning { begun, start: start / 1e6 }
    }

    #[test]
    fn a_first_request_that_is_later_the_more_begin_shows_the_growth() {
        let growth = start_growth(&[beginning(4.0, 400.0), beginning(16.0, 1_600.0)]);
        assert_eq!(growth, micros(100));
    }

    #[test]
    fn beginnings_that_do_not_differ_or_fall_show_no_growth() {
        let one = beginning(4.0, 400.0);
        let (fallen, hardly) = (beginning(16.0, 390.0), beginning(16.0, 410.0));
        for beginnings in [&[][..], &[one], &[one, one], &[one, fallen], &[one, hardly]] {
            assert_eq!(start_growth(beginnings), Span::ZERO, "{beginnings:?}");
        }
    }

    #[test]
    fn requests_that_begin_together_delay_the_first() {
        let work = Step::new(Resource::Client, micros(1_000));
        let request = Request { exchange: vec![work], ..Request::default() };
        let together = Batch {
            requests: vec![request; 64],
            workers: vec![Start { at: micros(400), ..Start::default() }; 4],
            has_event_loop: true,
            kept: 4,
            start_growth: micros(100),
            ..Batch::default()
        };
        let start = |workers| Change::Workers(workers).apply(&together).workers[0].at;
        assert_eq!([start(4), start(16), start(1)], [micros(400), micros(1_600), micros(100)]);
    }
}
