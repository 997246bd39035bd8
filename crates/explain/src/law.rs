//! The law of the batch: what a strategy's time is made of, over its batch sizes.
//!
//! T(n) = setup + latency + serial (n − 1): what a batch costs before its first request, what that
//! request waits, and what each further one adds because something is done one at a time. A line is
//! fitted in each block and its parts averaged over the blocks, each with its interval; `latency`
//! is read off the paths, and setup is what remains of the line's beginning.
//!
//! A line is never fitted across a limit of workers, permits or kept connections, and nothing is
//! said of a size outside those measured without saying that it is outside. Where no line holds, other
//! sizes are predicted by the replay.

mod crossing;
mod fit;
mod latency;
mod limit;
mod prediction;
mod speed_up;
mod straightness;
mod strategy_arms;
#[cfg(test)]
mod tests;

use model::arm::{BatchSize, Label};
use model::strategy::Conditions;
use schemars::JsonSchema;
use serde::Serialize;

use crate::arms::ArmAnalysis;
use crate::margin::MARGIN;
use crate::measured::{self, MeasuredArm};
use crate::whatif::Predictor;
use stats::estimate::Estimate;

use fit::Fit;
use strategy_arms::StrategyArms;

pub use crossing::LawCrossing;
pub use limit::LeftOut;
pub use prediction::{CostModel, Doubt, Prediction, SizePrediction, predict};
pub use speed_up::{RatioEstimate, Reached, SpeedUp};
pub use straightness::{Residual, Shape};

/// The parts of T(n) = setup + latency + serial (n − 1), in seconds, each with its 95 % interval
/// over the blocks: of a strategy with two or more batch sizes. Ends are null below two blocks.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Law {
    /// The strategy's whole name.
    pub strategy: String,
    /// The strategy with the conditions that were asked for.
    pub label: Label,
    /// Every condition that the strategy knows.
    pub conditions: Conditions,
    /// The batch sizes that the line was fitted to, from the least on; none where there is no law.
    pub sizes: Vec<BatchSize>,
    /// The batch sizes that lie beyond a limit, to which it was not fitted.
    pub left_out: Vec<LeftOut>,
    /// In how many blocks all of these sizes succeeded.
    pub blocks: usize,
    /// What a batch costs before its first request, never below 0; null where there is no law, where
    /// the latency is not known, or where the line does not fit.
    pub setup: Option<f64>,
    /// The lower end of its interval.
    pub setup_low: Option<f64>,
    /// The upper end of its interval.
    pub setup_high: Option<f64>,
    /// What the first request waits; null where that was not observed.
    pub latency: Option<f64>,
    /// The lower end of its interval.
    pub latency_low: Option<f64>,
    /// The upper end of its interval.
    pub latency_high: Option<f64>,
    /// What each further request adds, never below 0; null where there is no law, or where the line
    /// does not fit.
    pub serial: Option<f64>,
    /// The lower end of its interval.
    pub serial_low: Option<f64>,
    /// The upper end of its interval.
    pub serial_high: Option<f64>,
    /// What a batch of one request takes, by the line: setup and latency together, never below 0; null
    /// where the line does not fit.
    pub intercept: Option<f64>,
    /// The lower end of its interval.
    pub intercept_low: Option<f64>,
    /// The upper end of its interval.
    pub intercept_high: Option<f64>,
    /// The parts that the line would make negative. No batch has such parts, so the line does not fit.
    pub negative: Vec<LawPart>,
    /// Whether the times lie on a line; null where there is no law.
    pub shape: Option<Shape>,
    /// By how much the times at each fitted size lie above the line; none for two sizes, through
    /// which it is exact.
    pub residuals: Vec<Residual>,
    /// What larger batches would take: twice and four times as large as the largest measured one. None
    /// where neither the line nor the replay predicts them.
    pub predictions: Vec<SizePrediction>,
    /// How much faster batches could be if all their requests were concurrent, and how much of
    /// that others reach; none where the strategy does not make them one after another.
    #[serde(skip)]
    pub speed_ups: Vec<SpeedUp>,
}

/// The laws of a run, and where they cross.
#[derive(Debug, Default)]
pub(crate) struct Laws {
    pub(crate) laws: Vec<Law>,
    pub(crate) crossings: Vec<LawCrossing>,
}

/// The law of each strategy with two or more batch sizes, in the order of the arms.
pub(crate) fn analyse(predictor: Predictor<'_, '_>, arms: &[ArmAnalysis]) -> Laws {
    let evidence = predictor.evidence;
    let strategies = strategy_arms::all(evidence, arms);
    let fits: Vec<Fit<'_>> = strategies.iter().map(Fit::new).collect();
    let measured = measured::measured(evidence, arms);
    let laws: Vec<Law> = fits.iter().map(|fit| Law::from_fit(fit, &measured, predictor)).collect();
    // Beyond the measured sizes only a line that fits says anything.
    let fits_well =
        |label: &Label| laws.iter().all(|law| law.label != *label || law.negative.is_empty());
    let mut crossings = crossing::all(&fits);
    crossings.retain(|crossing| {
        crossing.within || (fits_well(&crossing.strategy) && fits_well(&crossing.versus))
    });
    Laws { laws, crossings }
}

impl Law {
    fn from_fit(fit: &Fit<'_>, measured: &[MeasuredArm<'_>], predictor: Predictor<'_, '_>) -> Self {
        let StrategyArms { label, .. } = fit.strategy;
        let first = fit.strategy.first().planned();
        let negative = negative_parts(fit);
        let [setup, serial, intercept] = LawPart::ALL.map(|part| {
            let estimate = part.estimate(fit).filter(|_| !negative.contains(&part));
            Parts::from(estimate.map(from_zero))
        });
        let latency = Parts::from(fit.latency());
        let fits = negative.is_empty();
        let residuals = straightness::residuals(fit);
        let shape = straightness::shape(fit, &residuals);
        Self {
            strategy: first.strategy.clone(),
            label: (*label).clone(),
            conditions: first.conditions.clone(),
            sizes: if fit.is_empty() { Vec::new() } else { fit.sizes() },
            left_out: fit.left_out.clone(),
            blocks: fit.blocks.len(),
            setup: setup.seconds,
            setup_low: setup.low,
            setup_high: setup.high,
            latency: latency.seconds,
            latency_low: latency.low,
            latency_high: latency.high,
            serial: serial.seconds,
            serial_low: serial.low,
            serial_high: serial.high,
            intercept: intercept.seconds,
            intercept_low: intercept.low,
            intercept_high: intercept.high,
            negative,
            shape,
            speed_ups: if fits { speed_up::all(fit, measured) } else { Vec::new() },
            residuals,
            predictions: prediction::further(fit, predictor),
        }
    }
}

model::closed_list! {
    /// A part of the law that a line may make negative.
    pub enum LawPart {
        /// What a batch costs before its first request.
        Setup = "setup",
        /// What each further request adds.
        Serial = "serial",
        /// Setup and latency together.
        Intercept = "intercept",
    }
}

impl LawPart {
    fn estimate(self, fit: &Fit<'_>) -> Option<Estimate> {
        match self {
            Self::Setup => fit.setup(),
            Self::Serial => fit.serial(),
            Self::Intercept => fit.intercept(),
        }
    }
}

/// The parts that the line makes negative.
fn negative_parts(fit: &Fit<'_>) -> Vec<LawPart> {
    let shortest = fit.over_blocks(|block| block.times.first().copied());
    let least = -MARGIN * shortest.map_or(0.0, |shortest| shortest.seconds);
    let mut parts = LawPart::ALL.to_vec();
    parts.retain(|part| part.estimate(fit).is_some_and(|part| is_negative(part, least)));
    parts
}

/// Whether a part is below 0 certainly, or by more than what may be neglected.
fn is_negative(part: Estimate, least: f64) -> bool {
    part.high.unwrap_or(part.seconds) < 0.0 || part.seconds < least
}

/// A part that is below 0 only by chance, from 0 on.
fn from_zero(Estimate { seconds, low, high }: Estimate) -> Estimate {
    Estimate { seconds: seconds.max(0.0), low: low.map(|low| low.max(0.0)), high }
}

/// An estimate that may be missing.
#[derive(Default)]
struct Parts {
    seconds: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

impl From<Option<Estimate>> for Parts {
    fn from(estimate: Option<Estimate>) -> Self {
        estimate.map_or_else(Self::default, |Estimate { seconds, low, high }| Self {
            seconds: Some(seconds),
            low,
            high,
        })
    }
}
