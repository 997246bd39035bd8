//! The plan: everything that decides what is measured, fixed when the first block starts.

use std::ops;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::{Arm, ArmName, Label};
use crate::experiment::{DoseResponse, Experiment};
use crate::index::{ArmIndex, TargetIndex};
use crate::link::Link;
use crate::sampling::Sampling;
use crate::target::{RecordedTarget, Target};
use crate::time::Span;
use crate::trial::TrialId;

/// Everything that decides what is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The seed of the random order of all blocks.
    pub seed: u64,
    /// The targets that arms fetch from.
    pub targets: Vec<PlannedTarget>,
    /// The arms, in the order in which they are shown.
    pub arms: Vec<Arm>,
    /// The label of the arms that others are compared with, at each batch size.
    pub baseline: Label,
    /// The labels that only serve as a reference, because the run is about the user's own code;
    /// empty if the run is about all labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Label>,
    /// The requested strategies that are not measured, because they cannot be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// How many uncounted trials each arm makes before the first block.
    pub pilot_trials: u32,
    /// When the blocks end.
    pub stop: StopRule,
    /// After this much time no further block starts.
    pub budget: Option<Span>,
    /// After how many blocks driver processes are renewed.
    pub renew_every: u32,
    /// Whether clients take milestones.
    pub trace: bool,
    /// Whether the clients' system calls are recorded.
    #[serde(default)]
    pub sockets: bool,
    /// Which trials are sampled. A recording of an older version samples none.
    #[serde(default)]
    pub sampling: Sampling,
    /// The experiments that remove causes; their cells are arms of the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
    /// The dose responses, with a slower and slower server; their doses are arms of the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doses: Vec<DoseResponse>,
    /// The measured arms whose code is profiled after the last block, in uncounted trials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiled: Vec<ArmName>,
    /// The user's own code, as it was when the run began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<OwnFile>,
    /// The user's commands, as they were when the run began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<OwnCommand>,
    /// Where the run was interrupted and went on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed: Vec<Resumption>,
}

impl Plan {
    /// The renewal until the pilot shows what renewing costs.
    const RENEW_EVERY: u32 = 10;

    /// A plan with one pilot trial of each arm, no budget and no experiments.
    pub const fn new(
        seed: u64,
        targets: Vec<PlannedTarget>,
        arms: Vec<Arm>,
        baseline: Label,
        stop: StopRule,
    ) -> Self {
        Self {
            seed,
            targets,
            arms,
            baseline,
            references: Vec::new(),
            left_out: Vec::new(),
            pilot_trials: 1,
            stop,
            budget: None,
            renew_every: Self::RENEW_EVERY,
            trace: true,
            sockets: true,
            sampling: Sampling::DEFAULT,
            experiments: Vec::new(),
            doses: Vec::new(),
            profiled: Vec::new(),
            own: Vec::new(),
            commands: Vec::new(),
            resumed: Vec::new(),
        }
    }
}

impl Plan {
    /// The arms with their indices, in the order in which they are shown.
    pub fn indexed_arms(&self) -> impl Iterator<Item = (ArmIndex, &Arm)> {
        self.arms.iter().enumerate().map(|(position, arm)| (ArmIndex(position), arm))
    }

    /// The index of each arm, in the order in which they are shown.
    pub fn arm_indices(&self) -> impl Iterator<Item = ArmIndex> + use<> {
        (0..self.arms.len()).map(ArmIndex)
    }

    /// The target of an arm, unless the plan was edited and has no such target.
    pub fn target_of(&self, arm: &Arm) -> Option<&PlannedTarget> {
        self.targets.get(arm.target.0)
    }
}

impl ops::Index<ArmIndex> for Plan {
    type Output = Arm;

    fn index(&self, index: ArmIndex) -> &Arm {
        &self.arms[index.0]
    }
}

impl ops::Index<TargetIndex> for Plan {
    type Output = PlannedTarget;

    fn index(&self, index: TargetIndex) -> &PlannedTarget {
        &self.targets[index.0]
    }
}

/// A file of the user's own code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnFile {
    /// `FILE` or `FILE:FUNCTION`, as it was typed.
    pub typed: String,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// A command of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnCommand {
    /// The whole name of its strategy.
    pub strategy: String,
    /// The program and its arguments, or a script for a shell. Secrets are hidden.
    pub words: Vec<String>,
    /// The same command without work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null: Option<Vec<String>>,
    /// Whether a shell runs it.
    pub shell: bool,
    /// Its program, and the files that its words name.
    pub files: Vec<CommandFile>,
}

/// A file that a command runs or reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommandFile {
    /// The file, as the command names it. Secrets are hidden.
    pub name: String,
    /// A keyed hash of its content, in hexadecimal: the file may contain secrets.
    pub tag: String,
}

/// A place at which an interrupted run went on. The plan of the recording is written again there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resumption {
    /// When it went on, in RFC 3339 and UTC.
    pub at: String,
    /// Its first trial.
    pub first_trial: TrialId,
    /// The block with which it went on. Earlier trials of it, and of later blocks, do not count: they are
    /// repeated.
    pub block: u32,
    /// How much of the budget was spent before.
    pub spent: Span,
}

/// A requested strategy that cannot be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The strategy's whole name.
    pub strategy: String,
    /// Why, in the driver's words: a sentence, which the end of a traceback may follow on lines of its
    /// own.
    pub reason: String,
}

/// A target, and its link if it is the embedded endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedTarget {
    /// The link of the embedded endpoint; null for a foreign server.
    pub link: Option<Link>,
    /// The requests.
    #[serde(serialize_with = "RecordedTarget::serialize")]
    #[schemars(with = "RecordedTarget<'_>")]
    pub target: Target,
}

/// When the blocks end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum StopRule {
    /// After a number of blocks.
    Blocks {
        /// The number.
        blocks: u32,
    },
    /// When every measured ratio is known precisely enough, whatever it is.
    Precision {
        /// The minimum number of blocks.
        least: u32,
        /// The maximum number of blocks, if there is one.
        most: Option<u32>,
        /// The half-width that the 95% interval of every ratio must reach, as a share of the ratio:
        /// 0.02 means ln 1.02.
        half_width: f64,
        /// In how many blocks in a row it must be reached.
        looks: u32,
    },
}

impl StopRule {
    /// The default: to within 2%, in 10 to 50 blocks.
    pub const DEFAULT: Self =
        Self::Precision { least: 10, most: Some(50), half_width: 0.02, looks: 3 };

    /// The maximum number of blocks, if there is one.
    pub const fn most_blocks(&self) -> Option<u32> {
        match self {
            Self::Blocks { blocks } => Some(*blocks),
            Self::Precision { most, .. } => *most,
        }
    }
}
