//! The whole blocks of a run, with each trial's deviation from the level of its block.

use std::collections::{BTreeMap, BTreeSet};

use evidence::{ArmEvidence, Evidence, Examined};
use model::arm::ArmName;
use model::trial::{Place, Trial};
use stats::describe::describe;

/// With fewer blocks dependence is not tested: little could be detected, and the probabilities do not
/// hold for so few values.
pub(super) const ENOUGH_BLOCKS: usize = 10;

/// A trial of a block in which every arm succeeded.
pub(super) struct BlockTrial<'a> {
    pub(super) trial: &'a Trial,
    pub(super) place: &'a Place,
    pub(super) log_time: f64,
    /// The logarithmic time less the mean of its block.
    residual: f64,
}

/// The blocks in which every arm succeeded that ever did, each with its trials in the order of the
/// plan. Only over the same arms is a block's mean comparable from block to block.
pub(super) fn whole_blocks<'a>(evidence: &Evidence<'a>) -> Vec<Vec<BlockTrial<'a>>> {
    let by_block = |arm: &ArmEvidence<'a>| -> BTreeMap<u32, BlockTrial<'a>> {
        arm.by_block()
            .filter_map(|(block, success)| {
                let (trial, log_time) = (success.trial, log_time(success)?);
                Some((block, BlockTrial { trial, place: trial.place()?, log_time, residual: 0.0 }))
            })
            .collect()
    };
    let mut arms: Vec<BTreeMap<u32, BlockTrial<'a>>> =
        evidence.arms.iter().map(by_block).filter(|arm| !arm.is_empty()).collect();
    let numbers: BTreeSet<u32> = arms.iter().flat_map(|arm| arm.keys().copied()).collect();
    numbers
        .into_iter()
        .filter_map(|number| {
            let block: Option<Vec<BlockTrial<'a>>> =
                arms.iter_mut().map(|arm| arm.remove(&number)).collect();
            block.map(with_residuals)
        })
        .collect()
}

fn log_time(success: &Examined<'_>) -> Option<f64> {
    let seconds = success.batch_time().as_secs();
    (seconds > 0.0).then(|| seconds.ln())
}

fn with_residuals(mut block: Vec<BlockTrial<'_>>) -> Vec<BlockTrial<'_>> {
    let times: Vec<f64> = block.iter().map(|trial| trial.log_time).collect();
    let level = describe(&times).mean.unwrap_or(0.0);
    for trial in &mut block {
        trial.residual = trial.log_time - level;
    }
    block
}

/// The residuals of an arm, grouped by a key of its trials.
pub(super) fn grouped_residuals<K: Ord>(
    arm: &ArmName,
    blocks: &[Vec<BlockTrial<'_>>],
    key: impl Fn(&BlockTrial<'_>) -> K,
) -> Vec<Vec<f64>> {
    let mut groups: BTreeMap<K, Vec<f64>> = BTreeMap::new();
    for trial in blocks.iter().flatten().filter(|trial| trial.trial.arm == *arm) {
        groups.entry(key(trial)).or_default().push(trial.residual);
    }
    groups.into_values().collect()
}
