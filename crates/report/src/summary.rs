//! The default output: one screen a batch size, with what to read first at the top.
//!
//! Everything that it leaves out is in `sections`.

mod headline;
mod notes;
mod ranking;
mod shown;
mod why;

use explain::Analysis;
use model::recording::Recording;

use crate::describe;
use crate::style::Style;

use shown::ShownArms;

/// How many lines each batch size should take at most.
const SCREEN: usize = 28;

/// The summary of a run.
pub(crate) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let mut lines = headline::lines(analysis, recording, style);
    if analysis.measured() {
        for &size in &analysis.batch_sizes {
            let shown = ShownArms::new(analysis, recording.plan.as_ref(), size);
            lines.extend(ranking::lines(&shown, style));
            lines.extend(why::lines(&shown, style));
            lines.push(String::new());
            lines.extend(describe::with_ratios(analysis, &shown.arms, style));
            lines.push(String::new());
        }
    } else {
        lines.push(String::new());
    }
    let room = (SCREEN * analysis.batch_sizes.len()).saturating_sub(lines.len());
    lines.extend(notes::lines(analysis, recording, room, style));
    lines
}

#[cfg(test)]
mod tests;
