//! `drift`: a ratio changes over the run, so no single ratio describes it.

use model::arm::ArmName;
use model::plan::Plan;
use stats::drift::Drift;

use super::detected::{CaveatKind, Detected};
use super::suspicion::Suspicion;
use crate::ratios::RatioAnalysis;

/// A ratio changed from the first third of the blocks to the last.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioDrift {
    /// The arm.
    pub arm: ArmName,
    /// The arm that it is compared with.
    pub baseline: ArmName,
    /// The natural logarithm of the ratio in the last third over the ratio in the first.
    pub change: f64,
    /// How many blocks were tested.
    pub blocks: usize,
    /// How many warm-up trials each arm had, where more of them could help: where its process was not
    /// renewed during the blocks.
    pub warm_up: Option<u32>,
}

impl CaveatKind for RatioDrift {}

/// Tests the log-ratios of the blocks, in their order.
pub(super) fn suspect(
    plan: &Plan,
    ratio: &RatioAnalysis,
    log_ratios: &[f64],
) -> Option<Suspicion<RatioDrift>> {
    let found = Drift::new(log_ratios)?;
    let (arm, baseline) = (ratio.arm.clone(), ratio.baseline.clone());
    let is_renewed = log_ratios.len() > plan.renew_every as usize;
    let figures = RatioDrift {
        arm: arm.clone(),
        baseline: baseline.clone(),
        change: found.change,
        blocks: log_ratios.len(),
        warm_up: (!is_renewed).then_some(plan.pilot_trials),
    };
    let detected = Detected::new(vec![arm, baseline], figures);
    Some(Suspicion { detected, probability: found.probability })
}
