//! The share of a player: what it saves of the time that all causes save together.

use schemars::JsonSchema;
use serde::Serialize;
use stats::quantity::Confidence;
use stats::student::SampleMean;

use super::blocks::ExperimentBlocks;
use super::players::{self, Player};
use stats::estimate::Estimate;

/// What a cause saves of the time that all causes save together: its Shapley value. The `seconds`
/// sum to the explained time, the ratios multiply to the ratio of the times.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Share {
    /// How much longer the arm takes because of it.
    #[serde(flatten)]
    pub seconds: Estimate,
    /// The lower end of the wider interval that holds for all shares of the arm at once; null below
    /// two blocks, as are all ends.
    pub together_low: Option<f64>,
    /// The upper end of that interval.
    pub together_high: Option<f64>,
    /// The factor by which the time of the arm changes when the cause is removed.
    pub ratio: f64,
    /// The lower end of the ratio's 95% interval.
    pub ratio_low: Option<f64>,
    /// The upper end of the ratio's 95% interval.
    pub ratio_high: Option<f64>,
}

/// The share of a player; none without a block.
pub(super) fn share(players: &[Player], player: usize, blocks: &ExperimentBlocks) -> Option<Share> {
    let share = |response: fn(f64) -> f64| {
        blocks.values(|block| {
            let design = players::design(players, |on| response(block.times.response(on)))?;
            Some(design.share(player))
        })
    };
    let seconds = share(|time| -time)?;
    let logarithm = SampleMean::new(&share(f64::ln)?)?;
    let ratio_half = logarithm.half_width(Confidence::NINETY_FIVE);
    let mean = SampleMean::new(&seconds)?;
    let together = mean.half_width(Confidence::NINETY_FIVE.shared_by(players.len()));
    Some(Share {
        seconds: Estimate::from_blocks(&seconds)?,
        together_low: together.map(|half_width| mean.mean - half_width),
        together_high: together.map(|half_width| mean.mean + half_width),
        ratio: logarithm.mean.exp(),
        ratio_low: ratio_half.map(|half_width| (logarithm.mean - half_width).exp()),
        ratio_high: ratio_half.map(|half_width| (logarithm.mean + half_width).exp()),
    })
}
