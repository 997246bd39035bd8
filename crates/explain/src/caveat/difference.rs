//! A difference: something in which arms are not alike, though nobody asked for it.

use model::arm::{ArmName, Label};
use schemars::JsonSchema;
use serde::Serialize;

/// Something in which arms are not alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// In what: a fact of the driver protocol, such as `compression`, or something that the endpoint
    /// observed, such as `handshakes`.
    pub fact: String,
    /// Those that are alike in it, in the order of the arms.
    pub groups: Vec<Alike>,
}

/// The arms of which the same is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alike {
    /// What is true of them.
    pub value: String,
    /// Their strategies with the conditions that were asked for, each once.
    pub ways: Vec<Label>,
    /// The arms.
    pub arms: Vec<ArmName>,
}

impl Difference {
    /// All arms in it.
    pub(crate) fn arms(&self) -> impl Iterator<Item = &ArmName> {
        self.groups.iter().flat_map(|group| &group.arms)
    }
}
