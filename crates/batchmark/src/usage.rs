//! Usage errors: what was typed wrong, as sentences that say what to type instead.

use std::io;
use std::path::PathBuf;

use explain::merge::MergeRefusal;
use model::driver_protocol::MissingStrategy;
use model::http_version::HttpVersion;
use model::link::{BadLink, Loss};
use model::plan::LeftOut;
use model::recording::BadRecording;

use crate::curl::BadCurl;
use crate::hosts::BadHost;
use crate::strategy_grammar::BadStrategies;
use crate::urls::BadTargetUrl;
use runner::host_driver::AbsentHost;

/// An error in what was typed: exit code 2.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is documented by its sentence")]
pub enum UsageError {
    #[error(
        "there is no subcommand {typed:?}{suggestion}\nto fetch from a host of this name, write \
         http://{typed}/"
    )]
    UnknownSubcommand { typed: String, suggestion: String },
    #[error("{}, line {line}: {reason}", path.display())]
    PlanFile { path: PathBuf, line: usize, reason: String },
    #[error("two plan files are given, {first} and {second}: leave one out")]
    SeveralPlanFiles { first: String, second: String },
    #[error("{} is a folder: name a URL, or a plan file in it, such as {}", path.display(), path.join("plan.toml").display())]
    Folder { path: PathBuf },
    #[error(
        "no recording (*.jsonl) in {}",
        folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
    )]
    NoRecordings { folders: Vec<PathBuf> },
    #[error(transparent)]
    Curl(#[from] BadCurl),
    #[error("--curl: the command has no URL: copy it to its end")]
    CurlWithoutUrl,
    #[error("URLs are given as arguments and by --urls: leave one of them out")]
    UrlsTwice,
    #[error(transparent)]
    Strategies(#[from] BadStrategies),
    #[error(
        "unknown strategy {typed:?}{suggestion}\n`batchmark strategies` lists all strategies{}",
        absent.iter().map(|AbsentHost { host, absence }| format!(
            "\n{host} may offer it but cannot be used: {}\n{}", absence.reason, absence.remedy
        )).collect::<String>()
    )]
    UnknownStrategy { typed: String, suggestion: String, absent: Vec<AbsentHost> },
    #[error("{} is not available: {}\nto get it, type: {}", .0.name, .0.reason, .0.remedy)]
    Missing(MissingStrategy),
    #[error("{} cannot be used: {}\n{}", .0.host, .0.absence.reason, .0.absence.remedy)]
    Absent(AbsentHost),
    #[error(
        "{0} offers no strategy: mark functions with @batchmark.strategy, or name one with --own \
         FILE:FUNCTION"
    )]
    NothingMarked(String),
    #[error(
        "{}{}",
        .left_out.iter().map(|LeftOut { strategy, reason }| {
            format!("{strategy} cannot be measured: {reason}\n")
        }).collect::<String>().trim_end(),
        if *.others { "\nto measure the other strategies, add --keep-going" } else { "" }
    )]
    Unusable { left_out: Vec<LeftOut>, others: bool },
    #[error(
        "two functions are named {0}: rename one of them (in Python: @batchmark.strategy(\"NAME\"))"
    )]
    SameNameTwice(String),
    #[error(transparent)]
    Host(#[from] BadHost),
    #[error("{strategy} has no condition {typed:?}{suggestion}\nit has {known}")]
    UnknownCondition { strategy: String, typed: String, suggestion: String, known: String },
    #[error("{strategy}: {condition} must be {rule}, not {value:?}")]
    BadValue { strategy: String, condition: String, rule: String, value: String },
    #[error("{strategy}: {source}")]
    StrategyLink { strategy: String, source: BadLink },
    #[error(
        "{strategy} speaks only HTTP/{only}, but the endpoint offers HTTP/{offered}: write {strategy}:http={only} for \
         this strategy, or --link http={only} for all"
    )]
    VersionNotOffered { strategy: String, only: HttpVersion, offered: HttpVersion },
    #[error(
        "{strategy}:http={asked} asks for HTTP/{asked}, but the endpoint offers HTTP/{offered}: add --link http={asked}"
    )]
    AskedVersionNotOffered { strategy: String, asked: HttpVersion, offered: HttpVersion },
    #[error(
        "loss={loss} drops datagrams of HTTP/3, and {strategy} sends none: leave it out, or measure \
         h3/async:http=3,loss={loss}"
    )]
    LossWithoutDatagrams { strategy: String, loss: Loss },
    #[error("{label} is requested twice: leave one out, or give it another condition")]
    SameStrategyTwice { label: String },
    #[error("{0} applies only to the embedded endpoint: leave it out, or leave out the URLs")]
    LinkWithUrls(String),
    #[error("the baseline {typed:?} is not one of the strategies{suggestion}\nthey are {labels}")]
    UnknownBaseline { typed: String, suggestion: String, labels: String },
    #[error("{place}{error}")]
    Url { place: String, error: BadTargetUrl },
    #[error("{place} is not UTF-8: save it as UTF-8")]
    NotUtf8 { place: String },
    #[error(
        "there are no URLs in {}: write one on each line",
        if .0.as_os_str() == "-" { "the input on stdin".into() } else { .0.to_string_lossy() }
    )]
    NoUrls(PathBuf),
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(
        "a batch of {size} needs {size} URLs, but there are only {urls}: write -b {urls}, or more \
         URLs such as '…/[1-{size}]'"
    )]
    TooFewUrls { size: u32, urls: usize },
    #[error("{0:?} is not a method: write letters only, such as GET")]
    BadMethod(String),
    #[error("{place} is not a header: write 'Name: value', 'Name;' for an empty value, or @FILE")]
    NotAHeader { place: String },
    #[error("--timeout 0 leaves no time: write --timeout 30s")]
    NoTime,
    #[error(
        "{needed} connections at once need {files} open files, but this shell allows {allowed}: \
         type `ulimit -n {files}` first, or use fewer with workers=, concurrency= or -b"
    )]
    TooFewFiles { needed: u64, files: u64, allowed: u64 },
    #[error(
        "there is no finding or caveat {typed:?}{suggestion}\n`batchmark explain` lists all codes"
    )]
    UnknownCode { typed: String, suggestion: String },
    #[error("no arm of the recording is {typed:?}{suggestion}\nthey are {labels}")]
    UnknownArm { typed: String, suggestion: String, labels: String },
    #[error("{arm} has no trial in block {block} that ran: {blocks}")]
    NoSuchTrial { arm: String, block: u32, blocks: String },
    #[error(
        "the recordings share no arm: the old one has {old}, the new one has {new}; record the same \
         strategies at the same batch sizes"
    )]
    NoSharedArm { old: String, new: String },
    #[error("no arm can be compared:\n{reasons}")]
    NothingToCompare { reasons: String },
    #[error("{}", words::merge::refusal(.0))]
    Merge(MergeRefusal),
    #[error("two recordings come from a place named {0:?}: name them apart, such as paris=FILE")]
    SamePlaceTwice(String),
    #[error("a baseline is kept from a file, but --save names a pipe or a device: name a file")]
    BaselineNeedsFile,
    #[error("--trial chooses what --har, --trace or --otlp show: add one of them")]
    TrialWithoutFile,
    #[error(
        "no strategy of the recording has a condition {typed:?}{suggestion}\nthey have {known}"
    )]
    UnknownSetting { typed: String, suggestion: String, known: String },
    #[error("{name} must be {rule}, not {value:?}")]
    BadSetting { name: String, rule: String, value: String },
    #[error(transparent)]
    Link(BadLink),
    #[error("{0} cannot be measured: leave --check out, or leave out this --set")]
    CannotCheck(String),
    #[error(
        "the recording hides secrets of its requests, so they cannot be sent again: type `batchmark \
         run` with them"
    )]
    SecretsHidden,
    #[error("--watch draws on the terminal, but stderr is none: leave it out")]
    NoTerminal,
    #[error("--watch cannot draw on this terminal: {0}\nleave it out")]
    NoScreen(io::Error),
    #[error("tune finds the best conditions for one batch size: write -b once, such as -b 64")]
    SeveralSizes,
    #[error("the recording ended before anything was measured: record it again")]
    NothingMeasured,
    #[error("{} cannot be resumed: {reason}", path.display())]
    CannotResume { path: PathBuf, reason: String },
    #[error("--resume takes --{0} from the recording: leave it out")]
    DecidedByRecording(String),
    #[error("tune cannot be resumed: leave --resume out")]
    TuneResumed,
    #[error("there is no last recording: type `batchmark run` first, or name a recording")]
    NoLastRecording,
    #[error("{} cannot be reported: {source}", path.display())]
    BadRecording { path: PathBuf, source: BadRecording },
    #[error(
        "{path} is a recording that --{option} would overwrite: name another file after --{option}; \
         to report the recording, type: batchmark report {path}",
        path = path.display()
    )]
    WouldReplaceRecording { path: PathBuf, option: &'static str },
    #[error("--{first} and --{second} cannot both write to stdout: name a file after one of them")]
    TwoForStdout { first: &'static str, second: &'static str },
    #[error("--{first} and --{second} name the same file: name another one after one of them")]
    SameFileTwice { first: &'static str, second: &'static str },
    #[error(
        "{} belongs to another user, so others could read the recording: name another file after \
         --save",
        path.display()
    )]
    NotPrivate { path: PathBuf },
    #[error(
        "{} is there already, and nothing was written: name another folder, such as `batchmark new \
         bench`",
        path.display()
    )]
    WouldReplace { path: PathBuf },
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}
