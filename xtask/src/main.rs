//! The project's own tasks and benchmarks, as `cargo xtask NAME`.

#![expect(clippy::print_stdout, reason = "a task prints its result")]

mod cost_model;
mod diagnose;
mod docs;
mod driver_process;
mod endpoint;
mod event_cost;
mod false_claims;
mod foresee;
mod gain;
mod harness;
mod host_trace_cost;
mod hosts;
mod http_versions;
mod http_work;
mod instrument_cost;
mod path_accuracy;
mod peers;
mod performance_page;
mod process_pairs;
mod profile_cost;
mod program;
mod program_time;
mod recording_file;
mod scale;
mod scale_report;
mod scenarios;
mod seed;
mod thread_states;
mod trace_comparison;
mod trace_cost;
mod verdict;
mod watch_cost;
mod witness_cost;

use std::process::ExitCode;

use anyhow::{Result, bail};

const TASKS: &str = "\
cost-model       how well the cost model predicts a batch size that it was not fitted to
diagnose         how many causes of scenarios/ are found; [NAME]... [--seeds N] [--again]
docs             renders the output excerpts and the generated pages of docs/ again
endpoint         how exact the endpoint's link is, and its throughput beside nginx
false-claims     how often a run claims a difference between a strategy and itself
foresee          how well `whatif` predicts cells that it has not seen; [--cells N] [--seed N] [--again]
                 [--publish]
gain             whether the gains that findings promise are measured; [NAME]... [--seeds N] [--again]
host-trace-cost  what tracing costs in Python and Node, or the socket witness, or profiling;
                 [--witness socket | --profile] [STRATEGY]...
http-versions    how well `whatif` predicts HTTP/2 from HTTP/1.1 and back; [NAME]... [--seeds N] [--again]
http-work        how much more or less clients work over HTTP/2, and how they share connections; [--again]
                 [--publish]
instrument-cost  what a trial adds to a batch of one: before its first request and after its last byte;
                 [--publish]
path-accuracy    how far the path of a batch, or the socket witness, is from what the endpoint recorded;
                 [--witness socket | --http VERSION...]
peers            what a request costs the floor and hyper beside wrk, ab, h2load, hey and oha;
                 [--rounds N] [--requests N] [--connections N,N…] [--publish]
program-time     what the program takes to print its version, and to report small and large recordings; [--publish]
scale            what a request costs in batches of 1 to a million, with its recording and its analysis, and with
                 10,000 in flight; [STRATEGY | SIZE]... [--publish]
scale-report     how reading and analysing a recording scale with its requests; SHAPE... for some shapes
seed             the original question, by batchmark and by a script that measures by hand
thread-states    how exactly a sleep, a lock and a computation of known length show in the threads; [PYTHON]
trace-cost       what tracing costs the built-in strategies
verdict          how long batchmark and hyperfine take to a verdict under a drifting load, and how often it is
                 wrong; [--sessions N] [--patience SECONDS] [--seed N] [--publish]
watch-cost       what the live view of `--watch` costs the batches of a run";

fn main() -> Result<ExitCode> {
    let name = std::env::args().nth(1);
    if let Some(code) = name.as_deref().and_then(program::serve) {
        return Ok(code);
    }
    run_task(name.as_deref()).map(|()| ExitCode::SUCCESS)
}

/// The words after `--witness socket`, if these come first.
fn of_socket_witness() -> Option<Vec<String>> {
    words_after(&["--witness", "socket"])
}

/// The words of the command line after these, if these come first.
fn words_after(first: &[&str]) -> Option<Vec<String>> {
    let words: Vec<String> = std::env::args().skip(2).collect();
    let is_first = words.len() >= first.len() && words.iter().zip(first).all(|(a, b)| a == b);
    is_first.then(|| words[first.len()..].to_vec())
}

fn run_task(name: Option<&str>) -> Result<()> {
    match name {
        Some("cost-model") => cost_model::measure(),
        Some("diagnose") => diagnose::measure(),
        Some("docs") => docs::render(),
        Some("endpoint") => endpoint::measure(),
        Some("false-claims") => false_claims::measure(),
        Some("foresee") => foresee::measure(),
        Some("gain") => gain::measure(),
        Some("host-trace-cost") => match (of_socket_witness(), words_after(&["--profile"])) {
            (Some(named), _) => witness_cost::measure(&named),
            (None, Some(named)) => profile_cost::measure(&named),
            (None, None) => host_trace_cost::measure(),
        },
        Some("http-versions") => http_versions::measure(),
        Some("http-work") => http_work::measure(),
        Some("instrument-cost") => instrument_cost::measure(),
        Some("path-accuracy") => match of_socket_witness() {
            Some(_) => path_accuracy::sockets::measure(),
            None => path_accuracy::measure(&words_after(&["--http"]).unwrap_or_default()),
        },
        Some("peers") => peers::measure(),
        Some("program-time") => program_time::measure(),
        Some("scale") => scale::measure(),
        Some("scale-report") => scale_report::measure(),
        Some("seed") => seed::measure(),
        Some("thread-states") => thread_states::measure(),
        Some("verdict") => verdict::measure(),
        Some("watch-cost") => watch_cost::measure(),
        Some("trace-cost") => trace_cost::measure(),
        Some(other) => bail!("unknown task {other:?}; the tasks are:\n{TASKS}"),
        None => bail!("name a task:\n{TASKS}"),
    }
}
