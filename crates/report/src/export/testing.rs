//! What the tests of several formats need.

use std::collections::BTreeMap;

use model::recording::Recording;

use super::{Format, Source};

/// The text of a file.
pub(super) fn text(format: Format, recording: &Recording) -> String {
    format.write(Source { analysis: &explain::analyse(recording), recording, trial: None })
}

/// The rows of a CSV file, each field by its heading. No field may hold a comma.
pub(super) fn rows(format: Format, recording: &Recording) -> Vec<BTreeMap<String, String>> {
    let text = text(format, recording);
    let mut lines = text.lines();
    let headings: Vec<&str> = lines.next().expect("there are headings").split(',').collect();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), headings.len(), "{line}");
        let named = headings.iter().zip(fields);
        named.map(|(name, field)| ((*name).to_owned(), field.to_owned())).collect()
    };
    lines.map(row).collect()
}
