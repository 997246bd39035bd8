//! The findings of a batch size: each cause with its size, its evidence and what to change.

use explain::{Analysis, Finding, FindingCode};
use model::arm::BatchSize;
use words::findings;

use crate::style::{Ink, Style};
use crate::text;

/// How many findings are shown with their evidence; the others have a line, and one of the code.
const IN_FULL: usize = 3;
/// The indent of a finding and, doubled, of its evidence.
const INDENT: usize = 2;

/// The findings of a batch size, the largest first.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let found = analysis.findings.iter().filter(|finding| finding.batch_size == size);
    let mut lines: Vec<String> = found
        .enumerate()
        .flat_map(
            |(place, finding)| {
                if place < IN_FULL { full(finding, style) } else { brief(finding, style) }
            },
        )
        .collect();
    if !lines.is_empty() {
        lines.insert(0, style.paint("findings", Ink::Heading));
    }
    lines
}

fn full(finding: &Finding, style: Style) -> Vec<String> {
    let mut lines = sentence(finding, style);
    let more = |text: &str| text::wrap(text, style.columns(), 2 * INDENT);
    let proof = Some(findings::proof(finding)).filter(|proof| !proof.is_empty());
    let evidence = proof.into_iter().chain(findings::evidence(finding));
    let evidence: Vec<String> = evidence.collect();
    lines.extend(evidence.iter().flat_map(|evidence| more(&format!("- {evidence}"))));
    let code = findings::code_lines(finding);
    lines.extend(code.iter().flat_map(|line| more(&format!("- {line}"))));
    let remedy = findings::remedy(finding);
    if !remedy.is_empty() {
        lines.extend(more(&format!("fix: {remedy}")));
    }
    let pair = findings::pair(finding);
    if !pair.is_empty() {
        lines.extend(more(&format!("fix together: {pair}")));
    }
    let no_gain = findings::no_gain(finding);
    if !no_gain.is_empty() {
        lines.extend(more(&format!("no fix: {no_gain}")));
    }
    lines
}

fn brief(finding: &Finding, style: Style) -> Vec<String> {
    let mut lines = sentence(finding, style);
    let code = findings::code_lines(finding).into_iter().take(1);
    lines.extend(
        code.flat_map(|line| text::wrap(&format!("- {line}"), style.columns(), 2 * INDENT)),
    );
    lines
}

fn sentence(finding: &Finding, style: Style) -> Vec<String> {
    let sentence = findings::sentence(finding);
    if finding.code == FindingCode::Nothing {
        return text::wrap(&sentence, style.columns(), INDENT);
    }
    let size = findings::size(finding);
    let size = if size.is_empty() { size } else { format!("{size}, ") };
    let certainty = findings::certainty(finding);
    let text = format!("{size}{certainty} {}: {sentence}", finding.code);
    text::wrap(&text, style.columns(), INDENT)
}
