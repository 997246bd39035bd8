//! The range of a cause that has no share of its own: what it takes away depends on what else is gone.

use schemars::JsonSchema;
use serde::Serialize;
use stats::factorial::FactorSet;

use super::blocks::Blocks;
use crate::estimate::Estimate;

/// What a cause takes away, over all orders in which the causes may be taken away.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// The least.
    pub least: Estimate,
    /// The most.
    pub most: Estimate,
}

/// The range of a factor of so many; nothing where there is no block.
pub(super) fn of(factor: usize, factors: usize, blocks: &Blocks) -> Option<Range> {
    let before = FactorSet::all(factors).filter(|on| !on.holds(factor));
    let taken: Option<Vec<Estimate>> =
        before.map(|on| blocks.estimate(|block| Some(-block.times.added(factor, on)))).collect();
    let by_seconds = |one: &&Estimate, other: &&Estimate| one.seconds.total_cmp(&other.seconds);
    let taken = taken?;
    Some(Range {
        least: *taken.iter().min_by(by_seconds)?,
        most: *taken.iter().max_by(by_seconds)?,
    })
}
