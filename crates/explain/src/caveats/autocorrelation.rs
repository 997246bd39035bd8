//! `autocorrelation`: neighbouring blocks are not independent, so the interval has the wrong width.

use model::arm::ArmName;
use stats::autocorrelation::Autocorrelation;

use super::detected::{CaveatKind, Detected};
use super::suspicion::Suspicion;
use crate::ratios::RatioAnalysis;

/// The ratio of a block depends on the block before.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioAutocorrelation {
    /// The arm.
    pub arm: ArmName,
    /// The arm that it is compared with.
    pub baseline: ArmName,
    /// The correlation of neighbouring blocks, from -1 to 1.
    pub correlation: f64,
    /// How many blocks were tested.
    pub blocks: usize,
}

impl CaveatKind for RatioAutocorrelation {}

/// Tests the log-ratios of the blocks, in their order.
pub(super) fn suspect(
    ratio: &RatioAnalysis,
    log_ratios: &[f64],
) -> Option<Suspicion<RatioAutocorrelation>> {
    let found = Autocorrelation::new(log_ratios)?;
    let (arm, baseline) = (ratio.arm.clone(), ratio.baseline.clone());
    let figures = RatioAutocorrelation {
        arm: arm.clone(),
        baseline: baseline.clone(),
        correlation: found.correlation,
        blocks: log_ratios.len(),
    };
    let detected = Detected::new(vec![arm, baseline], figures);
    Some(Suspicion { detected, probability: found.probability })
}
