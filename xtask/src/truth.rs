//! How far the path of a batch is from what the endpoint did.
//!
//! Every built-in strategy, cold and warm, in batches of 16, over links of 0, 1 and 11 ms, with and
//! without TLS, with a server that thinks for 0 or 2 ms. For each phase stands what the path says
//! beyond what the endpoint recorded that it did: for connect the SYN's round trip that it held,
//! for wait the time from a request's last byte in to its response's first byte out, for receive
//! from the first to the last byte out; it did nothing in dns and send. For tls and client, which
//! are the client's own work, stands what the path says beyond the same cell at a round trip of 0,
//! with the handshake's holds taken off.
//!
//! A response that the endpoint has written lies ready in the client's socket: what passes until the
//! client has been woken and has read it is in the path's `client`, not in its `wait` or `receive`,
//! and so in that column here. It grows with the round trip, for a core that has slept longer takes
//! longer to wake.
//!
//! A sequential cell passes when dns, connect, send, wait and receive are each within 1 % of the
//! batch or 0.15 ms, whichever is more. Concurrent cells are printed without a bound: there the
//! phases of one request overlap those of others, and wait for the CPU that they share.

mod cell;

use anyhow::Result;
use model::arm::{Arm, BatchSize, Label as ArmLabel};
use model::link::Link;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::process_groups::ProcessGroups;

use self::cell::Cell;
use crate::laboratory::{conditions, open, plan, record, start_endpoint, strategies};
use model::phase::Phase;

const BATCH: BatchSize = BatchSize(16);
const BLOCKS: u32 = 12;
const ROUND_TRIPS: [Span; 3] = [Span::ZERO, Span::from_millis(1), Span::from_millis(11)];
const THINKS: [Span; 2] = [Span::ZERO, Span::from_millis(2)];

/// Measures every cell and prints its errors; the last line counts the sequential cells that pass.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let specs = strategies(&groups)?;
    println!("errors in ms; tls and client against the same cell at rtt 0");
    println!(
        "{:<58} {:>7}  {}",
        "cell",
        "batch",
        Phase::ALL.map(|phase| format!("{phase:>8}")).concat()
    );
    let (mut passed, mut judged) = (0, 0);
    for tls in [true, false] {
        for think in THINKS {
            let mut still: Vec<Cell> = Vec::new();
            for rtt in ROUND_TRIPS {
                let cells = cells(&specs, &Link { rtt, tls, think, ..Link::default() }, &groups)?;
                for cell in &cells {
                    let at_rest = still.iter().find(|other| other.arm == cell.arm);
                    let judgement = cell.judgement();
                    judged += usize::from(judgement.is_some());
                    passed += usize::from(judgement == Some(true));
                    println!("{}", cell.row(at_rest));
                }
                if rtt.is_zero() {
                    still = cells;
                }
            }
        }
    }
    println!("{passed} of {judged} sequential cells are within 1 % of the batch or 0.15 ms");
    Ok(())
}

/// One cell for each strategy, cold and warm, over one link.
fn cells(specs: &[StrategySpec], link: &Link, groups: &ProcessGroups) -> Result<Vec<Cell>> {
    let mut endpoint = start_endpoint(groups)?;
    let target = open(&mut endpoint, link, BATCH.0)?;
    let plan = plan(arms(specs), target, BLOCKS);
    let recording = record(&plan, endpoint, groups)?;
    plan.arms.iter().map(|arm| Cell::measure(link, &plan, arm, &recording)).collect()
}

fn arms(specs: &[StrategySpec]) -> Vec<Arm> {
    let arm = |spec: &StrategySpec, session: &str| {
        let label = ArmLabel(format!("{} {session}", spec.name));
        Arm::measured(label, &spec.name, conditions(spec, session), BATCH)
    };
    specs.iter().flat_map(|spec| ["cold", "warm"].map(|session| arm(spec, session))).collect()
}
