//! Findings: the causes of a batch's time, each with its size and its evidence.
//!
//! `code` is the closed list of causes; `causes` has a file for each, with the rule that fires it,
//! the measure of its size, its sentence and its remedy. A rule looks at a `case`: one arm, against
//! the quickest of its batch size or by itself. It sees the `ledger` (the accounts of the arm's
//! trials, block by block), what was `seen` of its conduct, and what experiments `gained`. `gather`
//! makes the cases, and puts what was found into order.
//!
//! What was only observed is consistent with a cause; only what was toggled is because of it.

mod case;
mod causes;
mod code;
mod draft;
mod gain;
mod gather;
mod ledger;
mod seen;
mod words;

use model::arm::{ArmName, BatchSize};
use schemars::JsonSchema;
use serde::Serialize;

use crate::estimate::Estimate;

pub use code::FindingCode;
pub(crate) use gather::gather;

/// A cause of a batch's time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// Which cause, from a closed list.
    pub code: FindingCode,
    /// The arm that it slows down; for `nothing`, the quickest.
    pub arm: ArmName,
    /// The arm that it was found against, where there was one.
    pub versus: Option<ArmName>,
    /// The arm's strategy.
    pub strategy: String,
    /// The arm's batch size.
    pub batch_size: BatchSize,
    /// How much of a batch's time it explains, in seconds: the mean over the blocks. Null where the
    /// arm has no time because of it.
    pub seconds: Option<f64>,
    /// The lower end of its 95 % interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its 95 % interval; null below two blocks.
    pub high: Option<f64>,
    /// Whether the cause was taken away and the time with it; else it is only consistent with what
    /// was observed.
    pub because: bool,
    /// The finding, for people.
    pub sentence: String,
    /// What to do about it; empty where nothing need be done.
    pub remedy: String,
    /// The figures that it rests on, each a sentence.
    pub evidence: Vec<String>,
}

impl Finding {
    /// How much of a batch's time it explains, with its interval; nothing where the arm has no time
    /// because of it.
    pub fn size(&self) -> Option<Estimate> {
        Some(Estimate { seconds: self.seconds?, low: self.low, high: self.high })
    }
}

#[cfg(test)]
mod tests;
