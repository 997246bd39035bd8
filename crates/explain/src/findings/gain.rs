//! What taking one cause away was worth, by itself: the arm against its copy without that cause.
//!
//! This is what a person gains who makes that one change. It is not the cause's share of a gap,
//! which the attribution gives: two changes that take away the same time gain it once.

use model::arm::ArmName;
use model::experiment::{Experiment, Factor, FactorKind};

use crate::estimate::Estimate;
use evidence::{ArmEvidence, Evidence, PairedTrials};

/// A cause that was taken away, and the time that went with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gain {
    pub(crate) factor: Factor,
    /// By how much the batch became shorter, over the blocks that both share.
    pub(crate) saved: Estimate,
}

/// What each cause that was taken away from `arm` was worth by itself.
pub(crate) fn of_arm(evidence: &Evidence<'_>, arm: &ArmEvidence<'_>) -> Vec<Gain> {
    let experiments =
        evidence.plan.experiments.iter().filter(|experiment| experiment.arm == arm.arm.name);
    experiments.flat_map(|experiment| of_experiment(experiment, evidence, arm)).collect()
}

fn of_experiment(
    experiment: &Experiment,
    evidence: &Evidence<'_>,
    arm: &ArmEvidence<'_>,
) -> Vec<Gain> {
    let gain = |factor: &Factor| {
        let without = evidence.arm(alone(experiment, factor.kind)?)?;
        let saved: Vec<f64> = arm.pairs(without).iter().map(PairedTrials::seconds).collect();
        Some(Gain { factor: factor.clone(), saved: Estimate::of(&saved)? })
    };
    experiment.factors.iter().filter_map(gain).collect()
}

/// The cell in which nothing else is taken away.
fn alone(experiment: &Experiment, kind: FactorKind) -> Option<&ArmName> {
    experiment.cell(&[kind].into()).map(|cell| &cell.arm)
}
