//! The findings in the JSON of the program's analysis.

use anyhow::{Context, Result};
use explain::FindingCode;
use model::strategy::Conditions;
use serde::Deserialize;

/// The program's findings, largest first, and what it says of the arms.
#[derive(Debug, Deserialize)]
pub(crate) struct AnalysisJson {
    findings: Vec<FindingJson>,
    #[serde(default)]
    pub(crate) arms: Vec<ArmJson>,
}

/// An arm.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ArmJson {
    /// What a session that is kept between batches would save, if it has none and that would save
    /// something.
    pub(crate) kept_session: Option<GainJson>,
}

/// By how much a batch would become shorter.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct GainJson {
    pub(crate) seconds: f64,
    /// The lower end of its 95% interval.
    pub(crate) low: Option<f64>,
    /// The upper end of its 95% interval.
    pub(crate) high: Option<f64>,
}

/// A finding.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct FindingJson {
    pub(crate) code: FindingCode,
    pub(crate) arm: String,
    pub(crate) versus: Option<String>,
    /// Its size, if it has one.
    pub(crate) seconds: Option<f64>,
    /// The lower end of the size's 95% interval.
    pub(crate) low: Option<f64>,
    /// The upper end of the size's 95% interval.
    pub(crate) high: Option<f64>,
    /// What to change; empty where there is nothing to do.
    #[serde(default)]
    pub(crate) remedy: String,
    /// The limits that the remedy changes, as conditions.
    #[serde(default)]
    pub(crate) remedy_conditions: Conditions,
}

impl AnalysisJson {
    /// Reads the JSON of `--json`.
    pub(crate) fn read(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("cannot read the analysis")
    }

    /// The findings, largest first, without the one that says that nothing was found.
    pub(crate) fn findings(&self) -> impl Iterator<Item = &FindingJson> {
        self.findings.iter().filter(|finding| finding.code != FindingCode::Nothing)
    }
}
