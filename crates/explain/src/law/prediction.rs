//! What a law says of a batch size that it was not fitted to, and why it might not hold there.

use model::arm::{BatchSize, Label};
use model::recording::Recording;

use crate::arms;
use crate::estimate::Estimate;
use crate::figures::percent;
use evidence::Evidence;

use super::fit::{Fit, at};
use super::straightness::{self, Shape};
use super::{limit, remark, subject};

/// From this share of a core on, CPU time is no longer hidden in waiting: what others need of the
/// machine, the server's side of a handshake first of all, is then in its way.
const CPU_SHOWS: f64 = 0.5;

/// An interval that is wider to either side, as a share, predicts nothing.
const TOO_WIDE: f64 = 0.05;

/// The time of a batch that was not measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The mean time with its 95 % interval; nothing where there is no law.
    pub time: Option<Estimate>,
    /// Why it would not hold, as clauses that can follow a colon; empty where nothing speaks
    /// against it.
    pub doubts: Vec<String>,
}

/// Predicts batches of `size` from what a recording holds of `label`; nothing where that is not a
/// strategy of two sizes or more.
pub fn predict(recording: &Recording, label: &Label, size: BatchSize) -> Option<Prediction> {
    let evidence = Evidence::of_recording(recording)?;
    let arms = arms::analyse(&evidence);
    let subjects = subject::all(&evidence, &arms);
    let subject = subjects.iter().find(|subject| subject.label == label)?;
    let fit = Fit::new(subject);
    let time = fit.over_blocks(|block| Some(at(block.line, size)));
    let doubts = [no_line(&fit), reached(&fit, size), cpu_shows(&fit, size), wide(time)];
    Some(Prediction { time, doubts: doubts.into_iter().flatten().collect() })
}

fn no_line(fit: &Fit<'_>) -> Option<String> {
    let residuals = straightness::residuals(fit);
    match straightness::shape(fit, &residuals) {
        Some(Shape::Straight) => None,
        Some(Shape::TwoPoints) => Some("two sizes do not show whether a line holds".to_owned()),
        Some(Shape::Bent) => Some(format!("no straight line holds: {}", remark::bends(&residuals))),
        None => Some("fewer than two sizes can be fitted".to_owned()),
    }
}

fn reached(fit: &Fit<'_>, size: BatchSize) -> Option<String> {
    let greatest = fit.subject.sides.last()?;
    let limit = limit::beyond(greatest, size)?;
    Some(format!("batch {size} goes beyond {limit}"))
}

/// The client's CPU time grows along a line too. Where it was hidden in waiting at the sizes
/// measured and is not any more at `size`, the time bends upwards in between.
fn cpu_shows(fit: &Fit<'_>, size: BatchSize) -> Option<String> {
    let share = |size: BatchSize| {
        let cpu = fit.over_blocks(|block| Some(at(block.cpu?, size)))?;
        let time = fit.over_blocks(|block| Some(at(block.line, size)))?;
        Some(cpu.seconds / time.seconds)
    };
    let (before, there) = (share(*fit.sizes().last()?)?, share(size)?);
    (before < CPU_SHOWS && there >= CPU_SHOWS).then(|| {
        format!(
            "the client would need {} of a core, where it needed {} at most: its CPU time would no \
             longer be hidden in waiting",
            percent(there),
            percent(before)
        )
    })
}

fn wide(time: Option<Estimate>) -> Option<String> {
    let Estimate { seconds, high, .. } = time?;
    let share = (high? - seconds) / seconds;
    (share > TOO_WIDE).then(|| format!("it is known to within {} only", percent(share)))
}
