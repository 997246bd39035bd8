//! What a person can have typed wrong, as sentences that say what to type instead.

use std::io;
use std::path::PathBuf;

use model::driver_protocol::MissingStrategy;
use model::link::BadLink;
use model::recording::BadRecording;

use crate::glob::BadGlob;
use crate::hosts::{Absence, Absent, BadHost};
use crate::strategy_grammar::BadStrategies;

/// Something that was typed wrong: exit code 2.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each says in its sentence what it is")]
pub enum UsageError {
    #[error(transparent)]
    Strategies(#[from] BadStrategies),
    #[error(
        "there is no strategy {typed:?} here{suggestion}\n`batchmark strategies` lists those that there are{}",
        absent.iter().map(|Absent { host, absence }| format!(
            "\n{host}, which may serve it, is not there: {}\n{}", absence.reason, absence.remedy
        )).collect::<String>()
    )]
    UnknownStrategy { typed: String, suggestion: String, absent: Vec<Absent> },
    #[error("{} cannot be measured here: {}\nto get it, type: {}", .0.name, .0.reason, .0.remedy)]
    Missing(MissingStrategy),
    #[error("{host} cannot be measured: {}\n{}", absence.reason, absence.remedy)]
    Absent { host: String, absence: Absence },
    #[error(
        "{0} offers nothing: mark functions with @batchmark.strategy, or name one with --own FILE:FUNCTION"
    )]
    NothingMarked(String),
    #[error(
        "{0} is there twice: give one of the functions another name, @batchmark.strategy(\"NAME\")"
    )]
    BroughtTwice(String),
    #[error(transparent)]
    Host(#[from] BadHost),
    #[error("{strategy} knows no condition {typed:?}{suggestion}\nit knows {known}")]
    UnknownCondition { strategy: String, typed: String, suggestion: String, known: String },
    #[error("{strategy}: {condition} is {rule}, not {value:?}")]
    BadValue { strategy: String, condition: String, rule: String, value: String },
    #[error("{strategy}: {source}")]
    StrategyLink { strategy: String, source: BadLink },
    #[error("{label} is given twice: give one of them another condition, or leave it out")]
    SameStrategyTwice { label: String },
    #[error(
        "{0} is a setting of the embedded endpoint's link, and URLs are measured over the real one: leave it out, or leave the URLs out"
    )]
    LinkWithUrls(String),
    #[error(
        "the baseline {typed:?} is not among the strategies{suggestion}\nit is one of {labels}"
    )]
    UnknownBaseline { typed: String, suggestion: String, labels: String },
    #[error(transparent)]
    Glob(#[from] BadGlob),
    #[error(
        "{url:?} is not a URL that can be fetched: write http://HOST/PATH or https://HOST/PATH"
    )]
    NotAUrl { url: String },
    #[error("there is no URL in {}: write one a line", if .0.as_os_str() == "-" { "what came on stdin".into() } else { .0.to_string_lossy() })]
    NoUrls(PathBuf),
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("a batch size is a whole number from 1 on, not {0}")]
    BadBatchSize(u32),
    #[error(
        "a batch of {size} needs {size} URLs, and there are {urls}: write -b {urls}, or more URLs such as '…/[1-{size}]'"
    )]
    TooFewUrls { size: u32, urls: usize },
    #[error("a method is letters only, such as GET, not {0:?}")]
    BadMethod(String),
    #[error("a time limit must be more than nothing: write --timeout 30s")]
    NoTime,
    #[error(
        "{needed} connections at once need {files} open files, and this shell allows {allowed}: type `ulimit -n {files}` first, or ask for fewer with workers=, concurrency= or -b"
    )]
    TooFewFiles { needed: u64, files: u64, allowed: u64 },
    #[error("there is no last recording yet: type `batchmark run` first, or name a recording")]
    NoLastRecording,
    #[error("{} cannot be reported: {source}", path.display())]
    BadRecording { path: PathBuf, source: BadRecording },
    #[error(
        "{path} is a recording, and the analysis would take its place: name another file after \
         --json; to report it, write: batchmark report {path}",
        path = path.display()
    )]
    WouldReplaceRecording { path: PathBuf },
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}
