//! What taking one cause away was worth, by itself: the arm against its copy without that cause.
//!
//! This is what a person gains who makes that one change. It is not the cause's share of a gap,
//! which the attribution gives: two changes that take away the same time gain it once.

use std::collections::BTreeMap;

use model::arm::ArmName;
use model::experiment::{Experiment, Factor, FactorKind};
use model::plan::Plan;
use model::trial::Trial;

use crate::estimate::Estimate;
use evidence::trials;

/// A cause that was taken away, and the time that went with it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gain {
    pub(crate) factor: Factor,
    /// By how much the batch became shorter, over the blocks that both share.
    pub(crate) saved: Estimate,
}

/// What each cause that was taken away from `arm` was worth by itself.
pub(crate) fn of_arm(plan: &Plan, trials: &[Trial], arm: &ArmName) -> Vec<Gain> {
    let experiments = plan.experiments.iter().filter(|experiment| experiment.arm == *arm);
    experiments.flat_map(|experiment| of_experiment(experiment, trials)).collect()
}

fn of_experiment(experiment: &Experiment, trials: &[Trial]) -> Vec<Gain> {
    let whole = seconds(trials, &experiment.arm);
    let gain = |factor: &Factor| {
        let without = seconds(trials, alone(experiment, factor.kind)?);
        let saved: Vec<f64> =
            whole.iter().filter_map(|(block, whole)| Some(whole - without.get(block)?)).collect();
        Some(Gain { factor: factor.clone(), saved: Estimate::of(&saved)? })
    };
    experiment.factors.iter().filter_map(gain).collect()
}

/// The cell in which nothing else is taken away.
fn alone(experiment: &Experiment, kind: FactorKind) -> Option<&ArmName> {
    experiment.cell(&[kind].into()).map(|cell| &cell.arm)
}

fn seconds(trials: &[Trial], arm: &ArmName) -> BTreeMap<u32, f64> {
    let time = |trial: &Trial| Some((trial.place()?.block, trial.batch_time()?.as_secs()));
    trials::counted(trials, arm).filter_map(time).collect()
}
