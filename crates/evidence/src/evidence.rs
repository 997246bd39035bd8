//! The evidence of a whole recording.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::{ArmName, BatchSize};
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::recording::Recording;
use model::trial::{Stage, Trial};

use crate::arm::{ArmEvidence, ChooseTrials};

/// The evidence of a recording, arm by arm.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The arms, in the plan's order.
    pub arms: IndexVec<ArmIndex, ArmEvidence<'a>>,
    trials: &'a [Trial],
    by_name: BTreeMap<&'a ArmName, ArmIndex>,
}

impl<'a> Evidence<'a> {
    /// Examines the trials of a recording; nothing where it ended before its plan.
    pub fn of_recording(recording: &'a Recording) -> Option<Self> {
        Some(Self::new(recording.plan.as_ref()?, &recording.trials))
    }

    /// Examines the counted trials. Those of an arm that is not in the plan are left out.
    pub fn new(plan: &'a Plan, trials: &'a [Trial]) -> Self {
        Self::examine(plan, trials, counted)
    }

    /// Examines the trials of a pilot, which come before any counted trial. The first of a process is
    /// left out where its arm has others: it does what counted trials do not, such as loading code and
    /// opening connections that are kept.
    pub fn of_pilot(plan: &'a Plan, trials: &'a [Trial]) -> Self {
        Self::examine(plan, trials, settled)
    }

    fn examine(plan: &'a Plan, trials: &'a [Trial], choose: ChooseTrials) -> Self {
        let by_name: BTreeMap<&ArmName, ArmIndex> =
            plan.indexed_arms().map(|(index, arm)| (&arm.name, index)).collect();
        let mut of_arm: IndexVec<ArmIndex, Vec<&Trial>> =
            plan.arms.iter().map(|_| Vec::new()).collect();
        for trial in trials {
            if let Some(&arm) = by_name.get(&trial.arm) {
                of_arm[arm].push(trial);
            }
        }
        let examine = |(arm, trials)| ArmEvidence::new(plan, arm, trials, choose);
        let arms = plan.arms.iter().zip(of_arm.into_vec()).map(examine).collect();
        Self { plan, arms, trials, by_name }
    }

    /// All trials, in the order in which they were run.
    pub const fn trials(&self) -> &'a [Trial] {
        self.trials
    }

    /// The evidence of an arm.
    pub fn arm(&self, name: &ArmName) -> Option<&ArmEvidence<'a>> {
        self.arms.get(*self.by_name.get(name)?)
    }

    /// The measured arms, in the plan's order.
    pub fn measured(&self) -> impl Iterator<Item = &ArmEvidence<'a>> {
        self.arms.iter().filter(|arm| arm.is_measured())
    }

    /// The batch sizes, in the plan's order.
    pub fn batch_sizes(&self) -> Vec<BatchSize> {
        let mut seen = BTreeSet::new();
        let sizes = self.plan.arms.iter().map(|arm| arm.batch_size);
        sizes.filter(|&size| seen.insert(size)).collect()
    }

    /// The measured arms of a batch size, the fastest first: by their mean batch time over the
    /// examined trials that succeeded, in seconds. An arm without such a trial is left out.
    pub fn ranking(&self, size: BatchSize) -> Vec<(&ArmEvidence<'a>, f64)> {
        let of_size = self.measured().filter(|arm| arm.size() == size);
        let mut timed: Vec<_> = of_size.filter_map(|arm| Some((arm, arm.mean()?))).collect();
        timed.sort_by(|(_, faster), (_, slower)| faster.total_cmp(slower));
        timed
    }

    /// The fastest measured arm of a batch size; nothing where no trial succeeded.
    pub fn fastest(&self, size: BatchSize) -> Option<&ArmEvidence<'a>> {
        self.ranking(size).first().map(|(fastest, _)| *fastest)
    }

    /// Whether any trial was counted, successful or not.
    pub fn is_counted(&self) -> bool {
        self.trials.iter().any(|trial| trial.place().is_some())
    }

    /// How many blocks hold a trial of every arm.
    pub fn whole_blocks(&self) -> usize {
        let mut arms_run: BTreeMap<u32, usize> = BTreeMap::new();
        for arm in &self.arms {
            let blocks: BTreeSet<u32> =
                arm.counted().filter_map(|trial| Some(trial.place()?.block)).collect();
            for block in blocks {
                *arms_run.entry(block).or_default() += 1;
            }
        }
        arms_run.into_values().filter(|&run| run == self.arms.len()).count()
    }
}

/// The counted trials of an arm.
fn counted<'a>(trials: &[&'a Trial]) -> Vec<&'a Trial> {
    trials.iter().copied().filter(|trial| trial.place().is_some()).collect()
}

/// The pilot trials of an arm that were not the first of their process; all where there are no others.
fn settled<'a>(trials: &[&'a Trial]) -> Vec<&'a Trial> {
    let pilot = || trials.iter().copied().filter(|trial| trial.stage == Stage::Pilot);
    let mut started = BTreeSet::new();
    let later: Vec<&Trial> = pilot().filter(|trial| !started.insert(trial.process)).collect();
    if later.iter().any(|trial| trial.batch_time().is_some()) { later } else { pilot().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn a_block_is_whole_when_every_arm_was_run() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 10)]);
        sample.block(&[("b/y@1", 10)]);
        let recording = sample.end(StopReason::Interrupted);
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        assert_eq!(evidence.whole_blocks(), 1);
        let second = evidence.arm(&ArmName("b/y@1".to_owned())).expect("is planned");
        assert_eq!(second.counted().count(), 2);
    }

    #[test]
    fn the_evidence_of_a_pilot_leaves_out_the_first_trial_of_a_process_where_there_are_others() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        for arm in ["a/x@1", "a/x@1", "a/x@1", "b/y@1"] {
            sample.pilot(arm, &[]);
        }
        sample.block(&[("a/x@1", 10), ("b/y@1", 10)]);
        let recording = sample.end(StopReason::Blocks);
        let plan = recording.plan.as_ref().expect("has a plan");
        let evidence = Evidence::of_pilot(plan, &recording.trials);
        let examined = |name: &str| {
            let arm = evidence.arm(&ArmName(name.to_owned())).expect("is planned");
            arm.successes.iter().map(|trial| trial.trial.id.0).collect::<Vec<_>>()
        };
        assert_eq!((examined("a/x@1"), examined("b/y@1")), (vec![1, 2], vec![3]));
    }

    #[test]
    fn the_fastest_arm_of_a_size_is_the_measured_arm_with_the_lowest_mean() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("c/z", 1), ("a/x", 4)]);
        sample.set_role(2, "c/z@1", model::arm::Role::Aa);
        sample.block(&[("a/x@1", 30), ("b/y@1", 20), ("c/z@1", 10)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 15), ("c/z@1", 10)]);
        let recording = sample.end(StopReason::Blocks);
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let fastest = |size| Some(evidence.fastest(BatchSize(size))?.arm.name.0.as_str());
        assert_eq!((fastest(1), fastest(4)), (Some("b/y@1"), None));
        assert_eq!(evidence.batch_sizes(), [BatchSize(1), BatchSize(4)]);
    }
}
