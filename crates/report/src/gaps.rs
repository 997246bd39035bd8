//! Where the gaps of a batch size lie: a sentence for each.

use explain::Analysis;
use model::arm::BatchSize;

use crate::style::Style;
use crate::text;

/// How far the lines after a sentence's first are pushed in.
const INDENT: usize = 2;

/// How much longer each arm takes than the quickest one and the baseline, and in which phases.
pub(crate) fn lines(analysis: &Analysis, size: BatchSize, style: Style) -> Vec<String> {
    let of_size = analysis.gaps.iter().filter(|gap| gap.batch_size == size);
    of_size
        .flat_map(|gap| text::hang(&words::gap::sentence(gap, analysis), style.columns(), INDENT))
        .collect()
}
