//! The evidence of one arm: all of its trials, and the chosen ones that succeeded, examined.

mod path;

use std::collections::BTreeMap;

use model::arm::{Arm, BatchSize, Role};
use model::parallel;
use model::plan::Plan;
use model::trial::{Run, Stage, Trial};
use stats::describe::describe;

use crate::code_time::CodeTime;
use crate::connections;
use crate::examined::{Examined, PlannedArm};
use crate::setting::ArmSetting;

pub use path::ArmPath;

/// The evidence of one arm.
#[derive(Clone, Debug)]
pub struct ArmEvidence<'a> {
    /// The arm, as it was planned.
    pub arm: &'a Arm,
    /// What the plan says about its trials. None if the plan lacks its target.
    pub setting: Option<ArmSetting<'a>>,
    /// All of its trials, in the order in which they were run: also those of the pilot and warm-ups.
    pub trials: Vec<&'a Trial>,
    /// Its examined trials in which every request succeeded, in the order in which they were run: of a
    /// pilot some of its trials, otherwise the counted ones.
    pub successes: Vec<Examined<'a>>,
    /// Which lines of the code the client's own time passes on, by its profiled trials.
    pub code_time: CodeTime<'a>,
    by_block: BTreeMap<u32, usize>,
    mean: Option<f64>,
}

/// Which of an arm's trials are examined.
pub(crate) type ChooseTrials = for<'a> fn(&[&'a Trial]) -> Vec<&'a Trial>;

impl<'a> ArmEvidence<'a> {
    pub(crate) fn new(
        plan: &'a Plan,
        arm: &'a Arm,
        trials: Vec<&'a Trial>,
        choose: ChooseTrials,
    ) -> Self {
        let setting = ArmSetting::new(plan, arm);
        let connections = connections::count_connections(&trials);
        let planned = PlannedArm { plan, arm, setting: setting.as_ref() };
        let examine =
            |trial: &&'a Trial| Examined::new(planned, trial, connections.get(&trial.id).copied());
        let successes: Vec<Examined<'a>> =
            parallel::map(&choose(&trials), examine).into_iter().flatten().collect();
        let code_time = code_time(&trials, planned);
        let by_block = successes.iter().enumerate();
        let by_block = by_block.filter_map(|(at, success)| Some((success.block()?, at))).collect();
        let seconds: Vec<f64> =
            successes.iter().map(|success| success.batch_time().as_secs()).collect();
        let mean = describe(&seconds).mean;
        Self { arm, setting, trials, successes, code_time, by_block, mean }
    }

    /// The counted trials, successful or not, in the order in which they were run.
    pub fn counted(&self) -> impl Iterator<Item = &'a Trial> {
        self.trials.iter().copied().filter(|trial| trial.place().is_some())
    }

    /// The runs of the examined trials that succeeded.
    pub fn runs(&self) -> impl Iterator<Item = &'a Run> {
        self.successes.iter().map(|success| success.run)
    }

    /// The mean batch time over the examined trials that succeeded, in seconds; nothing without one.
    pub const fn mean(&self) -> Option<f64> {
        self.mean
    }

    /// The batch size.
    pub const fn size(&self) -> BatchSize {
        self.arm.batch_size
    }

    /// Whether its role is measured.
    pub fn is_measured(&self) -> bool {
        self.arm.role == Role::Measured
    }

    /// The successful trial of a block.
    pub fn in_block(&self, block: u32) -> Option<&Examined<'a>> {
        Some(&self.successes[*self.by_block.get(&block)?])
    }

    /// The successful trials by their blocks, in order.
    pub fn by_block(&self) -> impl Iterator<Item = (u32, &Examined<'a>)> {
        self.by_block.iter().map(|(&block, &at)| (block, &self.successes[at]))
    }

    /// The blocks in which this arm and another both succeeded, in order.
    pub fn pairs<'e>(&'e self, versus: &'e Self) -> Vec<PairedTrials<'e>> {
        let pair =
            |(block, arm)| Some(PairedTrials { block, arm, versus: versus.in_block(block)? });
        self.by_block().filter_map(pair).collect()
    }

    /// The mean critical path of its successful trials.
    pub fn path(&self) -> ArmPath {
        self.setting
            .as_ref()
            .map(|setting| ArmPath::new(setting, &self.successes))
            .unwrap_or_default()
    }
}

fn code_time<'a>(trials: &[&'a Trial], planned: PlannedArm<'a, '_>) -> CodeTime<'a> {
    let profiled = trials.iter().filter(|trial| trial.stage == Stage::Profile);
    let examined: Vec<Examined<'a>> =
        profiled.filter_map(|trial| Examined::new(planned, trial, None)).collect();
    CodeTime::new(&examined)
}

/// The trials of two arms in a block in which both succeeded.
#[derive(Clone, Copy, Debug)]
pub struct PairedTrials<'e> {
    /// The block.
    pub block: u32,
    /// The trial of the arm.
    pub arm: &'e Examined<'e>,
    /// The trial of the arm that it is compared with.
    pub versus: &'e Examined<'e>,
}

impl PairedTrials<'_> {
    /// The time of `arm` minus the time of `versus`, in seconds.
    pub fn seconds(&self) -> f64 {
        self.arm.batch_time().as_secs() - self.versus.batch_time().as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Evidence;
    use model::arm::ArmName;
    use model::failure::FailureKind;
    use model::recording::StopReason;
    use test_support::sample::{Sample, failure};

    #[test]
    fn pairs_the_trials_of_a_block_in_which_both_arms_succeeded() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        sample.block(&[("a/x@1", 10)]);
        sample.block(&[("b/y@1", 30), ("a/x@1", 50)]);
        sample.failed("a/x@1", &[Some(failure(FailureKind::Reset, "cut off"))]);
        sample.add_trial("b/y@1", 10);
        let recording = sample.end(StopReason::Blocks);
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let arm = |name: &str| evidence.arm(&ArmName(name.to_owned())).expect("is planned");
        let pairs = arm("a/x@1").pairs(arm("b/y@1"));
        let seconds: Vec<f64> = pairs.iter().map(PairedTrials::seconds).collect();
        assert_eq!(seconds, [0.05 - 0.03]);
    }
}
