//! A difference between arms that the command line did not set.

use model::arm::{ArmName, Label};
use schemars::JsonSchema;
use serde::Serialize;

/// A fact in which arms differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FactDifference {
    /// The fact: one of the driver protocol, such as `compression`, or one that the endpoint
    /// observed, such as `handshakes`.
    pub fact: String,
    /// The arms by the value of the fact, in the order of the arms.
    pub groups: Vec<FactGroup>,
}

/// The arms that share a value of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FactGroup {
    /// The value.
    pub value: String,
    /// Their strategies with the conditions that the command line set, each once.
    #[serde(rename = "ways")]
    pub labels: Vec<Label>,
    /// The arms.
    pub arms: Vec<ArmName>,
}

impl FactDifference {
    /// All arms in it.
    pub(crate) fn arms(&self) -> impl Iterator<Item = &ArmName> {
        self.groups.iter().flat_map(|group| &group.arms)
    }
}
