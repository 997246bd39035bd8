//! What tracing costs the built-in strategies: the same batches with and without a trace.
//!
//! The goal: less than 1% of a batch of 16 without a link. Reading the clock and filling the columns
//! happen inside the timed section, so every measurement pays this cost.

use anyhow::Result;
use model::link::Link;
use model::time::Span;
use runner::process_groups::ProcessGroups;

use crate::harness::{driver_command, open, start_endpoint, strategies};
use crate::process_pairs::SampleSize;
use crate::trace_comparison::TraceComparison;

const BATCH: u32 = 16;
const SAMPLE_SIZE: SampleSize = SampleSize { processes: 30, settling: 20, blocks: 100 };

/// Measures every built-in strategy, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link { rtt: Span::ZERO, ..Link::default() };
    let planned = open(&mut endpoint, &link, BATCH)?;
    let driver = driver_command()?;
    println!("batches of {BATCH}, {link}; {SAMPLE_SIZE}: ms traced, untraced, and what it costs");
    for spec in &strategies(&groups)? {
        for session in ["cold", "warm"] {
            let (driver, planned, groups) = (&driver, &planned, &groups);
            println!(
                "{}",
                TraceComparison { driver, spec, session, planned, groups }.cost(SAMPLE_SIZE)?
            );
        }
    }
    Ok(())
}
