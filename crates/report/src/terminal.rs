//! The whole text of a run, for a person.

use explain::{Analysis, ArmAnalysis};
use model::arm::{BatchSize, Role};
use model::recording::Recording;

use crate::style::{Ink, Style};
use crate::{
    answer, attribution, caveats, closing, controls, describe, dose, failures, fairness, findings,
    gaps, header, latency, law, path, ratios, starts,
};

/// Writes the analysis of a recording, ending in a line break.
pub fn terminal(analysis: &Analysis, recording: &Recording, style: Style) -> String {
    let mut sections = vec![answer::lines(analysis, style), header::lines(recording, style)];
    if analysis.measured() {
        sections.push(fairness::lines(analysis, style));
        sections.push(fairness::caveats(analysis, style));
        for &size in &analysis.batch_sizes {
            sections.extend(batch(analysis, size, style));
        }
        sections.push(law::lines(analysis, style));
    }
    if !analysis.measured() {
        let sizes = analysis.batch_sizes.iter();
        sections.extend(sizes.map(|&size| findings::lines(analysis, size, style)));
    }
    sections.push(failures::lines(analysis, style));
    sections.push(caveats::lines(analysis, style));
    sections.push(closing::lines(analysis, recording, style));
    let sections = sections.into_iter().filter(|lines| !lines.is_empty());
    let mut text = sections.map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

/// The tables of a batch size, with what its controls say below the ratios. Controls, toggles and
/// commands without work are in none.
fn batch(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<Vec<String>> {
    let arms: Vec<&ArmAnalysis> = analysis
        .arms
        .iter()
        .filter(|arm| arm.role == Role::Measured && arm.batch_size == size)
        .collect();
    let mut described = vec![style.paint(&format!("batch {size}"), Ink::Heading)];
    described.extend(describe::lines(&arms, style));
    described.extend(starts::lines(&arms, style));
    let mut compared = ratios::lines(analysis, &arms, style);
    compared.extend(controls::lines(analysis, size, style));
    vec![
        described,
        compared,
        gaps::lines(analysis, size, style),
        path::lines(&arms, style),
        path::counters(&arms, style),
        latency::lines(&arms, style),
        findings::lines(analysis, size, style),
        attribution::lines(analysis, size, style),
        dose::lines(analysis, size, style),
    ]
}

#[cfg(test)]
mod tests;
