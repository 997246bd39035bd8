//! The measured arms, each with its evidence and its analysis.

use evidence::{ArmEvidence, Evidence};
use model::arm::{Arm, BatchSize};

use crate::arms::ArmAnalysis;

/// A measured arm: one that was asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeasuredArm<'a> {
    pub(crate) evidence: &'a ArmEvidence<'a>,
    pub(crate) analysis: &'a ArmAnalysis,
}

/// The measured arms, in the plan's order; `arms` are the analyses of all arms.
pub(crate) fn measured<'a>(
    evidence: &'a Evidence<'a>,
    arms: &'a [ArmAnalysis],
) -> Vec<MeasuredArm<'a>> {
    let pairs = evidence.arms.iter().zip(arms);
    let arms = pairs.map(|(evidence, analysis)| MeasuredArm { evidence, analysis });
    arms.filter(|arm| arm.evidence.is_measured()).collect()
}

impl<'a> MeasuredArm<'a> {
    /// The arm, as it was planned.
    pub(crate) const fn planned(&self) -> &'a Arm {
        self.evidence.arm
    }

    /// The batch size.
    pub(crate) const fn size(&self) -> BatchSize {
        self.evidence.size()
    }

    /// Whether no two of its requests were ever in flight at once; false for a batch of one.
    pub(crate) fn is_sequential(&self) -> bool {
        let one_by_one = self.analysis.in_flight.is_some_and(|in_flight| in_flight.most <= 1);
        self.size() > BatchSize(1) && one_by_one
    }

    /// Whether both arms answer the same question: with the same target, and with sessions that last
    /// for one batch in both or for all batches in both.
    pub(crate) fn asks_the_same_as(&self, other: &Self) -> bool {
        let session = |arm: &Self| arm.planned().conditions.get("session").cloned();
        let sessions = session(self).zip(session(other));
        self.planned().target == other.planned().target
            && sessions.is_none_or(|(one, other)| one == other)
    }
}
