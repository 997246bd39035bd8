//! What limits a law, in words.

use model::arm::BatchSize;

use crate::figures::millis;

use super::fit::Fit;
use super::limit::LeftOut;
use super::straightness::{Residual, Shape};

/// Nothing where the law has no limits but the sizes measured.
pub(super) fn of(fit: &Fit<'_>, shape: Option<Shape>, residuals: &[Residual]) -> Option<String> {
    let without = "there is no law";
    let beyond: Vec<String> = fit.left_out.iter().map(beyond).collect();
    let beyond = Some(beyond.join(", ")).filter(|beyond| !beyond.is_empty());
    match (shape, beyond) {
        (None, Some(beyond)) => Some(format!("{without}: {beyond}, and too few sizes are left")),
        (None, None) => Some(format!("{without}: in no block did all of its sizes succeed")),
        (Some(shape), beyond) => {
            let told = said(shape, residuals);
            let parts: Vec<String> = told.into_iter().chain(beyond).collect();
            Some(parts.join("; ")).filter(|parts| !parts.is_empty())
        }
    }
}

fn beyond(left_out: &LeftOut) -> String {
    format!("batch {} goes beyond {left_out} and is left out", left_out.batch_size)
}

fn said(shape: Shape, residuals: &[Residual]) -> Option<String> {
    match shape {
        Shape::Straight => None,
        Shape::TwoPoints => {
            Some("a line through two points, which do not show whether it is straight".to_owned())
        }
        Shape::Bent => Some(format!("no straight line holds: {}", bends(residuals))),
    }
}

/// `at batch 8 the time is 3.10 ms above it`.
pub(super) fn bends(residuals: &[Residual]) -> String {
    let bend = |residual: &Residual| {
        let way = if residual.estimate.seconds > 0.0 { "above" } else { "below" };
        let far = millis(residual.estimate.seconds.abs());
        format!("at batch {} the time is {far} {way} it", residual.batch_size)
    };
    let bends = residuals.iter().filter(|residual| residual.bends);
    bends.map(bend).collect::<Vec<_>>().join(", ")
}

/// `1 to 16`.
pub(super) fn range(least: BatchSize, most: BatchSize) -> String {
    format!("{least} to {most}")
}
