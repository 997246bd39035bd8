//! `carry_over`: the time of an arm depends on which arm ran before it.

use model::arm::ArmName;
use stats::groups::Groups;

use super::blocks::{BlockTrial, grouped_residuals};
use super::detected::{CaveatKind, Detected};
use super::suspicion::Suspicion;

/// The time of an arm depends on which arm ran before it. Both deviations are of logarithmic times.
#[derive(Clone, Debug, PartialEq)]
pub struct CarryOver {
    /// The arm.
    pub arm: ArmName,
    /// The standard deviation between the arms that ran before it.
    pub between: f64,
    /// The standard deviation from trial to trial.
    pub within: f64,
    /// How many blocks were tested.
    pub blocks: usize,
}

impl CaveatKind for CarryOver {}

/// Tests the trials of an arm in whole blocks.
pub(super) fn suspect(
    arm: &ArmName,
    blocks: &[Vec<BlockTrial<'_>>],
) -> Option<Suspicion<CarryOver>> {
    let groups = grouped_residuals(arm, blocks, |trial| trial.place.predecessor.clone());
    let Groups { probability, between, within } = Groups::new(&groups)?;
    let figures = CarryOver { arm: arm.clone(), between, within, blocks: blocks.len() };
    Some(Suspicion { detected: Detected::new(vec![arm.clone()], figures), probability })
}
