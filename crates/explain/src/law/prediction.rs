//! What a law says of a batch size that it was not fitted to, and why it might not hold there.

use model::arm::{BatchSize, Label};
use model::recording::Recording;

use crate::arms;
use evidence::Evidence;
use stats::estimate::Estimate;

use super::fit::{Fit, at};
use super::straightness::{self, Shape};
use super::{LeftOut, Residual, limit, strategy_arms};

/// From this share of a core on, waiting no longer hides CPU time: the client then competes with other
/// work on the machine, above all with the server's side of handshakes.
const CPU_SHOWS: f64 = 0.5;

/// An interval that is wider to either side, as a share, predicts nothing.
const TOO_WIDE: f64 = 0.05;

/// The time of a batch that was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The mean time with its 95 % interval; nothing where there is no law.
    pub time: Option<Estimate>,
    /// Why it may not hold.
    pub doubts: Vec<Doubt>,
}

/// A reason why a prediction may not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    /// Two sizes do not show whether a line holds.
    TwoSizes,
    /// The times do not lie on a line: where they do not.
    Bent(Vec<Residual>),
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
}

/// Predicts batches of `size` from what a recording holds of `label`; nothing where that is not a
/// strategy of two sizes or more.
pub fn predict(recording: &Recording, label: &Label, size: BatchSize) -> Option<Prediction> {
    let evidence = Evidence::of_recording(recording)?;
    let arms = arms::analyse(&evidence);
    let strategies = strategy_arms::all(&evidence, &arms);
    let strategy = strategies.iter().find(|strategy| strategy.label == label)?;
    let fit = Fit::new(strategy);
    let time = fit.over_blocks(|block| Some(at(block.line, size)));
    let doubts = [no_line(&fit), beyond_limit(&fit, size), cpu_shows(&fit, size), wide(time)];
    Some(Prediction { time, doubts: doubts.into_iter().flatten().collect() })
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
