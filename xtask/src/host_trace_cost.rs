//! What tracing costs the strategies of Python and Node, as `trace_cost` measures it for the built-in
//! ones, without a link and behind the usual one. The goal is under 2 % of a batch of 16.
//!
//!     cargo xtask host-trace-cost [STRATEGY]...

use anyhow::{Result, ensure};
use batchmark::hosts::{Carried, HostName};
use model::link::Link;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;

use crate::hosts::driver_command;
use crate::laboratory::{open, start_endpoint};
use crate::process_pairs::Extent;
use crate::trace_pairs::Traced;

const BATCH: u32 = 16;
const EXTENT: Extent = Extent { processes: 20, settling: 4, blocks: 12 };

/// Measures the strategies that are named, or all, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(2).collect();
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let mut measured = 0;
    for rtt in [Link::default().rtt, Span::ZERO] {
        let link = Link { rtt, ..Link::default() };
        let planned = open(&mut endpoint, &link, BATCH)?;
        println!("batches of {BATCH}, {link}; {EXTENT}: ms traced, untraced, and what it costs");
        for host in [HostName::Python, HostName::Node] {
            measured += of_host(host, &named, &planned, &groups)?;
        }
    }
    ensure!(measured > 0, "neither Python nor Node offers {} here", named.join(" or "));
    Ok(())
}

/// Measures the strategies of a host, and tells how many cells that were.
fn of_host(
    host: HostName,
    named: &[String],
    planned: &PlannedTarget,
    groups: &ProcessGroups,
) -> Result<usize> {
    let carried = Carried::default();
    let driver = &driver_command(host, &carried)?;
    let strategies = Driver::start(driver, groups)?.hello().strategies.clone();
    let wanted = |spec: &&StrategySpec| named.is_empty() || named.contains(&spec.name);
    let mut measured = 0;
    for spec in strategies.iter().filter(wanted) {
        for session in sessions(spec) {
            println!("{}", Traced { driver, spec, session, planned, groups }.cost(EXTENT)?);
            measured += 1;
        }
    }
    Ok(measured)
}

/// Cold alone for a strategy that keeps nothing.
fn sessions(spec: &StrategySpec) -> &'static [&'static str] {
    match spec.condition("session") {
        Some(session) if session.values.accepts("warm") => &["cold", "warm"],
        _ => &["cold"],
    }
}
