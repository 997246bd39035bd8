//! What a rule says when it fires: a finding without the arm that it is about, which no rule can
//! get wrong.

use super::FindingCode;
use crate::estimate::Estimate;

/// A finding as its rule words it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draft {
    pub(crate) code: FindingCode,
    /// How much of the batch's time it explains; nothing where the arm has no time because of it.
    pub(crate) size: Option<Estimate>,
    /// Whether the cause was taken away, and the time with it.
    pub(crate) because: bool,
    pub(crate) sentence: String,
    pub(crate) remedy: String,
    pub(crate) evidence: Vec<String>,
}
