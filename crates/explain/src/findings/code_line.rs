//! The lines of the client's code that a finding's time passes on, by profiled trials.

use super::{Finding, FindingEvidence};
use evidence::Evidence;
use evidence::account::Charge;

/// How many lines a finding names at most.
const MOST_LINES: usize = 3;
/// The least share of a finding's time that a line must have.
const LEAST_SHARE: f64 = 0.1;

/// A line of the code, and how much of a finding's time passes on it.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeLine {
    /// The file, relative to the working directory or as its package names it.
    pub file: String,
    /// The line, from 1 on.
    pub line: u32,
    /// The function that the line belongs to.
    pub function: String,
    /// The function of a library that the line calls for most of that time; nothing where the line
    /// itself runs.
    pub library: Option<String>,
    /// The innermost function below that, where one has most of the time.
    pub inner: Option<String>,
    /// How many seconds of the finding's size pass on the line.
    pub seconds: f64,
}

/// Adds to findings of the client's own time the lines that it passes on, the largest first.
pub(crate) fn add_lines(findings: &mut [Finding], evidence: &Evidence<'_>) {
    for finding in findings {
        finding.lines = lines(finding, evidence);
    }
}

fn lines(finding: &Finding, evidence: &Evidence<'_>) -> Vec<CodeLine> {
    let charges = client_charges(&finding.evidence);
    let size = finding.size.filter(|size| size.seconds > 0.0);
    let (Some(size), Some(arm)) = (size, evidence.arm(&finding.arm)) else {
        return Vec::new();
    };
    let shares = arm.code_time.lines(&charges).into_iter();
    let large = shares.filter(|line| line.share >= LEAST_SHARE).take(MOST_LINES);
    let line = large.map(|line| CodeLine {
        file: line.file.to_owned(),
        line: line.line,
        function: line.function.to_owned(),
        library: line.library.map(str::to_owned),
        inner: line.inner.map(str::to_owned),
        seconds: line.share * size.seconds,
    });
    line.collect()
}

/// What the client itself did, of the charges that a finding rests on.
fn client_charges(evidence: &[FindingEvidence]) -> Vec<Charge> {
    let charge = |evidence: &FindingEvidence| match evidence {
        FindingEvidence::Charged { charge, .. } | FindingEvidence::LargestCharge { charge, .. } => {
            Some(*charge)
        }
        _ => None,
    };
    let charges = evidence.iter().filter_map(charge);
    charges.filter(|charge| Charge::OF_CLIENT.contains(charge)).collect()
}
