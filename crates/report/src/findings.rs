//! What was found at a batch size: each cause with its size, its evidence and what to change.

use explain::figures::sized;
use explain::{Analysis, Finding};
use model::arm::BatchSize;

use crate::style::{Ink, Style};
use crate::text;

/// How many findings are shown with their evidence; the others have a line.
const IN_FULL: usize = 3;
/// By how much what belongs to a finding is set in.
const INDENT: usize = 2;

/// The findings of a batch size, the largest first.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let found = analysis.findings.iter().filter(|finding| finding.batch_size == size);
    let mut lines: Vec<String> = found
        .enumerate()
        .flat_map(
            |(place, finding)| {
                if place < IN_FULL { full(finding, style) } else { short(finding, style) }
            },
        )
        .collect();
    if !lines.is_empty() {
        lines.insert(0, style.paint("why", Ink::Heading));
    }
    lines
}

fn full(finding: &Finding, style: Style) -> Vec<String> {
    let mut lines = short(finding, style);
    let more = |text: &str| text::wrap(text, style.columns(), 2 * INDENT);
    lines.extend(finding.evidence.iter().flat_map(|evidence| more(&format!("· {evidence}"))));
    if !finding.remedy.is_empty() {
        lines.extend(more(&format!("→ {}", finding.remedy)));
    }
    lines
}

fn short(finding: &Finding, style: Style) -> Vec<String> {
    let how = if finding.because { "because" } else { "consistent with" };
    let size = finding.size().map_or(String::new(), |size| format!("{}, ", sized(size)));
    let text = format!("{size}{how} {}: {}", finding.code, finding.sentence);
    text::wrap(&text, style.columns(), INDENT)
}
