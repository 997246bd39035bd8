//! The last lines: failures, the most serious caveats, how the run ended where it matters, and how to
//! see more.

use explain::caveats::by_severity;
use explain::{Analysis, FindingCode};
use model::recording::Recording;

use crate::style::{Ink, Style};
use crate::{failures, text};

/// The maximum number of caveats, and of failed arms.
const MOST: usize = 3;
const INDENT: usize = 2;

/// `room` is how many lines should be left on the screen. It limits the caveats, but for the first.
pub(super) fn lines(
    analysis: &Analysis,
    recording: &Recording,
    room: usize,
    style: Style,
) -> Vec<String> {
    let mut lines = if analysis.measured() {
        failures::short(analysis, MOST, style)
    } else {
        failures::lines(analysis, style)
    };
    let ending = words::ending::matters(analysis, recording.plan.as_ref());
    let ending = ending.map_or_else(Vec::new, |text| text::wrap(&text, style.columns(), 0));
    let taken = lines.len() + ending.len() + 1;
    let shown = room.saturating_sub(taken).clamp(1, MOST).min(analysis.caveats.len());
    lines.extend(caveats(analysis, shown, style));
    lines.extend(ending);
    let hidden = analysis.caveats.len() - shown;
    lines.extend(text::wrap(&more(analysis, hidden), style.columns(), 0));
    lines
}

/// The most serious caveats, one line each where they fit.
fn caveats(analysis: &Analysis, most: usize, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for caveat in by_severity(&analysis.caveats).into_iter().take(most) {
        let ink = if caveat.vetoes() { Ink::Bad } else { Ink::Unsure };
        let text = format!("caveat: {}", words::caveats::short(caveat));
        let mut wrapped = text::hang(&text, style.columns(), INDENT);
        if let Some(first) = wrapped.first_mut() {
            *first = first.replacen("caveat:", &style.paint("caveat:", ink), 1);
        }
        lines.extend(wrapped);
    }
    lines
}

/// How to see more: the hidden caveats, all sections, and the page of a cause.
fn more(analysis: &Analysis, hidden: usize) -> String {
    let more = match hidden {
        0 => "More".to_owned(),
        hidden => format!("More ({})", words::list::counted(hidden, "caveat")),
    };
    let finding = analysis.findings.iter().find(|finding| finding.code != FindingCode::Nothing);
    let example = match (finding, analysis.caveats.first()) {
        (Some(finding), _) => finding.code.to_string(),
        (None, Some(caveat)) => caveat.code().to_string(),
        (None, None) => return format!("{more}: batchmark report --full"),
    };
    format!("{more}: batchmark report --full, batchmark explain {example}")
}
