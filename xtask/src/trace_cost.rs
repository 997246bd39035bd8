//! What tracing costs the built-in strategies: the same batches with the trace on and off.
//!
//! The goal is under 1 % of a batch of 16 without a link. The clock reads and the columns are
//! inside the timed section, so this is what every measurement pays.

use anyhow::Result;
use model::link::Link;
use model::time::Span;
use runner::process_groups::ProcessGroups;

use crate::laboratory::{driver_command, open, start_endpoint, strategies};
use crate::process_pairs::Extent;
use crate::trace_pairs::Traced;

const BATCH: u32 = 16;
const EXTENT: Extent = Extent { processes: 30, settling: 20, blocks: 100 };

/// Measures every built-in strategy, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link { rtt: Span::ZERO, ..Link::default() };
    let planned = open(&mut endpoint, &link, BATCH)?;
    let driver = driver_command()?;
    println!("batches of {BATCH}, {link}; {EXTENT}: ms traced, untraced, and what it costs");
    for spec in &strategies(&groups)? {
        for session in ["cold", "warm"] {
            let (driver, planned, groups) = (&driver, &planned, &groups);
            println!("{}", Traced { driver, spec, session, planned, groups }.cost(EXTENT)?);
        }
    }
    Ok(())
}
