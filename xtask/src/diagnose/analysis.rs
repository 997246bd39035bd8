//! What the program found, as it stands in the JSON of its analysis.

use anyhow::{Context, Result};
use explain::FindingCode;
use serde::Deserialize;

/// What the program found, the largest first.
#[derive(Debug, Deserialize)]
pub(crate) struct Analysis {
    findings: Vec<Finding>,
}

/// A finding.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: FindingCode,
    pub(crate) arm: String,
    pub(crate) versus: Option<String>,
    /// Its size, where it has one.
    pub(crate) seconds: Option<f64>,
}

impl Analysis {
    /// Reads the JSON of `--json`.
    pub(crate) fn read(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("the analysis cannot be read")
    }

    /// What was found, the largest first, without what only says that nothing was.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.code != FindingCode::Nothing)
    }
}
