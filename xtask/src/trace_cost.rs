//! What tracing costs: the same batches with the trace on and off, in pairs of random order.
//!
//! The goal is under 1 % of a batch of 16 without a link. The clock reads and the columns are
//! inside the timed section, so this is what every measurement pays.

use anyhow::Result;
use model::link::Link;
use model::time::Span;
use runner::groups::ProcessGroups;

use crate::laboratory::{driver_command, open, start_endpoint, strategies};
use crate::trace_pairs::{Pairs, Traced};

const BATCH: u32 = 16;
const PAIRS: Pairs = Pairs { settling: 1, warm_ups: 20, counted: 1500 };

/// Measures every built-in strategy, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link { rtt: Span::ZERO, ..Link::default() };
    let planned = open(&mut endpoint, &link, BATCH)?;
    let driver = driver_command()?;
    let counted = PAIRS.counted;
    println!("batches of {BATCH}, {link}: trace on over trace off, {counted} pairs");
    for spec in &strategies(&groups)? {
        for session in ["cold", "warm"] {
            let (driver, planned, groups) = (&driver, &planned, &groups);
            println!("{}", Traced { driver, spec, session, planned, groups }.cost(PAIRS)?);
        }
    }
    Ok(())
}
