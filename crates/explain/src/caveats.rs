//! Caveats: the reasons to trust a result less.

use model::arm::ArmName;
use schemars::JsonSchema;
use serde::Serialize;

/// A reason to trust a result less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Caveat {
    /// Which reason, from a closed list.
    pub code: String,
    /// The arms that it concerns.
    pub arms: Vec<ArmName>,
    /// The reason with its size and what to do about it, for people.
    pub sentence: String,
    /// Whether it takes away the verdicts on these arms.
    pub vetoes: bool,
}
