//! `process_effect`: the driver processes of an arm differ from each other.

use model::arm::ArmName;
use stats::groups::Groups;

use super::blocks::{BlockTrial, grouped_residuals};
use super::detected::{CaveatKind, Detected};
use super::suspicion::Suspicion;

/// With fewer processes of an arm their differences show nothing.
const ENOUGH_PROCESSES: usize = 6;

/// The driver processes of an arm differ from each other. Both deviations are of logarithmic times.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessEffect {
    /// The arm.
    pub arm: ArmName,
    /// How many processes it had.
    pub processes: usize,
    /// The standard deviation between processes.
    pub between: f64,
    /// The standard deviation from trial to trial of one process.
    pub within: f64,
    /// How many blocks were tested.
    pub blocks: usize,
}

impl CaveatKind for ProcessEffect {}

/// Tests the trials of an arm in whole blocks.
pub(super) fn suspect(
    arm: &ArmName,
    blocks: &[Vec<BlockTrial<'_>>],
) -> Option<Suspicion<ProcessEffect>> {
    let groups = grouped_residuals(arm, blocks, |trial| trial.trial.process);
    let processes = groups.len();
    let Groups { probability, between, within } =
        Groups::new(&groups).filter(|_| processes >= ENOUGH_PROCESSES)?;
    let (arms, blocks) = (vec![arm.clone()], blocks.len());
    let figures = ProcessEffect { arm: arm.clone(), processes, between, within, blocks };
    Some(Suspicion { detected: Detected::new(arms, figures), probability })
}
