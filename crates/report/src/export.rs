//! Files for other programs, made from a recording: one entry of [`Format`] and one file in `export/` each.
//!
//! A file is a pure function of the analysis and the recording. Nothing here opens or writes a file.

mod bmf;
mod chosen;
mod csv;
mod csv_requests;
mod gha;
mod har;
mod hdr;
mod json;
mod markdown;
mod otlp;
mod table;
#[cfg(test)]
mod testing;
mod timed_arms;
mod trace;
mod trial_columns;
mod wall_clock;

use explain::Analysis;
use model::recording::Recording;
use model::trial::TrialId;

use crate::html;

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
        /// Write the report as one HTML file with pictures, which loads nothing
        Html = "html",
        /// Write the report as Markdown, for GitHub
        Markdown = "markdown",
        /// Write the median trial of each arm as an HTTP archive, for the network panel of a browser
        Har = "har",
        /// Write the median trial of each arm as Chrome's trace, for Perfetto and speedscope
        Trace = "trace",
        /// Write the median trial of each arm as OpenTelemetry spans (OTLP JSON)
        Otlp = "otlp",
        /// Write the latencies of requests as an HdrHistogram log, a histogram for each trial
        Hdr = "hdr",
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
    /// The trial that formats of single trials show; by default the median trial of each measured arm.
    pub trial: Option<TrialId>,
}

impl Format {
    /// Whether it shows single trials, of which one can be chosen.
    pub const fn shows_trials(self) -> bool {
        matches!(self, Self::Har | Self::Trace | Self::Otlp)
    }

    /// The text of a file, ending in a line break.
    pub fn write(self, source: Source<'_>) -> String {
        match self {
            Self::Json => json::write(source),
            Self::Csv => csv::write(source),
            Self::CsvRequests => csv_requests::write(source),
            Self::Html => html::page(source.analysis, source.recording),
            Self::Markdown => markdown::write(source),
            Self::Har => har::write(source),
            Self::Trace => trace::write(source),
            Self::Otlp => otlp::write(source),
            Self::Hdr => hdr::write(source),
            Self::Bmf => bmf::write(source),
            Self::Gha => gha::write(source),
        }
    }
}
