//! Findings: the causes of a difference, each with its size and its evidence.

use model::arm::{ArmName, BatchSize};
use schemars::JsonSchema;
use serde::Serialize;

/// A cause of a difference between two arms.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// Which cause, from a closed list.
    pub code: String,
    /// The arm that it slows down.
    pub arm: ArmName,
    /// The arm that it was found against, where there was one.
    pub versus: Option<ArmName>,
    /// The arm's strategy.
    pub strategy: String,
    /// The arm's batch size.
    pub batch_size: BatchSize,
    /// How much of a batch's time it explains, in seconds.
    pub seconds: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// Whether the cause was taken away and the time with it; else it is only consistent with what
    /// was observed.
    pub because: bool,
    /// The finding, for people.
    pub sentence: String,
    /// What to do about it.
    pub remedy: String,
    /// The figures that it rests on, each a sentence.
    pub evidence: Vec<String>,
}
