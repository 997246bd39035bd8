//! Whether the times of a strategy lie on a line.
//!
//! In each block every time lies somewhat above or below the line. Where that is so again and
//! again at one size, and by more than what may be neglected, the law is no line. The sizes are
//! tested together (Holm). A bend that is smaller than the noise is not found: with three sizes and
//! ten blocks that is no proof of a line.

use model::arm::BatchSize;
use schemars::JsonSchema;
use serde::Serialize;
use stats::quantity::Probability;
use stats::{holm, student::SampleMean};

use crate::margin::MARGIN;
use stats::estimate::Estimate;

use super::fit::{Fit, at};

/// How likely any bend is found where there is none.
const LEVEL: f64 = 0.05;

/// Whether the times lie on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// There are two sizes, through which a line can always be drawn.
    TwoPoints,
    /// No bend was found.
    Straight,
    /// They do not.
    Bent,
}

/// By how much the times at one size lie above the line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Residual {
    /// The batch size.
    pub batch_size: BatchSize,
    /// The distance, below 0 where they lie below it.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Whether it is too far and too certain for a line.
    pub bends: bool,
}

/// The distances at every fitted size; none where the line is exact.
pub(super) fn residuals(fit: &Fit<'_>) -> Vec<Residual> {
    let sizes = fit.sizes();
    if sizes.len() < 3 {
        return Vec::new();
    }
    let values = |place: usize| -> Vec<f64> {
        let above = |line, times: &[f64]| times[place] - at(line, sizes[place]);
        fit.blocks.values().map(|block| above(block.line, &block.times)).collect()
    };
    let samples: Vec<Vec<f64>> = (0..sizes.len()).map(values).collect();
    let probability = |sample: &Vec<f64>| SampleMean::new(sample)?.probability();
    let probabilities: Option<Vec<Probability>> = samples.iter().map(probability).collect();
    let certain = probabilities.map(|probabilities| holm::adjust(&probabilities));
    let residual = |(place, &batch_size): (usize, &BatchSize)| {
        let estimate = Estimate::from_blocks(&samples[place])?;
        let time = fit.over_blocks(|block| Some(block.times[place]))?.seconds;
        let certain = certain.as_ref().is_some_and(|found| found[place].value() <= LEVEL);
        let bends = certain && estimate.seconds.abs() > MARGIN * time;
        Some(Residual { batch_size, estimate, bends })
    };
    sizes.iter().enumerate().filter_map(residual).collect()
}

/// What the distances say; nothing without a line.
pub(super) fn shape(fit: &Fit<'_>, residuals: &[Residual]) -> Option<Shape> {
    if fit.is_empty() {
        return None;
    }
    let bent = residuals.iter().any(|residual| residual.bends);
    Some(match fit.arms.len() {
        ..3 => Shape::TwoPoints,
        _ if bent => Shape::Bent,
        _ => Shape::Straight,
    })
}
