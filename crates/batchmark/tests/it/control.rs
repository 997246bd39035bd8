//! The network replaced by sleep: concurrency depends only on the workers of a strategy.

use model::time::Span;
use model::trace::Milestone;
use model::trial::{Outcome, Run};

use crate::support::{BARE, Program};

/// How many requests a batch makes.
const REQUESTS: usize = 8;
/// How long each of them sleeps: far longer than starting eight threads takes on a busy machine.
const SLEEP: &str = "work=sleep:100ms";

/// How the sleeps of a trial overlap.
#[derive(Debug)]
struct Overlap {
    /// The largest number of sleeps at one moment.
    at_once: usize,
    /// The length of the longest chain of sleeps that each started after the one before.
    in_a_row: usize,
}

impl Overlap {
    fn new(run: &Run) -> Self {
        let mut sleeps: Vec<(Span, Span)> = (0..REQUESTS)
            .map(|request| {
                let at = |milestone| run.columns.at(milestone, request).expect("was observed");
                (at(Milestone::Started), at(Milestone::Done))
            })
            .collect();
        sleeps.sort_unstable_by_key(|&(_, done)| done);
        let running_at = |moment| {
            sleeps.iter().filter(|&&(started, done)| started <= moment && moment < done).count()
        };
        let at_once = sleeps.iter().map(|&(started, _)| running_at(started)).max();
        let mut in_a_row = 0;
        let mut free_from = Span::ZERO;
        for &(started, done) in &sleeps {
            if in_a_row == 0 || started >= free_from {
                in_a_row += 1;
                free_from = done;
            }
        }
        Self { at_once: at_once.unwrap_or_default(), in_a_row }
    }
}

/// The overlap in each trial of a strategy, whatever its stage.
fn overlaps(strategy: &str) -> Vec<Overlap> {
    let program = Program::new();
    let size = REQUESTS.to_string();
    let words = ["-s", strategy, "-b", &size, "-n", "2", "--link", "rtt=0"];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(recording.trials.len() >= 3, "a pilot and two blocks");
    recording
        .trials
        .iter()
        .map(|trial| {
            let Outcome::Ran(run) = &trial.outcome else { panic!("{} was lost", trial.arm) };
            let witness = trial.witness.as_ref().expect("the endpoint is embedded");
            assert_eq!(witness.requests.len(), 0, "a sleep reached the network");
            Overlap::new(run)
        })
        .collect()
}

/// The largest number of sleeps at one moment, over all trials.
fn most_at_once(overlaps: &[Overlap]) -> usize {
    overlaps.iter().map(|overlap| overlap.at_once).max().expect("there are trials")
}

#[test]
fn sequential_sleeps_one_request_at_a_time() {
    let overlaps = overlaps(&format!("sequential:{SLEEP}"));
    let one_by_one = |overlap: &Overlap| overlap.at_once == 1 && overlap.in_a_row == REQUESTS;
    assert!(overlaps.iter().all(one_by_one), "{overlaps:?}");
}

#[test]
fn threads_and_async_sleep_all_at_once_with_enough_workers() {
    for strategy in ["threads:workers=8", "async:runtime=current", "async:runtime=multi"] {
        let overlaps = overlaps(&format!("{strategy},{SLEEP}"));
        assert_eq!(most_at_once(&overlaps), REQUESTS, "{strategy}: {overlaps:?}");
    }
}

#[test]
fn a_pool_of_three_never_sleeps_more_than_three_at_once() {
    for strategy in ["threads:workers=3", "async:concurrency=3"] {
        let overlaps = overlaps(&format!("{strategy},{SLEEP}"));
        assert_eq!(most_at_once(&overlaps), 3, "{strategy}: {overlaps:?}");
        // Eight sleeps in three workers: one of them has at least three.
        assert!(overlaps.iter().all(|overlap| overlap.in_a_row >= 3), "{strategy}: {overlaps:?}");
    }
}
