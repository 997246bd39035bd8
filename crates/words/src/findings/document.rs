//! A finding as the JSON document has it.

use explain::{Finding, FindingCode};
use model::arm::{ArmName, BatchSize};
use schemars::JsonSchema;
use serde::Serialize;

/// A cause of a batch's time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingDocument<'a> {
    /// Which cause, from a closed list.
    code: FindingCode,
    /// The arm that it slows down; for `nothing`, the fastest.
    arm: &'a ArmName,
    /// The arm that it was compared with, where there was one.
    versus: Option<&'a ArmName>,
    /// The arm's strategy.
    strategy: &'a str,
    /// The arm's batch size.
    batch_size: BatchSize,
    /// How much of a batch's time it explains, in seconds: the mean over the blocks. Null where the
    /// arm has no time because of it.
    seconds: Option<f64>,
    /// The lower end of its 95% interval; null below two blocks.
    low: Option<f64>,
    /// The upper end of its 95% interval; null below two blocks.
    high: Option<f64>,
    /// Whether the cause is confirmed: an experiment removed it, and the time went with it.
    because: bool,
    /// The finding as a sentence.
    sentence: String,
    /// What to change, as an instruction; empty where there is nothing to do.
    remedy: String,
    /// The figures that it rests on, each a line.
    evidence: Vec<String>,
}

impl<'a> FindingDocument<'a> {
    /// The document of a finding.
    pub fn new(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            arm: &finding.arm,
            versus: finding.versus.as_ref().map(|versus| &versus.arm),
            strategy: &finding.strategy,
            batch_size: finding.batch_size,
            seconds: finding.size.map(|size| size.seconds),
            low: finding.size.and_then(|size| size.low),
            high: finding.size.and_then(|size| size.high),
            because: finding.because,
            sentence: super::sentence(finding),
            remedy: super::remedy(finding),
            evidence: super::evidence(finding),
        }
    }
}
