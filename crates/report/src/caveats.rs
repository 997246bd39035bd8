//! What speaks against the results, and what nothing was asked to.

use explain::{Analysis, Caveat};

use crate::style::{Ink, Style};
use crate::text;

/// What each caveat begins with.
const MARK: &str = "caveat:";

/// By how much the further lines of a caveat are set in.
const INDENT: usize = 2;

/// What a run without controls is told.
const WITHOUT_CONTROLS: &str =
    "without controls: how far two equal arms lie apart here was not measured";

/// Each caveat but those that stand before the results, in the order of the analysis: those that
/// veto first.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let after_the_results = analysis.caveats.iter().filter(|caveat| !caveat.concerns_setup());
    let mut lines: Vec<String> = after_the_results.flat_map(|caveat| told(caveat, style)).collect();
    if analysis.measured() && analysis.controls.is_empty() {
        lines.extend(text::wrap(WITHOUT_CONTROLS, style.columns(), 0));
    }
    lines
}

/// A caveat as a paragraph.
pub(crate) fn told(caveat: &Caveat, style: Style) -> Vec<String> {
    let ink = if caveat.vetoes() { Ink::Bad } else { Ink::Unsure };
    let sentence = format!("{MARK} {}", words::caveats::sentence(caveat));
    let mut lines = text::hang(&sentence, style.columns(), INDENT);
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(MARK, &style.paint(MARK, ink), 1);
    }
    lines
}
