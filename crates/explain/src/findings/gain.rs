//! What removing one cause alone saves: the arm against its copy without that cause.
//!
//! This is what one change gains. It is not the cause's share of a gap, which the attribution gives:
//! two changes that remove the same time gain it once.

use model::experiment::{Experiment, Factor};

use crate::tried;
use evidence::{ArmEvidence, Evidence, PairedTrials};
use stats::estimate::Estimate;

/// A cause that an experiment removed, and the time that this saved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredGain {
    pub(crate) factor: Factor,
    /// By how much the batch became shorter, over the blocks that both arms share.
    pub(crate) saved: Estimate,
}

/// What removing each cause of `arm` alone saves, where that was measured.
pub(crate) fn measured_gains(evidence: &Evidence<'_>, arm: &ArmEvidence<'_>) -> Vec<MeasuredGain> {
    let experiments =
        evidence.plan.experiments.iter().filter(|experiment| experiment.arm == arm.arm.name);
    experiments.flat_map(|experiment| gains_of(experiment, evidence, arm)).collect()
}

fn gains_of(
    experiment: &Experiment,
    evidence: &Evidence<'_>,
    arm: &ArmEvidence<'_>,
) -> Vec<MeasuredGain> {
    let gain = |factor: &Factor| {
        let without = evidence.arm(tried::arm_with_only(experiment, factor.kind)?)?;
        if !tried::is_proof(factor, without) {
            return None;
        }
        let saved: Vec<f64> = arm.pairs(without).iter().map(PairedTrials::seconds).collect();
        Some(MeasuredGain { factor: factor.clone(), saved: Estimate::from_blocks(&saved)? })
    };
    experiment.factors.iter().filter_map(gain).collect()
}
