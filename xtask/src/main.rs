//! The project's own chores and benchmarks, as `cargo xtask NAME`.

#![expect(clippy::print_stdout, reason = "a chore's result is what it prints")]

mod diagnose;
mod driven;
mod endpoint;
mod false_claims;
mod host_trace_cost;
mod hosts;
mod laboratory;
mod law;
mod process_pairs;
mod program;
mod scale_report;
mod seed;
mod trace_cost;
mod trace_pairs;
mod truth;

use std::process::ExitCode;

use anyhow::{Result, bail};

const CHORES: &str = "\
diagnose         whether the causes of scenarios/ are found; NAME..., --seeds N, --again
endpoint         how exact the endpoint's link is, and how its throughput compares with nginx's
false-claims     how often a difference is claimed where there is none, in 200 real runs
host-trace-cost  what tracing costs in Python and Node; STRATEGY... for some of them
law              whether the law of the batch predicts a size that it was not fitted to
scale-report     how reading and analysing a recording scale with its requests
seed             the seed's ways, by batchmark and by a plain script that measures by hand
trace-cost       what tracing costs the built-in strategies, as above
truth            how far the path of a batch is from what the endpoint did";

fn main() -> Result<ExitCode> {
    let name = std::env::args().nth(1);
    if let Some(code) = name.as_deref().and_then(program::serve) {
        return Ok(code);
    }
    chore(name.as_deref()).map(|()| ExitCode::SUCCESS)
}

fn chore(name: Option<&str>) -> Result<()> {
    match name {
        Some("diagnose") => diagnose::measure(),
        Some("endpoint") => endpoint::measure(),
        Some("false-claims") => false_claims::measure(),
        Some("host-trace-cost") => host_trace_cost::measure(),
        Some("law") => law::measure(),
        Some("scale-report") => scale_report::measure(),
        Some("seed") => seed::measure(),
        Some("trace-cost") => trace_cost::measure(),
        Some("truth") => truth::measure(),
        Some(other) => bail!("there is no chore {other:?}; there are:\n{CHORES}"),
        None => bail!("which chore? There are:\n{CHORES}"),
    }
}
