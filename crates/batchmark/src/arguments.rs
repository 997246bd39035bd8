//! The arguments of the command line, as typed. `run_request` reads what they mean.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use explain::compare::SlowdownLimit;
use explain::whatif::Setting;
use model::byte_size::ByteSize;
use model::link::{BadLink, Link};
use model::sampling::Sampling;
use model::time::Span;

use report::{Section, View};

use crate::baseline::BaselineName;
use crate::exports::ExportArguments;
use crate::hosts::{HostArguments, HostName};
use crate::nearest::suggestion;
use crate::option_texts::OptionTexts;
use crate::option_values::{address, batch_size, blocks, seed, share, slowdown, trials};
use crate::place_file::PlaceFile;
use crate::shown::{RequestedWaterfall, Shown};
use crate::trial_choice::TrialChoice;

/// Compare ways of fetching a batch of REST resources, and explain the differences.
///
/// Without a URL, the strategies fetch from the embedded endpoint: a REST server behind an emulated
/// link. Exit codes: 0 measured, 1 some requests failed, 2 usage error, 3 target unreachable, 4 slower than
/// --fail-slower allows.
#[derive(Debug, Parser)]
#[command(name = "batchmark", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// The subcommand; `run` by default.
    #[command(subcommand)]
    pub command: Option<Invocation>,
    /// The arguments of `run`.
    #[command(flatten)]
    pub run: RunArguments,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Invocation {
    /// Measure and compare strategies; without a URL, on the embedded endpoint
    Run(Box<RunArguments>),
    /// Write a commented plan (plan.toml) and code to start from (own.py); no file is overwritten
    New(NewArguments),
    /// Print the results of a recording; by default the last one
    Report(ReportArguments),
    /// Find the fastest conditions of strategies: a short run, predictions, and a race of the best
    Tune(Box<RunArguments>),
    /// Compare two recordings: what else differs, each strategy, and the causes that changed
    Compare(CompareArguments),
    /// Merge recordings of one plan that were made in several places
    Merge(MergeArguments),
    /// Predict what recorded strategies would take under other conditions, without measuring
    Whatif(WhatIfArguments),
    /// Print the page of a finding or caveat, as `rustc --explain` does; with no code, list them
    Explain(ExplainArguments),
    /// Show recordings in the browser, until Ctrl-C: their list, their pages, two side by side
    Serve(ServeArguments),
    /// Serve the embedded endpoint until Ctrl-C
    Endpoint(EndpointArguments),
    /// List all strategies with their conditions and versions, and how to get missing ones
    Strategies(HostArguments),
    /// Look at this machine: which programs, client libraries and witnesses are there, what makes results
    /// worse, and what to type for what is missing
    Doctor(DoctorArguments),
    /// Check whether a command follows the driver protocol
    DriverCheck(DriverCheckArguments),
    /// Print a script that completes batchmark's options in a shell: batchmark completions bash
    Completions(CompletionsArguments),
    /// Print the manual page: batchmark man > batchmark.1
    Man,
    /// Internal: serve the built-in strategies (docs/driver-protocol.md)
    #[command(hide = true)]
    Driver,
    /// Internal: serve commands as strategies; their JSON is the first line of stdin
    #[command(hide = true)]
    CommandDriver,
    /// Internal: serve the embedded endpoint of a run
    #[command(hide = true)]
    EndpointProcess(EndpointProcessArguments),
}

/// The arguments of a run.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// URLs to fetch, with curl's globbing: 'https://host/todos/[1-16]'; or a plan file: plan.toml
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,
    /// Read URLs from a file, one per line; # begins a comment; - for stdin
    #[arg(long = "urls", id = "urls_file", value_name = "FILE")]
    pub urls_file: Option<PathBuf>,
    /// Take brackets and braces in URLs literally, as curl does
    #[arg(short = 'g', long = "globoff")]
    pub no_globbing: bool,
    /// Take URL, method, headers and body from a curl command, such as a browser copies: write it behind
    /// --curl as it is, after all other options; or @FILE with the command, - for stdin
    #[arg(long, value_name = "COMMAND")]
    pub curl: Option<String>,
    /// Strategies with conditions: ureq/threads:workers=4,hyper/async (see `batchmark strategies`). Unless it
    /// names some of your own, all of --own and --command are measured too
    #[arg(short, long = "strategy", value_name = "STRATEGY,…")]
    pub strategies: Vec<String>,
    /// Batch sizes; by default 4 and 16, as far as there are enough URLs
    #[arg(short, long = "batch-size", alias = "batch", value_name = "N,…", value_delimiter = ',',
          value_parser = batch_size, allow_hyphen_values = true)]
    pub batch_sizes: Vec<u32>,
    /// Number of blocks (the maximum when --precision is set)
    #[arg(short = 'n', long, alias = "blocks", value_name = "N", value_parser = blocks,
          allow_hyphen_values = true)]
    pub iterations: Option<u32>,
    /// Uncounted trials of each arm before the first block
    #[arg(short, long = "warmup", value_name = "N", default_value_t = 3, value_parser = trials,
          allow_hyphen_values = true)]
    pub warm_up: u32,
    /// Strategy to compare the others with; by default the first one
    #[arg(long, value_name = "STRATEGY")]
    pub baseline: Option<String>,
    /// Stop when every ratio is known to within this share: 1%
    #[arg(long, value_name = "PERCENT", value_parser = share, allow_hyphen_values = true)]
    pub precision: Option<f64>,
    /// Stop starting blocks after this long: 30s, 5m
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub budget: Option<Span>,
    /// Skip the control arms, which check the measurement itself
    #[arg(long)]
    pub no_controls: bool,
    /// Do not record the clients' system calls
    #[arg(long)]
    pub no_witness: bool,
    /// Keep every request of a batch up to this size. A larger one is sampled: histograms of all its requests and
    /// whole traces of a part of them
    #[arg(
        long,
        value_name = "N",
        default_value_t = Sampling::DEFAULT.beyond,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(Sampling::MOST)),
        allow_hyphen_values = true,
    )]
    pub sample_beyond: u32,
    /// Confirm causes: remove them from the slower arms, one by one and together, and measure what
    /// each one costs; name the lines of Python and JavaScript code that take the client's time; a run
    /// takes several times as long
    #[arg(long)]
    pub why: bool,
    /// Leave out own code and commands that cannot be measured, instead of stopping at the start
    #[arg(long)]
    pub keep_going: bool,
    /// Seed of the random order of all blocks; random by default
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    pub seed: Option<u64>,
    /// The hosts of strategies.
    #[command(flatten)]
    pub hosts: HostArguments,
    /// The requests and the accepted responses.
    #[command(flatten)]
    pub request: RequestArguments,
    /// Link to the embedded endpoint: rtt=11ms,tls=on,think=2ms,body=100kB,… (see docs/link.md)
    #[arg(long, value_name = "KEY=VALUE,…", value_parser = link)]
    pub link: Option<Link>,
    /// File for the recording; by default the one that `batchmark report` reads
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// How much of the result is printed.
    #[command(flatten)]
    pub view: ViewArguments,
    /// Print only the result
    #[arg(short, long)]
    pub quiet: bool,
    /// Show the run on a full screen while it goes on; q or Ctrl-C stops it
    #[arg(long, conflicts_with = "quiet")]
    pub watch: bool,
    /// Keep the recording under this name, to compare later runs with, if everything succeeds: main
    #[arg(long, value_name = "NAME")]
    pub save_baseline: Option<BaselineName>,
    /// The comparison with an earlier run.
    #[command(flatten)]
    pub gate: GateArguments,
    /// The files for other programs.
    #[command(flatten)]
    pub exports: ExportArguments,
    /// Go on with an interrupted run, in the same random order; its recording grows, or with --save a copy
    /// of it. Strategies and plan come from the recording
    #[arg(long, value_name = "RECORDING")]
    pub resume: Option<PathBuf>,
    /// Print the options as a plan file instead of measuring
    #[arg(long)]
    pub dry_run: bool,
    /// Where the options come from.
    #[arg(skip)]
    pub source: OptionSource,
}

/// Where the options of a run come from.
#[derive(Clone, Debug, Default)]
pub struct OptionSource {
    /// The options as texts, those of a plan file and a curl command among them.
    pub texts: OptionTexts,
    /// What was left out of a curl command, as sentences.
    pub notes: Vec<String>,
}

/// The arguments of a run's endpoint process.
#[derive(Debug, Args)]
pub struct EndpointProcessArguments {
    /// Private folder of the run; by default the system's temporary folder
    #[arg(value_name = "FOLDER", default_value_os_t = std::env::temp_dir())]
    pub folder: PathBuf,
}

/// The requests and the accepted responses.
#[derive(Debug, Args)]
pub struct RequestArguments {
    /// Add a header to every request: 'Name: value'; @FILE reads one from each line of a file
    #[arg(short = 'H', long = "header", alias = "headers", value_name = "HEADER")]
    pub headers: Vec<String>,
    /// Request method; by default GET, or POST with --data or --json-body
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Body of every request, sent as application/x-www-form-urlencoded unless -H 'Content-Type: …'
    /// says otherwise; @FILE reads it from a file, without its line breaks; several are joined with &
    #[arg(short, long, value_name = "DATA")]
    pub data: Vec<String>,
    /// Like --data, but without a meaning of @: the text is the body
    #[arg(long, value_name = "DATA")]
    pub data_raw: Vec<String>,
    /// JSON body of every request, sent with Content-Type and Accept application/json unless -H says
    /// otherwise; @FILE reads it from a file
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["data", "data_raw"])]
    pub json_body: Option<String>,
    /// Also hide the values of this header, query parameter or field of the body; those of
    /// Authorization, Cookie, api_key, token, … and passwords are always hidden
    #[arg(long = "secret", value_name = "NAME")]
    pub secrets: Vec<String>,
    /// Do not verify certificates
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Trust only the certificates in this PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub cacert: Option<PathBuf>,
    /// Time limit of one trial
    #[arg(long, value_name = "TIME", default_value = "30s", allow_hyphen_values = true)]
    pub timeout: Span,
    /// Accepted statuses
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',', default_value = "200",
          value_parser = final_status, allow_hyphen_values = true)]
    pub expect_status: Vec<u16>,
    /// Minimum body size: 10kB, 1MiB; by default 3 bytes for GET (more than {}), else 0; also 0 if a
    /// status without a body is expected, such as 204 or 304
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub expect_min_bytes: Option<ByteSize>,
}

/// The arguments of a report.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Recording to report; by default the last one
    #[arg(value_name = "RECORDING")]
    pub recording: Option<PathBuf>,
    /// Strategy to compare the others with; by default the baseline of the run
    #[arg(long, value_name = "STRATEGY")]
    pub baseline: Option<String>,
    /// How much of the result is printed.
    #[command(flatten)]
    pub view: ViewArguments,
    /// The comparison with an earlier run.
    #[command(flatten)]
    pub gate: GateArguments,
    /// Trial that --har, --trace and --otlp show, by its arm and its block: ureq/threads@16#3
    #[arg(long, value_name = "ARM#BLOCK")]
    pub trial: Option<TrialChoice>,
    /// The files for other programs.
    #[command(flatten)]
    pub exports: ExportArguments,
}

/// The comparison of a run with an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct GateArguments {
    /// Compare with this recording: a file, or a name of --save-baseline
    #[arg(long, value_name = "FILE")]
    pub baseline_recording: Option<PathBuf>,
    /// Exit with 4 if a strategy is slower than in the baseline recording by more than this for sure: 5%
    #[arg(long, value_name = "PERCENT", value_parser = slowdown, allow_hyphen_values = true,
          requires = "baseline_recording")]
    pub fail_slower: Option<SlowdownLimit>,
}

/// The arguments of a comparison.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Earlier recording: a file, or a name of --save-baseline
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// Later recording
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Exit with 4 if a strategy became slower by more than this for sure: 5%
    #[arg(long, value_name = "PERCENT", value_parser = slowdown, allow_hyphen_values = true)]
    pub fail_slower: Option<SlowdownLimit>,
    /// Write the comparison as JSON; - for stdout, instead of the tables
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the comparison as Markdown, for GitHub; - for stdout, instead of the tables
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
}

/// The arguments of a merge.
#[derive(Debug, Args)]
pub struct MergeArguments {
    /// Recordings of one plan, one from each place, which is named after its file; or NAME=FILE
    #[arg(value_name = "RECORDING", required = true)]
    pub recordings: Vec<PlaceFile>,
    /// Write the merge as JSON; - for stdout, instead of the tables
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the merge as an HTML page; - for stdout, instead of the tables
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// The arguments of a prediction.
#[derive(Debug, Args)]
pub struct WhatIfArguments {
    /// Recording to predict from; by default the last one
    #[arg(value_name = "RECORDING")]
    pub recording: Option<PathBuf>,
    /// Predict only this strategy, as the report names it
    #[arg(long, value_name = "STRATEGY")]
    pub arm: Option<String>,
    /// Condition or link setting to change: workers=32, session=warm, rtt=80ms, work=×0.5
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<Setting>,
    /// Batch size to predict; by default the one that was measured
    #[arg(short, long, value_name = "N", value_parser = batch_size, allow_hyphen_values = true)]
    pub batch_size: Option<u32>,
    /// Then measure it beside the unchanged strategies, and print how far the predictions are off
    #[arg(long)]
    pub check: bool,
    /// The hosts of strategies, for --check.
    #[command(flatten)]
    pub hosts: HostArguments,
    /// File for the recording of --check; by default it is not kept
    #[arg(long, value_name = "FILE", requires = "check")]
    pub save: Option<PathBuf>,
    /// Write the predictions as JSON; - for stdout, instead of the table
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Print only the result
    #[arg(short, long)]
    pub quiet: bool,
}

/// The arguments of a completion script.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// The arguments of an explanation.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Code of a finding or caveat, such as worker_limit
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// How much of a result is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct ViewArguments {
    /// Print the full report instead of the summary
    #[arg(long, conflicts_with = "sections")]
    pub full: bool,
    /// Print these sections: path, counters, findings, caveats, … (see docs/output.md)
    #[arg(long = "section", value_name = "NAME,…", value_delimiter = ',', value_parser = section)]
    pub sections: Vec<Section>,
    /// Also draw each request of the median trial of a strategy over time; by default of the slowest one
    /// with a finding
    #[arg(long, value_name = "STRATEGY", num_args = 0..=1, require_equals = true)]
    pub waterfall: Option<Option<String>>,
}

impl ViewArguments {
    /// The view that was requested.
    fn view(&self) -> View {
        match self.sections.as_slice() {
            [] if self.full => View::Full,
            [] => View::Summary,
            sections => View::Sections(sections.to_vec()),
        }
    }

    /// What is shown of a result.
    pub fn shown(&self) -> Shown {
        let waterfall = self.waterfall.clone().map(|named| match named {
            Some(named) => RequestedWaterfall::Named(named),
            None => RequestedWaterfall::Chosen,
        });
        Shown { view: self.view(), waterfall }
    }
}

/// The arguments of the server of recordings.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Recordings, and folders with recordings (*.jsonl); by default the last recording
    #[arg(value_name = "RECORDING|FOLDER")]
    pub recordings: Vec<PathBuf>,
    /// Address to listen on; port 0 picks a free one. Everybody who reaches it can read the recordings
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    pub listen: SocketAddr,
}

/// The arguments of the endpoint.
#[derive(Debug, Args)]
pub struct EndpointArguments {
    /// Link to the endpoint: rtt=11ms,tls=on,think=2ms,… (see docs/link.md)
    #[arg(long, value_name = "KEY=VALUE,…", default_value_t = Link::default(), value_parser = link)]
    pub link: Link,
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    pub listen: SocketAddr,
}

/// The arguments of a new plan.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// Folder to write to, which is made if needed; by default the current one
    #[arg(value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    pub folder: PathBuf,
}

/// The arguments of a checkup.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Print what was found as JSON instead, or write it to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub json: Option<PathBuf>,
    /// The hosts of strategies.
    #[command(flatten)]
    pub hosts: HostArguments,
}

/// The arguments of a driver check.
#[derive(Debug, Args)]
pub struct DriverCheckArguments {
    /// Check one of the built-in drivers
    #[arg(long, value_name = "NAME", conflicts_with = "driver")]
    pub host: Option<HostName>,
    /// The hosts of strategies.
    #[command(flatten)]
    pub hosts: HostArguments,
    /// Program of the driver and its arguments
    #[arg(
        value_name = "DRIVER",
        required_unless_present_any = ["host", "commands", "own"],
        conflicts_with_all = ["commands", "own", "python", "node"],
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub driver: Vec<String>,
}

/// Reads the settings of a link.
fn link(text: &str) -> Result<Link, String> {
    text.parse().map_err(|error| match &error {
        BadLink::UnknownKey(typed) => {
            format!("{error}{}\nit has {}", suggestion(typed, Link::KEYS), Link::KEYS.join(", "))
        }
        _ => error.to_string(),
    })
}

/// Reads a condition or a setting of the link with its value.
fn setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok(Setting { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Err("write NAME=VALUE, such as workers=32 or rtt=80ms".to_owned()),
    }
}

/// Reads the name of a section.
fn section(name: &str) -> Result<Section, String> {
    let names = || Section::ALL.map(Section::name);
    name.parse().map_err(|_| {
        let suggestion = suggestion(name, names());
        format!("there is no section {name:?}{suggestion}\nthe sections are {}", names().join(", "))
    })
}

/// Reads the status of a final response: no interim one, which precedes the answer. A 101 is final.
fn final_status(text: &str) -> Result<u16, String> {
    match text.trim().parse() {
        Ok(status @ (101 | 200..=599)) => Ok(status),
        Ok(status @ 100..200) => Err(format!(
            "{status} is the status of an interim response, which comes before the answer: name the \
             status of the answer, such as 200"
        )),
        _ => Err("write a status from 200 to 599".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn defines_a_valid_command_line() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn runs_without_a_subcommand() {
        let read = |words: &[&str]| Arguments::try_parse_from(words).expect("reads");
        assert!(read(&["batchmark"]).command.is_none());
        let arguments = read(&["batchmark", "http://h/[1-4]", "-b", "1,4", "-n", "3"]);
        assert_eq!(arguments.run.urls, ["http://h/[1-4]"]);
        assert_eq!(arguments.run.batch_sizes, [1, 4]);
        assert_eq!(arguments.run.iterations, Some(3));
        let Some(Invocation::Run(run)) = read(&["batchmark", "run", "-k", "http://h"]).command
        else {
            panic!("not a run");
        };
        assert!(run.request.insecure);
    }

    #[test]
    fn expects_no_interim_status() {
        assert_eq!(final_status("204"), Ok(204));
        assert_eq!(final_status("101"), Ok(101));
        let refusal = final_status("103").expect_err("is refused");
        assert!(refusal.starts_with("103 is the status of an interim response"), "{refusal}");
        for text in ["", "99", "600", "ok"] {
            assert!(final_status(text).is_err(), "{text:?} was accepted");
        }
    }
}
