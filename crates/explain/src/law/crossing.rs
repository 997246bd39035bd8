//! From which batch size one strategy is faster than another, by their cost models.

use model::arm::{BatchSize, Label};
use schemars::JsonSchema;
use serde::Serialize;
use stats::crossing;
use stats::line::Line;

use super::fit::Fit;
use super::straightness::{self, Shape};

/// Where the cost models of two strategies cross.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LawCrossing {
    /// The strategy with the smaller cost per extra request.
    pub strategy: Label,
    /// The one that is faster below that size.
    pub versus: Label,
    /// The batch size, which need not be whole, at which both take as long.
    pub batch_size: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end of its 95 % interval.
    pub high: f64,
    /// The least batch size to which both laws were fitted.
    pub least_measured: BatchSize,
    /// The greatest one.
    pub most_measured: BatchSize,
    /// Whether it lies between these two: where it does not, it is extrapolated.
    pub within: bool,
}

/// The crossings of every two laws that are lines and that answer the same question, where there
/// are any from batch size 1 on.
pub(super) fn all(fits: &[Fit<'_>]) -> Vec<LawCrossing> {
    let straight = |fit: &&Fit<'_>| {
        let shape = straightness::shape(fit, &straightness::residuals(fit));
        shape.is_some_and(|shape| shape != Shape::Bent)
    };
    let fits: Vec<&Fit<'_>> = fits.iter().filter(straight).collect();
    let pairs = fits
        .iter()
        .enumerate()
        .flat_map(|(place, one)| fits[place + 1..].iter().map(move |other| (*one, *other)));
    pairs.filter_map(|(one, other)| between(one, other)).collect()
}

fn between(one: &Fit<'_>, other: &Fit<'_>) -> Option<LawCrossing> {
    if !one.strategy.first().asks_the_same_as(&other.strategy.first()) {
        return None;
    }
    let differences: Vec<Line> = one
        .blocks
        .iter()
        .filter_map(|(number, block)| Some((block.line, other.blocks.get(number)?.line)))
        .map(|(one, other)| Line {
            intercept: one.intercept - other.intercept,
            slope: one.slope - other.slope,
        })
        .collect();
    let found = crossing::Crossing::from_differences(&differences)?;
    let rises = differences.iter().map(|line| line.slope).sum::<f64>() > 0.0;
    let (faster, slower) = if rises { (other, one) } else { (one, other) };
    let (one, other) = (one.sizes(), other.sizes());
    let least = *one.first()?.max(other.first()?);
    let most = *one.last()?.min(other.last()?);
    // The lines run over n − 1.
    let [batch_size, low, high] = [found.at, found.low, found.high].map(|at| at + 1.0);
    let within = f64::from(least.0) <= batch_size && batch_size <= f64::from(most.0);
    let crossing = LawCrossing {
        strategy: faster.strategy.label.clone(),
        versus: slower.strategy.label.clone(),
        batch_size,
        low,
        high,
        least_measured: least,
        most_measured: most,
        within,
    };
    (batch_size >= 1.0 && least <= most).then_some(crossing)
}
