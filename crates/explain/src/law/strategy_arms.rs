//! The arms of a strategy with the same conditions, at all of its batch sizes.

use model::arm::Label;

use crate::arms::ArmAnalysis;
use crate::measured::{self, MeasuredArm};
use evidence::Evidence;

/// A strategy with two or more batch sizes.
#[derive(Clone, Debug)]
pub(super) struct StrategyArms<'a> {
    pub(super) label: &'a Label,
    /// From the least size on.
    pub(super) arms: Vec<MeasuredArm<'a>>,
}

/// The strategies with two or more batch sizes, in the order of the arms.
pub(super) fn all<'a>(
    evidence: &'a Evidence<'a>,
    arms: &'a [ArmAnalysis],
) -> Vec<StrategyArms<'a>> {
    let mut strategies: Vec<StrategyArms<'a>> = Vec::new();
    for arm in measured::measured(evidence, arms) {
        let label = &arm.planned().label;
        match strategies.iter_mut().find(|strategy| strategy.label == label) {
            Some(strategy) => strategy.arms.push(arm),
            None => strategies.push(StrategyArms { label, arms: vec![arm] }),
        }
    }
    for strategy in &mut strategies {
        strategy.arms.sort_by_key(MeasuredArm::size);
    }
    strategies.retain(|strategy| strategy.arms.len() > 1);
    strategies
}

impl<'a> StrategyArms<'a> {
    /// The arm of the least size.
    pub(super) fn first(&self) -> MeasuredArm<'a> {
        self.arms[0]
    }
}
