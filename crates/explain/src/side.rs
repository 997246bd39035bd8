//! An arm with what is said of it: one side of a comparison.

use model::arm::{Arm, BatchSize, Role};
use model::plan::Plan;

use crate::arms::ArmAnalysis;

/// An arm as it was planned, and what is said of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) planned: &'a Arm,
    pub(crate) told: &'a ArmAnalysis,
}

/// The measured arms, in the plan's order; `arms` is what is said of each.
pub(crate) fn measured<'a>(plan: &'a Plan, arms: &'a [ArmAnalysis]) -> Vec<Side<'a>> {
    let sides = plan.arms.iter().zip(arms).map(|(planned, told)| Side { planned, told });
    sides.filter(|side| side.planned.role == Role::Measured).collect()
}

impl Side<'_> {
    /// The batch size.
    pub(crate) const fn size(&self) -> BatchSize {
        self.planned.batch_size
    }

    /// Whether no two of its requests were ever under way at once; a batch of one does not tell.
    pub(crate) fn is_sequential(&self) -> bool {
        let one_by_one = self.told.in_flight.is_some_and(|in_flight| in_flight.most <= 1);
        self.size() > BatchSize(1) && one_by_one
    }

    /// Whether both answer the same question: a session that is opened with each batch is another
    /// one than a session that is kept, and so is another target.
    pub(crate) fn asks_the_same_as(&self, other: &Self) -> bool {
        let session = |side: &Self| side.planned.conditions.get("session").cloned();
        let sessions = session(self).zip(session(other));
        self.planned.target == other.planned.target
            && sessions.is_none_or(|(one, other)| one == other)
    }
}
