//! What tracing costs the strategies of Python and Node, as `trace_cost` measures it for the built-in
//! ones. The goal is under 2 % of a batch of 16.
//!
//!     cargo xtask host-trace-cost [STRATEGY]...

use anyhow::{Result, ensure};
use batchmark::hosts::{Carried, HostName};
use model::link::Link;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::driver::Driver;
use runner::groups::ProcessGroups;

use crate::hosts::driver_command;
use crate::laboratory::{open, start_endpoint};
use crate::trace_pairs::{Pairs, Traced};

const BATCH: u32 = 16;
const PAIRS: Pairs = Pairs { warm_ups: 5, counted: 150 };

/// Measures the strategies that are named, or all, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let named: Vec<String> = std::env::args().skip(2).collect();
    let groups = ProcessGroups::default();
    let carried = Carried::default();
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link { rtt: Span::ZERO, ..Link::default() };
    let planned = open(&mut endpoint, &link, BATCH)?;
    let counted = PAIRS.counted;
    println!("batches of {BATCH}, {link}: trace on over trace off, {counted} pairs");
    let mut measured = 0;
    for host in [HostName::Python, HostName::Node] {
        let driver = &driver_command(host, &carried)?;
        let strategies = Driver::start(driver, &groups)?.hello().strategies.clone();
        for spec in &strategies {
            if !named.is_empty() && !named.contains(&spec.name) {
                continue;
            }
            for session in sessions(spec) {
                let (planned, groups) = (&planned, &groups);
                let traced = Traced { driver, spec, session, planned, groups };
                println!("{}", traced.cost(PAIRS)?);
                measured += 1;
            }
        }
    }
    ensure!(measured > 0, "neither Python nor Node offers {} here", named.join(" or "));
    Ok(())
}

/// Cold alone for a strategy that keeps nothing.
fn sessions(spec: &StrategySpec) -> &'static [&'static str] {
    match spec.condition("session") {
        Some(session) if session.values.accepts("warm") => &["cold", "warm"],
        _ => &["cold"],
    }
}
