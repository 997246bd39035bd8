//! The range of a cause without a share of its own: what it saves depends on what else is removed.

use schemars::JsonSchema;
use serde::Serialize;
use stats::factorial::FactorSet;

use super::blocks::ExperimentBlocks;
use stats::estimate::Estimate;

/// What a cause saves, over all orders in which the causes can be removed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Range {
    /// The least.
    pub least: Estimate,
    /// The most.
    pub most: Estimate,
}

/// The range of a factor, by its place among `factors`; none without a block.
pub(super) fn range(factor: usize, factors: usize, blocks: &ExperimentBlocks) -> Option<Range> {
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
