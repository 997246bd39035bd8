//! The answer at each batch size.

use explain::Analysis;

use crate::style::Style;
use crate::text;

/// The answer of each batch size, a paragraph each.
pub(crate) fn lines(analysis: &Analysis, style: Style) -> Vec<String> {
    let answers = analysis.answers.iter();
    answers
        .flat_map(|answer| {
            text::wrap(&words::answer::paragraph(answer, analysis), style.columns(), 0)
        })
        .collect()
}
