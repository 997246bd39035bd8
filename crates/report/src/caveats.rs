//! The caveats in full, but those on the setup of the arms.

use explain::{Analysis, Caveat};

use crate::style::{Ink, Style};
use crate::text;

/// The start of each caveat.
const MARK: &str = "caveat:";

/// The indent of further lines.
const INDENT: usize = 2;

pub(crate) const WITHOUT_CONTROLS: &str =
    "no controls: how much two equal arms differ on this machine was not measured";

/// Each caveat but those on the setup, in the order of the analysis: those that veto first.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let after_the_results = analysis.caveats.iter().filter(|caveat| !caveat.concerns_setup());
    let mut lines: Vec<String> =
        after_the_results.flat_map(|caveat| paragraph(caveat, style)).collect();
    if analysis.measured() && analysis.controls.is_empty() {
        lines.extend(text::wrap(WITHOUT_CONTROLS, style.columns(), 0));
    }
    lines
}

/// A caveat as a paragraph.
pub(crate) fn paragraph(caveat: &Caveat, style: Style) -> Vec<String> {
    let ink = if caveat.vetoes() { Ink::Bad } else { Ink::Unsure };
    let sentence = format!("{MARK} {}", words::caveats::sentence(caveat));
    let mut lines = text::hang(&sentence, style.columns(), INDENT);
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(MARK, &style.paint(MARK, ink), 1);
    }
    lines
}
