//! What a person types: the words of the command line, as typed. What they mean is decided in
//! `planning`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use model::byte_size::ByteSize;
use model::link::Link;
use model::target::Header;
use model::time::Span;

use crate::hosts::{HostArguments, HostName};

/// Measures ways of fetching a batch of REST resources side by side.
///
/// With no URL, the embedded endpoint is measured: a REST server in a process of its own, behind
/// an emulated link. Exit codes: 0 measured, 1 some requests failed, 2 bad usage, 3 the target
/// could not be reached.
#[derive(Debug, Parser)]
#[command(name = "batchmark", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do; `run` where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The arguments of `run`.
    #[command(flatten)]
    pub run: RunArguments,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure and compare; with no URL, on the embedded endpoint
    Run(Box<RunArguments>),
    /// Print what a recording shows; with no file, the last one
    Report(ReportArguments),
    /// Serve the embedded endpoint on its own
    Endpoint(EndpointArguments),
    /// List what can be compared here, with versions and conditions, and what is missing
    Strategies(HostArguments),
    /// Check whether a command is a correct driver
    DriverCheck(DriverCheckArguments),
    /// Be the driver of the built-in strategies (docs/driver-protocol.md)
    #[command(hide = true)]
    Driver,
    /// Be the driver of commands, each told as JSON
    #[command(hide = true)]
    CommandDriver(CommandDriverArguments),
    /// Be the embedded endpoint of a run
    #[command(hide = true)]
    EndpointProcess(EndpointProcessArguments),
}

/// What is measured, and how.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// What to fetch, with curl's globbing: 'https://host/todos/[1-16]'
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,
    /// Read URLs from a file, one a line; - for stdin
    #[arg(long = "urls", id = "urls_file", value_name = "FILE", conflicts_with = "urls")]
    pub urls_file: Option<PathBuf>,
    /// Strategies with conditions: ureq/threads:workers=4,hyper/async (see `strategies`)
    #[arg(short, long = "strategy", value_name = "STRATEGY,…")]
    pub strategies: Vec<String>,
    /// Batch sizes; by default those of 4 and 16 for which there are URLs enough
    #[arg(short, long = "batch-size", value_name = "N,…", value_delimiter = ',')]
    pub batch_sizes: Vec<u32>,
    /// Run exactly so many blocks (with --precision: at most so many)
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub iterations: Option<u32>,
    /// Uncounted trials of each arm before the first block
    #[arg(short, long = "warmup", value_name = "N", default_value_t = 3)]
    pub warm_up: u32,
    /// What the others are compared with; by default the first strategy
    #[arg(long, value_name = "STRATEGY")]
    pub baseline: Option<String>,
    /// Stop as soon as every ratio is known to within so much: 1%
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    pub precision: Option<f64>,
    /// Begin no block after so much time: 30s, 5m
    #[arg(long, value_name = "TIME")]
    pub budget: Option<Span>,
    /// Leave out the copies of an arm by which the run measures itself
    #[arg(long)]
    pub no_controls: bool,
    /// Take causes away from the slower arms, one by one and together, to see what each was worth;
    /// a run takes several times as long
    #[arg(long)]
    pub why: bool,
    /// The seed from which the order of every block is drawn; random by default
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Who serves the strategies.
    #[command(flatten)]
    pub hosts: HostArguments,
    /// What is asked for and what counts as an answer.
    #[command(flatten)]
    pub request: RequestArguments,
    /// The link before the embedded endpoint: rtt=11ms,tls=on,think=2ms,… (see docs/link.md)
    #[arg(long, value_name = "KEY=VALUE,…")]
    pub link: Option<Link>,
    /// Where the run is recorded; by default where `report` finds the last one
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Write the analysis as JSON; - for stdout, instead of the tables
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Say nothing but the result
    #[arg(short, long)]
    pub quiet: bool,
}

/// The commands that a driver serves.
#[derive(Debug, Args)]
pub struct CommandDriverArguments {
    /// A command as JSON
    #[arg(value_name = "JSON", required = true)]
    pub commands: Vec<String>,
}

/// Where the endpoint of a run keeps what it writes.
#[derive(Debug, Args)]
pub struct EndpointProcessArguments {
    /// The private folder of the run; by default the system's for what is temporary
    #[arg(value_name = "FOLDER", default_value_os_t = std::env::temp_dir())]
    pub folder: PathBuf,
}

/// What is asked for and what counts as an answer.
#[derive(Debug, Args)]
pub struct RequestArguments {
    /// Add a header to every request: 'Name: value'
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = header)]
    pub headers: Vec<Header>,
    /// The method; by default GET, or POST with --data
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub method: Option<String>,
    /// The body of every request; @FILE reads it from a file
    #[arg(short, long, value_name = "DATA")]
    pub data: Option<String>,
    /// Do not verify certificates
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Trust the certificates of this PEM file instead of the usual ones
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    pub cacert: Option<PathBuf>,
    /// How long one trial may take
    #[arg(long, value_name = "TIME", default_value = "30s")]
    pub timeout: Span,
    /// The statuses that count as success
    #[arg(long, value_name = "STATUS,…", value_delimiter = ',', default_value = "200",
          value_parser = clap::value_parser!(u16).range(100..600))]
    pub expect_status: Vec<u16>,
    /// Minimum body size: 10kB, 1MiB; by default 3 bytes for GET (more than {}), else 0
    #[arg(long, value_name = "SIZE")]
    pub expect_min_bytes: Option<ByteSize>,
}

/// What is reported.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The recording; by default the last one
    #[arg(value_name = "RECORDING")]
    pub recording: Option<PathBuf>,
    /// Write the analysis as JSON; - for stdout, instead of the tables
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// How the endpoint is served.
#[derive(Debug, Args)]
pub struct EndpointArguments {
    /// The link before it: rtt=11ms,tls=on,think=2ms,… (see docs/link.md)
    #[arg(long, value_name = "KEY=VALUE,…", default_value_t = Link::default())]
    pub link: Link,
    /// The address to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
}

/// What is checked.
#[derive(Debug, Args)]
pub struct DriverCheckArguments {
    /// Check one of the drivers that the program brings along
    #[arg(long, value_name = "NAME", conflicts_with = "driver")]
    pub host: Option<HostName>,
    /// Who serves what is checked.
    #[command(flatten)]
    pub hosts: HostArguments,
    /// The driver's program and its arguments
    #[arg(
        value_name = "DRIVER",
        required_unless_present_any = ["host", "commands", "own"],
        conflicts_with_all = ["commands", "own", "python", "node"],
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub driver: Vec<String>,
}

/// Reads a share: `2%` or `0.02`.
fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    let share = number.trim().parse::<f64>().map(|number| number * unit);
    share
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "write a share between 0% and 100%, such as 2%".to_owned())
}

/// Reads `Name: value`, as curl does; `Name;` is a header without a value.
fn header(text: &str) -> Result<Header, String> {
    let parts = text.split_once(':').or_else(|| text.strip_suffix(';').map(|name| (name, "")));
    let (name, value) = parts
        .filter(|(name, _)| !name.trim().is_empty())
        .ok_or_else(|| "write a header as 'Name: value'".to_owned())?;
    Ok(Header { name: name.trim().to_owned(), value: value.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_subcommand_it_is_a_run() {
        let read = |words: &[&str]| Arguments::try_parse_from(words).expect("reads");
        assert!(read(&["batchmark"]).command.is_none());
        let arguments = read(&["batchmark", "http://h/[1-4]", "-b", "1,4", "-n", "3"]);
        assert_eq!(arguments.run.urls, ["http://h/[1-4]"]);
        assert_eq!(arguments.run.batch_sizes, [1, 4]);
        assert_eq!(arguments.run.iterations, Some(3));
        let Some(Command::Run(run)) = read(&["batchmark", "run", "-k", "http://h"]).command else {
            panic!("not a run");
        };
        assert!(run.request.insecure);
    }

    #[test]
    fn shares_and_headers_are_read_as_people_write_them() {
        assert_eq!(share("2%"), Ok(0.02));
        assert_eq!(share("0.5"), Ok(0.5));
        for text in ["0", "-1%", "100%", "two", ""] {
            assert!(share(text).is_err(), "{text:?} was accepted");
        }
        let read = |text| header(text).map(|header| (header.name, header.value));
        assert_eq!(read("Accept:  text/plain "), Ok(("Accept".into(), "text/plain".into())));
        assert_eq!(read("X-Empty;"), Ok(("X-Empty".into(), String::new())));
        assert!(read("nonsense").is_err());
        assert!(read(": value").is_err());
    }
}
