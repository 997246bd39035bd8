//! The plan: everything that decides what is measured, fixed when the first block begins.

use std::ops;

use serde::{Deserialize, Serialize};

use crate::arm::{Arm, Label};
use crate::experiment::{DoseResponse, Experiment};
use crate::index::{ArmIndex, TargetIndex};
use crate::link::Link;
use crate::target::Target;
use crate::time::Span;

/// Everything that decides what is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// From which every block's order is drawn.
    pub seed: u64,
    /// What the arms fetch from.
    pub targets: Vec<PlannedTarget>,
    /// What is compared, in the order in which it is shown.
    pub arms: Vec<Arm>,
    /// What the others are compared with, at each batch size.
    pub baseline: Label,
    /// Arms that serve as a reference for the arms in question; empty if all are in question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Label>,
    /// How many uncounted trials each arm makes before the first block.
    pub pilot_trials: u32,
    /// When to stop.
    pub stop: StopRule,
    /// After this much time no further block is begun.
    pub budget: Option<Span>,
    /// After how many blocks a driver's process is renewed.
    pub renew_every: u32,
    /// Whether clients take milestones.
    pub trace: bool,
    /// What is taken away to see what it was worth; the cells are among the arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub experiments: Vec<Experiment>,
    /// Which arms are measured before a server that thinks longer; these are among the arms too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doses: Vec<DoseResponse>,
}

impl Plan {
    /// After how many blocks driver processes are renewed, until the pilot shows what that costs.
    const RENEW_EVERY: u32 = 10;

    /// A plan of these arms, with one trial of each in the pilot, no budget, and nothing taken away.
    pub const fn of(
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
            pilot_trials: 1,
            stop,
            budget: None,
            renew_every: Self::RENEW_EVERY,
            trace: true,
            experiments: Vec::new(),
            doses: Vec::new(),
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

/// A target, and the link before it where it is our own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTarget {
    /// The link of the embedded endpoint; null for somebody else's server.
    pub link: Option<Link>,
    /// What is fetched.
    pub target: Target,
}

/// When the blocks end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum StopRule {
    /// After so many blocks.
    Blocks {
        /// How many.
        blocks: u32,
    },
    /// As soon as every measured ratio is known well enough, and never because of what it is.
    Precision {
        /// At least so many blocks.
        least: u32,
        /// At most so many, where there is a limit.
        most: Option<u32>,
        /// The half-width that every ratio's 95 % interval must reach, as a share of the ratio:
        /// 0.02 stands for ln 1.02.
        half_width: f64,
        /// At so many looks in a row.
        looks: u32,
    },
}

impl StopRule {
    /// What holds when nothing is said: to within 2 %, in 10 to 50 blocks (`statistics.md`, 3.5).
    pub const DEFAULT: Self =
        Self::Precision { least: 10, most: Some(50), half_width: 0.02, looks: 3 };

    /// The most blocks that can come of it, where there is a limit.
    pub const fn most_blocks(&self) -> Option<u32> {
        match self {
            Self::Blocks { blocks } => Some(*blocks),
            Self::Precision { most, .. } => *most,
        }
    }
}
