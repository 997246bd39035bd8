//! Which trials count.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::{Arm, ArmName};
use model::time::Span;
use model::trial::{Outcome, Run, Trial};

use crate::connections::{self, Connections};

/// The counted trials of an arm, in the order in which they were run.
pub fn counted<'a>(trials: &'a [Trial], arm: &'a ArmName) -> impl Iterator<Item = &'a Trial> {
    trials.iter().filter(move |trial| trial.place().is_some() && trial.arm == *arm)
}

/// A counted trial in which every request succeeded.
#[derive(Clone, Copy, Debug)]
pub struct Success<'a> {
    pub trial: &'a Trial,
    /// What its driver reports.
    pub run: &'a Run,
    /// How many connections it opened and used, where that is known.
    pub connections: Option<Connections>,
}

/// The counted trials of an arm in which every request succeeded.
pub fn successes<'a>(trials: &'a [Trial], arm: &'a ArmName) -> Vec<Success<'a>> {
    let connections = connections::of_arm(trials, arm);
    counted(trials, arm)
        .filter_map(|trial| {
            let connections = connections.get(&trial.id).copied();
            success(trial).map(|run| Success { trial, run, connections })
        })
        .collect()
}

/// What a driver reports of a trial in which every request succeeded.
pub fn success(trial: &Trial) -> Option<&Run> {
    match &trial.outcome {
        Outcome::Ran(run) if trial.batch_time().is_some() => Some(run),
        Outcome::Ran(_) | Outcome::Lost(_) => None,
    }
}

/// The trials of two arms in a block in which both succeeded.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub arm: &'a Trial,
    pub versus: &'a Trial,
}

impl Pair<'_> {
    /// By how much longer the first took than the other.
    pub fn seconds(&self) -> f64 {
        let seconds = |trial: &Trial| trial.batch_time().map_or(0.0, Span::as_secs);
        seconds(self.arm) - seconds(self.versus)
    }
}

/// The blocks in which both arms succeeded, in their order.
pub fn pairs<'a>(trials: &'a [Trial], arm: &ArmName, versus: &ArmName) -> Vec<Pair<'a>> {
    let versus = by_block(trials, versus);
    by_block(trials, arm)
        .into_iter()
        .filter_map(|(block, arm)| Some(Pair { arm, versus: versus.get(&block)? }))
        .collect()
}

/// The trials of an arm in which every request succeeded, by their block.
pub fn by_block<'a>(trials: &'a [Trial], arm: &ArmName) -> BTreeMap<u32, &'a Trial> {
    let good = trials.iter().filter(|trial| trial.arm == *arm && trial.batch_time().is_some());
    good.filter_map(|trial| Some((trial.place()?.block, trial))).collect()
}

/// How many blocks hold a trial of every arm.
pub fn whole_blocks(arms: &[Arm], trials: &[Trial]) -> usize {
    let mut run: BTreeMap<u32, BTreeSet<&ArmName>> = BTreeMap::new();
    for trial in trials {
        if let Some(place) = trial.place() {
            run.entry(place.block).or_default().insert(&trial.arm);
        }
    }
    run.values().filter(|run| arms.iter().all(|arm| run.contains(&arm.name))).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Sample, failure};
    use model::failure::FailureKind;
    use model::recording::StopReason;

    #[test]
    fn a_pair_is_of_one_block_in_which_both_succeeded() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        sample.block(&[("a/x@1", 10)]);
        sample.block(&[("b/y@1", 30), ("a/x@1", 50)]);
        sample.failed("a/x@1", &[Some(failure(FailureKind::Reset, "cut off"))]);
        sample.and("b/y@1", 10);
        let recording = sample.end(StopReason::Blocks);
        let name = |name: &str| ArmName(name.to_owned());
        let pairs = pairs(&recording.trials, &name("a/x@1"), &name("b/y@1"));
        let seconds: Vec<f64> = pairs.iter().map(Pair::seconds).collect();
        assert_eq!(seconds, [0.05 - 0.03]);
    }

    #[test]
    fn a_block_is_whole_when_every_arm_was_run() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 10)]);
        sample.block(&[("b/y@1", 10)]);
        let recording = sample.end(StopReason::Interrupted);
        let arms = &recording.plan.as_ref().expect("has a plan").arms;
        assert_eq!(whole_blocks(arms, &recording.trials), 1);
        assert_eq!(counted(&recording.trials, &arms[1].name).count(), 2);
    }
}
