//! Which trials count.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::{Arm, ArmName};
use model::trial::{Outcome, Run, Trial};

use crate::connections::Connections;

/// The counted trials of an arm, in the order in which they were run.
pub(crate) fn counted<'a>(
    trials: &'a [Trial],
    arm: &'a ArmName,
) -> impl Iterator<Item = &'a Trial> {
    trials.iter().filter(move |trial| trial.place().is_some() && trial.arm == *arm)
}

/// A counted trial in which every request succeeded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Success<'a> {
    pub(crate) trial: &'a Trial,
    /// What its driver reports.
    pub(crate) run: &'a Run,
    /// How many connections it opened and used, where that is known.
    pub(crate) connections: Option<Connections>,
}

/// What a driver reports of a trial in which every request succeeded.
pub(crate) fn success(trial: &Trial) -> Option<&Run> {
    match &trial.outcome {
        Outcome::Ran(run) if trial.batch_time().is_some() => Some(run),
        Outcome::Ran(_) | Outcome::Lost(_) => None,
    }
}

/// How many blocks hold a trial of every arm.
pub(crate) fn whole_blocks(arms: &[Arm], trials: &[Trial]) -> usize {
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
    use crate::sample::Sample;
    use model::recording::StopReason;

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
