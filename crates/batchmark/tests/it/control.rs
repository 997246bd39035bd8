//! The control of the question that this program began with: the network swapped for a sleep.

use std::collections::BTreeSet;

use model::time::Span;
use model::trace::{Columns, Milestone};
use model::trial::Outcome;

use crate::support::{BARE, Program};

/// How many sleeps lie one after another in a trial: the longest chain of requests of which each
/// began after the one before it was done.
fn one_after_another(columns: &Columns, requests: usize) -> usize {
    let mut sleeps: Vec<(Span, Span)> = (0..requests)
        .map(|request| {
            let at = |milestone| columns.at(milestone, request).expect("was observed");
            (at(Milestone::Started), at(Milestone::Done))
        })
        .collect();
    sleeps.sort_unstable_by_key(|&(_, done)| done);
    let mut chain = 0;
    let mut free_from = Span::ZERO;
    for (started, done) in sleeps {
        if chain == 0 || started >= free_from {
            chain += 1;
            free_from = done;
        }
    }
    chain
}

/// How many sleeps lie one after another in each trial, whatever its stage: each number once.
fn chains(strategy: &str, requests: usize) -> BTreeSet<usize> {
    let program = Program::new();
    let size = requests.to_string();
    let words = ["-s", strategy, "-b", &size, "-n", "2", "--link", "rtt=0"];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    recording
        .trials
        .iter()
        .map(|trial| {
            let Outcome::Ran(run) = &trial.outcome else { panic!("{} was lost", trial.arm) };
            let witness = trial.witness.as_ref().expect("the endpoint is ours");
            assert_eq!(witness.requests.len(), 0, "a sleep reached the network");
            one_after_another(&run.columns, requests)
        })
        .collect()
}

#[test]
fn with_workers_enough_threads_and_async_sleep_once_and_sequential_every_time() {
    assert_eq!(chains("sequential:work=sleep:11ms", 8), BTreeSet::from([8]));
    assert_eq!(chains("threads:work=sleep:11ms,workers=8", 8), BTreeSet::from([1]));
    assert_eq!(chains("async:work=sleep:11ms", 8), BTreeSet::from([1]));
    assert_eq!(chains("async:work=sleep:11ms,runtime=multi", 8), BTreeSet::from([1]));
}

#[test]
fn a_smaller_pool_sleeps_in_waves() {
    assert_eq!(chains("threads:work=sleep:11ms,workers=3", 8), BTreeSet::from([3]));
    assert_eq!(chains("async:work=sleep:11ms,concurrency=3", 8), BTreeSet::from([3]));
}
