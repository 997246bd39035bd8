//! The gaps of a batch size, a sentence for each.

use explain::Analysis;
use model::arm::BatchSize;

use crate::style::Style;
use crate::text;

/// The indent of further lines.
const INDENT: usize = 2;

/// How much slower each arm is than the fastest one and the baseline, and in which phases.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let of_size = analysis.gaps.iter().filter(|gap| gap.batch_size == size);
    of_size
        .flat_map(|gap| text::hang(&words::gap::sentence(gap, analysis), style.columns(), INDENT))
        .collect()
}
