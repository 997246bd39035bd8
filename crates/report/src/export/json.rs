//! The analysis as JSON.

use super::Source;

pub(super) fn write(source: Source<'_>) -> String {
    words::document::json(source.analysis, source.recording.plan.as_ref())
}
