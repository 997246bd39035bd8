//! Two recordings compared: first in what else they differ, then arm by arm, then by their causes.
//!
//! Values only; `words::compare` puts them into sentences. The two recordings are independent samples. They
//! share no blocks, so nothing is paired, and what varies from one run to the next is in no interval.

mod arms;
mod causes;
mod setup;

use model::arm::{ArmName, BatchSize, Label};
use model::recording::Recording;
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::Verdict;

use crate::analysis::{Analysis, analyse};

pub(crate) use arms::controls_failed;
pub use causes::{CauseChange, ComparedCause};
pub(crate) use setup::{Facts, bytes_differ, setup_facts};
pub use setup::{SetupDifference, SetupKind};

/// A recording with its analysis.
#[derive(Clone, Copy, Debug)]
pub struct Analysed<'a> {
    /// The recording.
    pub recording: &'a Recording,
    /// Its analysis.
    pub analysis: &'a Analysis,
}

/// Two recordings compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// In what they differ beside their times: the machine, the versions, the target, the conditions.
    pub setup: Vec<SetupDifference>,
    /// The arms of both, in the order of the new recording.
    pub arms: Vec<ArmComparison>,
    /// The measured arms of only the old recording.
    pub only_old: Vec<ArmName>,
    /// The measured arms of only the new recording.
    pub only_new: Vec<ArmName>,
    /// The causes that appeared and those that went away, of the arms of both.
    pub causes: Vec<ComparedCause>,
    /// The reasons to trust the comparison less.
    pub caveats: Vec<ComparisonCaveat>,
}

/// An arm of both recordings.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ArmComparison {
    /// The arm, as the new recording names it.
    pub arm: ArmName,
    /// The strategy with the conditions that were given, by which arms are aligned.
    pub label: Label,
    /// The batch size.
    pub batch_size: BatchSize,
    /// What the old recording holds of it.
    pub old: RecordedArm,
    /// What the new recording holds of it.
    pub new: RecordedArm,
    /// The new time divided by the old one: the ratio of the geometric means. Above 1 the arm became
    /// slower. Null where one recording has no time.
    pub ratio: Option<f64>,
    /// The lower end of its 95% interval; null where one recording has a single trial.
    pub low: Option<f64>,
    /// The upper end of its 95% interval; null where one recording has a single trial.
    pub high: Option<f64>,
    /// The lower end of the interval that allows for all compared arms; the limit of `--fail-slower` must
    /// lie below it.
    pub sure_low: Option<f64>,
    /// The verdict, which allows for all compared arms.
    pub verdict: Verdict,
}

/// The trials of an arm in one recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct RecordedArm {
    /// The counted trials in which every request succeeded.
    pub trials: usize,
    /// The counted trials that failed or were lost.
    pub failed: usize,
    /// The mean batch time, in seconds; null without a successful trial.
    pub seconds: Option<f64>,
}

model::closed_list! {
    /// A reason to trust a comparison of two recordings less.
    pub enum ComparisonCaveat {
        /// The recordings come from different machines.
        OtherMachine = "other_machine",
        /// The recordings differ in the target or the conditions.
        OtherQuestion = "other_question",
        /// All arms changed alike, so the machine or the server may have changed.
        AllAlike = "all_alike",
        /// A caveat of one of the recordings forbids a verdict on an arm.
        Vetoed = "vetoed",
        /// An arm has only one trial in one recording, so there is no interval.
        SingleTrial = "single_trial",
        /// Each recording is one run: what varies from run to run is in no interval.
        OneRunEach = "one_run_each",
    }
}

/// The limit of a slowdown.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SlowdownLimit(f64);

impl SlowdownLimit {
    /// The limit of this share: 0.05 for 5%. None if it is negative or not finite.
    pub fn new(share: f64) -> Option<Self> {
        (share.is_finite() && share >= 0.0).then_some(Self(share))
    }

    /// The share.
    pub const fn share(self) -> f64 {
        self.0
    }
}

impl Comparison {
    /// The arms that are slower by more than a limit for sure.
    pub fn slower_than(&self, limit: SlowdownLimit) -> impl Iterator<Item = &ArmComparison> {
        self.arms.iter().filter(move |arm| arm.sure_low.is_some_and(|low| low > 1.0 + limit.0))
    }

    /// Whether any arm has a time in both recordings.
    pub fn has_ratio(&self) -> bool {
        self.arms.iter().any(|arm| arm.ratio.is_some())
    }
}

/// Compares two recordings.
pub fn compare(old: &Recording, new: &Recording) -> Comparison {
    let (old_analysis, new_analysis) = (analyse(old), analyse(new));
    compare_analysed(
        Analysed { recording: old, analysis: &old_analysis },
        Analysed { recording: new, analysis: &new_analysis },
    )
}

/// Compares two recordings that are analysed already.
pub fn compare_analysed(old: Analysed<'_>, new: Analysed<'_>) -> Comparison {
    let arms::AlignedArms { both, only_old, only_new } = arms::align(old, new);
    let setup = setup::differences(old, new, &both);
    let causes = causes::changes(old.analysis, new.analysis, &both);
    let arms = arms::compare(old, new, &both);
    let caveats = caveats(&setup, &arms);
    Comparison { setup, arms, only_old, only_new, causes, caveats }
}

fn caveats(setup: &[SetupDifference], arms: &[ArmComparison]) -> Vec<ComparisonCaveat> {
    let differs = |kind| setup.iter().any(|difference| difference.kind == kind);
    let is_timed = |arm: &&ArmComparison| arm.ratio.is_some();
    let holds = |caveat: &ComparisonCaveat| match caveat {
        ComparisonCaveat::OtherMachine => differs(SetupKind::Machine),
        ComparisonCaveat::OtherQuestion => {
            differs(SetupKind::Target) || differs(SetupKind::Conditions)
        }
        ComparisonCaveat::AllAlike => arms::changed_alike(arms),
        ComparisonCaveat::Vetoed => arms.iter().any(|arm| arm.verdict == Verdict::Vetoed),
        ComparisonCaveat::SingleTrial => {
            arms.iter().filter(is_timed).any(|arm| arm.old.trials.min(arm.new.trials) == 1)
        }
        ComparisonCaveat::OneRunEach => arms.iter().any(|arm| arm.low.is_some()),
    };
    ComparisonCaveat::ALL.into_iter().filter(holds).collect()
}

#[cfg(test)]
mod tests;
