//! How much faster a sequential strategy could be, and how much of that others reach.
//!
//! All requests at once would wait once instead of n times: at most (setup + n latency) / (setup +
//! latency) times as fast. Ratios multiply, so they are averaged over the blocks as logarithms.

use model::arm::{ArmName, BatchSize, Label};
use schemars::JsonSchema;
use serde::Serialize;
use stats::quantity::{Confidence, LogRatio, Seconds};
use stats::ratio::PairedRatio;

use crate::measured::MeasuredArm;
use evidence::Examined;

use super::fit::{Block, Fit};

/// How much faster batches of one size could be.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpeedUp {
    /// The batch size.
    pub batch_size: BatchSize,
    /// How many times as fast, if all requests were made at once.
    pub most: RatioEstimate,
    /// How much of it each other strategy reaches that was measured at this size.
    pub reached: Vec<Reached>,
}

/// A ratio, geometric over the blocks, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RatioEstimate {
    /// The ratio.
    pub ratio: f64,
    /// The lower end of its interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its interval; null below two blocks.
    pub high: Option<f64>,
}

/// What another strategy makes of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Reached {
    /// The other strategy's arm.
    pub arm: ArmName,
    /// The other strategy.
    pub strategy: Label,
    /// How many times as fast it is as this one.
    pub speed_up: RatioEstimate,
    /// That over what could be reached; above 1 where it also spares some of the setup.
    pub share: RatioEstimate,
}

/// The speed-ups at each fitted size of more than one request.
pub(super) fn all(fit: &Fit<'_>, measured: &[MeasuredArm<'_>]) -> Vec<SpeedUp> {
    if !fit.is_sequential() {
        return Vec::new();
    }
    let arms = fit.arms.iter().filter(|arm| arm.size() > BatchSize(1));
    arms.filter_map(|arm| SpeedUp::from_fit(fit, arm, measured)).collect()
}

impl SpeedUp {
    fn from_fit(
        fit: &Fit<'_>,
        arm: &MeasuredArm<'_>,
        measured: &[MeasuredArm<'_>],
    ) -> Option<Self> {
        let size = arm.size();
        let caps: Vec<LogRatio> =
            fit.blocks.values().filter_map(|block| cap(block, size)).collect();
        let other = |other: &&MeasuredArm<'_>| {
            other.size() == size
                && other.planned().label != arm.planned().label
                && other.asks_the_same_as(arm)
        };
        let reached = measured.iter().filter(other);
        Some(Self {
            batch_size: size,
            most: RatioEstimate::from_log_ratios(&caps)?,
            reached: reached.filter_map(|other| Reached::from_pairs(fit, arm, other)).collect(),
        })
    }
}

impl Reached {
    fn from_pairs(fit: &Fit<'_>, arm: &MeasuredArm<'_>, other: &MeasuredArm<'_>) -> Option<Self> {
        let seconds = |trial: &Examined<'_>| Seconds::new(trial.batch_time().as_secs());
        let (ratios, shares): (Vec<LogRatio>, Vec<LogRatio>) = arm
            .evidence
            .pairs(other.evidence)
            .iter()
            .filter_map(|pair| {
                let block = fit.blocks.get(&pair.block)?;
                let ratio = seconds(pair.arm)?.over(seconds(pair.versus)?);
                Some((ratio, ratio - cap(block, arm.size())?))
            })
            .unzip();
        Some(Self {
            arm: other.planned().name.clone(),
            strategy: other.planned().label.clone(),
            speed_up: RatioEstimate::from_log_ratios(&ratios)?,
            share: RatioEstimate::from_log_ratios(&shares)?,
        })
    }
}

/// How many times as fast a batch of this size could be, by the law of one block.
fn cap(block: &Block, size: BatchSize) -> Option<LogRatio> {
    let (setup, latency) = (block.setup()?, block.latency?);
    let all = Seconds::new(setup + f64::from(size.0) * latency)?;
    Some(all.over(Seconds::new(setup + latency)?))
}

impl RatioEstimate {
    fn from_log_ratios(log_ratios: &[LogRatio]) -> Option<Self> {
        let paired = PairedRatio::new(log_ratios)?;
        let interval = paired.interval(Confidence::NINETY_FIVE);
        Some(Self {
            ratio: paired.mean().ratio().value(),
            low: interval.map(|interval| interval.low.ratio().value()),
            high: interval.map(|interval| interval.high.ratio().value()),
        })
    }
}
