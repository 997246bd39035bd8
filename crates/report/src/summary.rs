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

/// The summary of a run.
pub(crate) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let mut lines = headline::lines(analysis, recording, style);
    if analysis.measured() {
        for &size in &analysis.batch_sizes {
            let shown = ShownArms::new(analysis, recording.plan.as_ref(), size);
            lines.push(String::new());
            lines.extend(ranking::lines(&shown, style));
            lines.extend(why::lines(&shown, style));
            lines.push(String::new());
            lines.extend(describe::with_ratios(analysis, &shown.arms, style));
        }
    }
    lines.push(String::new());
    lines.extend(notes::lines(analysis, recording, style));
    lines
}

#[cfg(test)]
mod tests;
