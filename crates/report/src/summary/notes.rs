//! The last lines: failures, the most serious caveats, how the run ended where it matters, and how to
//! see more.

use explain::caveats::Caveat;
use explain::{Analysis, FindingCode};
use model::recording::Recording;

use crate::style::{Ink, Style};
use crate::{failures, text};

/// How many caveats and failures the summary shows.
const MOST: usize = 3;
const INDENT: usize = 2;

pub(super) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let mut lines = if analysis.measured() {
        failures::short(analysis, MOST, style)
    } else {
        failures::lines(analysis, style)
    };
    lines.extend(caveats(analysis, style));
    if let Some(ending) = words::ending::matters(analysis, recording.plan.as_ref()) {
        lines.extend(text::wrap(&ending, style.columns(), 0));
    }
    lines.extend(text::wrap(&more(analysis), style.columns(), 0));
    lines
}

/// The most serious caveats, one line each where they fit.
fn caveats(analysis: &Analysis, style: Style) -> Vec<String> {
    let mut caveats: Vec<&Caveat> = analysis.caveats.iter().collect();
    caveats.sort_by_key(|caveat| caveat.code());
    let mut lines = Vec::new();
    for caveat in caveats.iter().take(MOST) {
        let ink = if caveat.vetoes() { Ink::Bad } else { Ink::Unsure };
        let text = format!("caveat: {}", words::caveats::short(caveat));
        let mut wrapped = text::hang(&text, style.columns(), INDENT);
        if let Some(first) = wrapped.first_mut() {
            *first = first.replacen("caveat:", &style.paint("caveat:", ink), 1);
        }
        lines.extend(wrapped);
    }
    let rest = caveats.len().saturating_sub(MOST);
    if rest > 0 {
        lines.push(format!("{}: --full", words::list::counted(rest, "more caveat")));
    }
    lines
}

/// How to see more.
fn more(analysis: &Analysis) -> String {
    let finding = analysis.findings.iter().find(|finding| finding.code != FindingCode::Nothing);
    let example = match (finding, analysis.caveats.first()) {
        (Some(finding), _) => finding.code.to_string(),
        (None, Some(caveat)) => caveat.code().to_string(),
        (None, None) => return "More: batchmark report --full".to_owned(),
    };
    format!("More: batchmark report --full, batchmark explain {example}")
}
