//! The first line: target, machine, blocks and precision.

use explain::Analysis;
use model::recording::Recording;

use crate::header;
use crate::style::Style;
use crate::text;

const BETWEEN: &str = " · ";

/// One line where it fits.
pub(super) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let targets = recording.plan.iter().flat_map(header::targets);
    let cores =
        recording.header.environment.cores.map(|cores| {
            words::list::counted(usize::try_from(cores).unwrap_or(usize::MAX), "core")
        });
    let precision =
        (analysis.blocks > 0).then(|| words::ending::precision(analysis, recording.plan.as_ref()));
    let parts: Vec<String> = targets.chain(cores).chain(precision).collect();
    text::list(&parts, BETWEEN, style.columns())
}
