//! What a batch of a size takes that a law was not fitted to: by its line where that holds, else by the
//! replay of the nearest measured size; and why it might not hold.

use model::arm::{BatchSize, Label};
use model::recording::Recording;
use schemars::JsonSchema;
use serde::Serialize;

use crate::arms;
use crate::measured::MeasuredArm;
use crate::replays::Replays;
use crate::whatif::{Predictor, WhatIf, size_distance};
use evidence::Evidence;
use stats::estimate::Estimate;

use super::fit::{Fit, at};
use super::straightness::{self, Shape};
use super::{LawPart, LeftOut, Residual, limit, negative_parts, strategy_arms};

/// From this share of a core on, waiting no longer hides CPU time: the client then competes with other
/// work on the machine, above all with the server's side of handshakes.
const CPU_SHOWS: f64 = 0.5;

/// An interval that is wider to either side, as a share, predicts nothing.
const TOO_WIDE: f64 = 0.05;

/// An analysis predicts batches this many times as large as the largest measured one.
const FURTHER: [u32; 2] = [2, 4];
/// It replays no larger ones, which would take it too long.
const MOST_REQUESTS: u32 = 4096;

model::closed_list! {
    /// What a prediction of the cost model comes from.
    pub enum CostModel {
        /// The line through the fitted sizes.
        Line = "line",
        /// The replay of the nearest measured size, because the times do not lie on a line there.
        Replay = "replay",
    }
}

/// The time of a batch that was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The mean time with its 95 % interval; nothing where there is no law.
    pub time: Option<Estimate>,
    /// What it comes from.
    pub model: CostModel,
    /// Why it may not hold.
    pub doubts: Vec<Doubt>,
}

/// The predicted time of batches of one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SizePrediction {
    /// The batch size.
    pub batch_size: BatchSize,
    /// The mean batch time, in seconds.
    #[serde(flatten)]
    pub time: Estimate,
    /// What it comes from.
    pub model: CostModel,
    /// Whether it rests on something that was not seen, such as more requests at once.
    pub extrapolated: bool,
}

/// A reason why a prediction may not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// Two sizes do not show whether a line holds.
    TwoSizes,
    /// The times do not lie on a line: where they do not.
    Bent(Vec<Residual>),
    /// The line would make these parts negative.
    Negative(Vec<LawPart>),
    /// Fewer than two sizes can be fitted.
    TooFewSizes,
    /// The size is beyond a limit.
    BeyondLimit(LeftOut),
    /// The client's CPU time is no longer hidden in waiting: shares of a core at the largest measured
    /// size and at the predicted one.
    CpuShows {
        /// At the largest measured size.
        measured: f64,
        /// At the predicted size.
        predicted: f64,
    },
    /// The half width of the interval, as a share of the time.
    Wide(f64),
    /// The replay rests on something that was not seen, such as more requests at once.
    Extrapolated,
}

impl Doubt {
    /// Whether no line holds because of it.
    const fn rules_out_a_line(&self) -> bool {
        match self {
            Self::Bent(_)
            | Self::Negative(_)
            | Self::TooFewSizes
            | Self::BeyondLimit(_)
            | Self::CpuShows { .. } => true,
            Self::TwoSizes | Self::Wide(_) | Self::Extrapolated => false,
        }
    }
}

/// Predicts batches of `size` from what a recording holds of `label`; nothing where that is not a
/// strategy of two sizes or more.
pub fn predict(recording: &Recording, label: &Label, size: BatchSize) -> Option<Prediction> {
    let evidence = Evidence::of_recording(recording)?;
    let arms = arms::analyse(&evidence);
    let strategies = strategy_arms::all(&evidence, &arms);
    let strategy = strategies.iter().find(|strategy| strategy.label == label)?;
    let replays = Replays::new(&evidence, recording);
    let predictor = Predictor { recording, evidence: &evidence, replays: &replays };
    Some(Prediction::new(&Fit::new(strategy), predictor, size))
}

/// The predictions for some sizes beyond those that were measured.
pub(super) fn further(fit: &Fit<'_>, predictor: Predictor<'_, '_>) -> Vec<SizePrediction> {
    let Some(largest) = fit.strategy.arms.last().map(MeasuredArm::size) else { return Vec::new() };
    let sizes = FURTHER.into_iter().map(|times| BatchSize(largest.0.saturating_mul(times)));
    let sizes = sizes.filter(|size| size.0 <= MOST_REQUESTS);
    let predicted = |batch_size: BatchSize| {
        let Prediction { time, model, doubts } = Prediction::new(fit, predictor, batch_size);
        // A line that does not hold predicts nothing.
        let holds = !doubts.iter().any(Doubt::rules_out_a_line);
        let extrapolated = doubts.contains(&Doubt::Extrapolated);
        Some(SizePrediction { batch_size, time: time.filter(|_| holds)?, model, extrapolated })
    };
    sizes.filter_map(predicted).collect()
}

impl Prediction {
    fn new(fit: &Fit<'_>, predictor: Predictor<'_, '_>, size: BatchSize) -> Self {
        let line = Self::by_line(fit, size);
        if line.doubts.iter().any(Doubt::rules_out_a_line) {
            return Self::by_replay(fit, predictor, size).unwrap_or(line);
        }
        line
    }

    fn by_line(fit: &Fit<'_>, size: BatchSize) -> Self {
        let time = fit.over_blocks(|block| Some(at(block.line, size)));
        let doubts = [
            no_line(fit),
            below_zero(fit),
            beyond_limit(fit, size),
            cpu_shows(fit, size),
            wide(time),
        ];
        Self { time, model: CostModel::Line, doubts: doubts.into_iter().flatten().collect() }
    }

    /// Nothing where the nearest size cannot be replayed.
    fn by_replay(fit: &Fit<'_>, predictor: Predictor<'_, '_>, size: BatchSize) -> Option<Self> {
        let distance = |arm: &MeasuredArm<'_>| size_distance(arm.size(), size);
        let arms = fit.strategy.arms.iter();
        let nearest = arms.min_by(|one, other| distance(one).total_cmp(&distance(other)))?;
        let question = WhatIf { batch_size: Some(size), ..WhatIf::default() };
        let predicted = predictor.time(nearest.evidence, &question).ok()?;
        let time = Some(predicted.batch);
        let doubts = [wide(time), predicted.extrapolated.then_some(Doubt::Extrapolated)];
        let doubts = doubts.into_iter().flatten().collect();
        Some(Self { time, model: CostModel::Replay, doubts })
    }
}

fn below_zero(fit: &Fit<'_>) -> Option<Doubt> {
    let negative = negative_parts(fit);
    (!negative.is_empty()).then_some(Doubt::Negative(negative))
}

fn no_line(fit: &Fit<'_>) -> Option<Doubt> {
    let residuals = straightness::residuals(fit);
    match straightness::shape(fit, &residuals) {
        Some(Shape::Straight) => None,
        Some(Shape::TwoPoints) => Some(Doubt::TwoSizes),
        Some(Shape::Bent) => Some(Doubt::Bent(residuals)),
        None => Some(Doubt::TooFewSizes),
    }
}

fn beyond_limit(fit: &Fit<'_>, size: BatchSize) -> Option<Doubt> {
    let greatest = fit.strategy.arms.last()?;
    limit::beyond(greatest, size).map(Doubt::BeyondLimit)
}

/// The client's CPU time grows along a line too. Where it was hidden in waiting at the sizes
/// measured and is not any more at `size`, the time bends upwards in between.
fn cpu_shows(fit: &Fit<'_>, size: BatchSize) -> Option<Doubt> {
    let share = |size: BatchSize| {
        let cpu = fit.over_blocks(|block| Some(at(block.cpu?, size)))?;
        let time = fit.over_blocks(|block| Some(at(block.line, size)))?;
        Some(cpu.seconds / time.seconds)
    };
    let (measured, predicted) = (share(*fit.sizes().last()?)?, share(size)?);
    (measured < CPU_SHOWS && predicted >= CPU_SHOWS)
        .then_some(Doubt::CpuShows { measured, predicted })
}

fn wide(time: Option<Estimate>) -> Option<Doubt> {
    let Estimate { seconds, high, .. } = time?;
    let share = (high? - seconds) / seconds;
    (share > TOO_WIDE).then_some(Doubt::Wide(share))
}
