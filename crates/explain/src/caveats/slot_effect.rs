//! `slot_effect`: the time of a trial depends on its place in the block.

use model::arm::ArmName;
use stats::slot::{self, Slotted};

use super::blocks::BlockTrial;
use super::detected::{CaveatKind, Detected};
use super::suspicion::Suspicion;

/// The time of a trial depends on its place in the block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotEffect {
    /// The natural logarithm of the time at one place over the time at the place before.
    pub per_place: f64,
    /// How many blocks were tested.
    pub blocks: usize,
}

impl CaveatKind for SlotEffect {}

/// Tests the trials of whole blocks. It concerns all measured `arms`.
pub(super) fn suspect(
    arms: &[&ArmName],
    blocks: &[Vec<BlockTrial<'_>>],
) -> Option<Suspicion<SlotEffect>> {
    let slotted = |trial: &BlockTrial<'_>| Slotted {
        slot: trial.place.slot as usize,
        log_time: trial.log_time,
    };
    let slotted: Vec<Vec<Slotted>> =
        blocks.iter().map(|block| block.iter().map(slotted).collect()).collect();
    let effect = slot::effect(&slotted)?;
    let arms = arms.iter().map(|&arm| arm.clone()).collect();
    let figures = SlotEffect { per_place: effect.mean, blocks: blocks.len() };
    Some(Suspicion { detected: Detected::new(arms, figures), probability: effect.probability()? })
}
