//! What tracing costs the strategies of Python and Node, without a link and behind the default link.
//! The goal: less than 2% of a batch of 16. `trace_cost` does the same for the built-in strategies.
//!
//! ```text
//! cargo xtask host-trace-cost [STRATEGY]...
//! ```

use anyhow::{Result, ensure};
use batchmark::hosts::{Carried, HostName};
use model::link::Link;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;

use crate::harness::{open, start_endpoint};
use crate::hosts::driver_command;
use crate::process_pairs::SampleSize;
use crate::trace_comparison::TraceComparison;

const BATCH: u32 = 16;
const SAMPLE_SIZE: SampleSize = SampleSize { processes: 20, settling: 4, blocks: 12 };

/// Measures the named strategies, or all, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(2).collect();
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let mut measured = 0;
    for rtt in [Link::default().rtt, Span::ZERO] {
        let link = Link { rtt, ..Link::default() };
        let planned = open(&mut endpoint, &link, BATCH)?;
        println!(
            "batches of {BATCH}, {link}; {SAMPLE_SIZE}: ms traced, untraced, and what it costs"
        );
        for host in [HostName::Python, HostName::Node] {
            measured += measure_host(host, &named, &planned, &groups)?;
        }
    }
    ensure!(measured > 0, "neither Python nor Node offers {} on this machine", named.join(" or "));
    Ok(())
}

/// Measures the strategies of a host and returns the number of cells.
fn measure_host(
    host: HostName,
    named: &[String],
    planned: &PlannedTarget,
    groups: &ProcessGroups,
) -> Result<usize> {
    let carried = Carried::default();
    let driver = &driver_command(host, &carried)?;
    let strategies = Driver::start(driver, groups)?.hello().strategies.clone();
    let is_named = |spec: &&StrategySpec| named.is_empty() || named.contains(&spec.name);
    let mut measured = 0;
    for spec in strategies.iter().filter(is_named) {
        for session in sessions(spec) {
            println!(
                "{}",
                TraceComparison { driver, spec, session, planned, groups }.cost(SAMPLE_SIZE)?
            );
            measured += 1;
        }
    }
    Ok(measured)
}

/// The sessions of a strategy: only cold if it has no warm session.
fn sessions(spec: &StrategySpec) -> &'static [&'static str] {
    match spec.condition("session") {
        Some(session) if session.values.accepts("warm") => &["cold", "warm"],
        _ => &["cold"],
    }
}
