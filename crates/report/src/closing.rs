//! How the run ended.

use explain::Analysis;
use model::recording::Recording;

use crate::style::Style;
use crate::text;

/// How many blocks there are, and why no more.
pub(crate) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let sentences = words::ending::sentences(analysis, recording.plan.as_ref());
    sentences.iter().flat_map(|line| text::wrap(line, style.columns(), 0)).collect()
}
