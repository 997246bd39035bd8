//! Files for other programs, made from a recording: one entry of [`Format`] and one file in `export/` each.
//!
//! A file is a pure function of the analysis and the recording. Nothing here opens or writes a file.

mod bmf;
mod csv;
mod csv_requests;
mod gha;
mod json;
mod markdown;
mod table;
#[cfg(test)]
mod testing;
mod timed_arms;
mod trial_columns;

use explain::Analysis;
use model::recording::Recording;
use serde::Serialize;

model::closed_list! {
    /// A format of a file that is made from a recording. Its name is the option that requests it, its
    /// description the help of that option.
    pub enum Format {
        /// Write the analysis as JSON
        Json = "json",
        /// Write a row for each trial, as CSV
        Csv = "csv",
        /// Write a row for each request with its milestones, as CSV
        CsvRequests = "csv-requests",
        /// Write the report as Markdown, for GitHub
        Markdown = "markdown",
        /// Write Bencher Metric Format, for bencher.dev
        Bmf = "bmf",
        /// Write JSON for github-action-benchmark (customSmallerIsBetter)
        Gha = "gha",
    }
}

/// What a file is made from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The analysis of the recording.
    pub analysis: &'a Analysis,
    /// The recording.
    pub recording: &'a Recording,
}

impl Format {
    /// The text of a file, ending in a line break.
    pub fn write(self, source: Source<'_>) -> String {
        match self {
            Self::Json => json::write(source),
            Self::Csv => csv::write(source),
            Self::CsvRequests => csv_requests::write(source),
            Self::Markdown => markdown::write(source),
            Self::Bmf => bmf::write(source),
            Self::Gha => gha::write(source),
        }
    }
}

/// A value as JSON, ending in a line break.
fn json_text(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value)
        .expect("keys are strings, and no value refuses to be serialised");
    text.push('\n');
    text
}
