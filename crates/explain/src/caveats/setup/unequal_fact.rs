//! A fact in which the arms differ and that changed times, with what decides how to make them alike.

use model::arm::{ArmName, Label};

use super::difference::FactDifference;
use super::timing_fact::TimingFact;

/// A fact in which the arms differ and that changed times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnequalFact {
    /// The fact.
    pub fact: TimingFact,
    /// The arms by its values.
    pub difference: FactDifference,
    /// The strategies that have the [condition](TimingFact::condition) which decides it.
    pub adjustable: Vec<Label>,
    /// Whether the command line already has the option that makes clients alike in it:
    /// `-H 'Accept-Encoding: …'` for compression, `-k` for verification.
    pub already_set: bool,
}

impl UnequalFact {
    /// The arms that it concerns.
    pub(crate) fn arms(&self) -> Vec<ArmName> {
        self.difference.arms().cloned().collect()
    }
}
