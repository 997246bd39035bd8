//! How far the path of a batch is from what the endpoint recorded.
//!
//! Measures every built-in strategy, cold and warm, in batches of 16, over links of 0, 1 and 11 ms,
//! with and without TLS, with a think time of 0 or 2 ms; and those of HTTP/3, also with one request after another. For each phase the task prints the time on
//! the path minus the time in the endpoint's record:
//!
//! - connect: the held round trip of the SYN;
//! - wait: from the last byte of the request in to the first byte of the response out;
//! - receive: from the first to the last byte of the response out;
//! - dns and send: nothing;
//! - tls and client, the client's own work: the same cell at a round trip of 0, without the holds of
//!   the handshake.
//!
//! A written response waits in the client's socket until the client wakes and reads it. That time is
//! in the path's `client`, not in `wait` or `receive`. It grows with the round trip, because a core
//! that slept longer takes longer to wake.
//!
//! Strategies that can speak HTTP/2 are measured over it too, also with one request in flight.
//!
//! A sequential cell passes if dns, connect, send, wait and receive are each within 1% of the batch
//! or 0.15 ms, whichever is more. Concurrent cells have no bound, because the phases of their
//! requests overlap and share the CPU.

mod cell;
pub(crate) mod sockets;

use anyhow::{Context, Result};
use model::arm::{Arm, BatchSize, Label as ArmLabel};
use model::http_version::HttpVersion;
use model::link::Link;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::process_groups::ProcessGroups;

use self::cell::AccuracyCell;
use crate::harness::{conditions, open, plan, record, speaking_only, start_endpoint, strategies};
use model::phase::Phase;

const BATCH: BatchSize = BatchSize(16);
const BLOCKS: u32 = 12;
const ROUND_TRIPS: [Span; 3] = [Span::ZERO, Span::from_millis(1), Span::from_millis(11)];
const THINKS: [Span; 2] = [Span::ZERO, Span::from_millis(2)];

/// Measures every cell and prints its errors; of these versions of HTTP, where any are named. The last lines count the
/// sequential cells that pass, and the trials whose streams were counted.
///
/// # Errors
/// When a trial cannot be measured, or the endpoint did not count each of its requests as one stream.
pub(crate) fn measure(versions: &[String]) -> Result<()> {
    let versions: Vec<HttpVersion> =
        versions.iter().map(|version| named(version)).collect::<Result<_>>()?;
    let groups = ProcessGroups::default();
    println!("errors in ms; tls and client compared with the same cell at rtt 0");
    println!(
        "{:<58} {:>7}  {}",
        "cell",
        "batch",
        Phase::ALL.map(|phase| format!("{phase:>8}")).concat()
    );
    let mut tally = Tally::default();
    for version in HttpVersion::ALL {
        if versions.is_empty() || versions.contains(&version) {
            tally.measure_version(version, &groups)?;
        }
    }
    let Tally { passed, checked, counted } = tally;
    println!("{passed} of {checked} sequential cells are within 1% of the batch or 0.15 ms");
    println!(
        "each request was counted as one stream in all {counted} trials over HTTP/2 and HTTP/3"
    );
    Ok(())
}

fn named(version: &str) -> Result<HttpVersion> {
    let found = HttpVersion::ALL.into_iter().find(|known| known.name() == version);
    found.with_context(|| format!("{version:?} is no version of HTTP: use 1.1, 2 or 3"))
}

/// How many cells were checked, how many passed, and in how many trials streams were counted.
#[derive(Default)]
struct Tally {
    passed: usize,
    checked: usize,
    counted: usize,
}

impl Tally {
    /// Measures all cells of a version of HTTP.
    fn measure_version(&mut self, http: HttpVersion, groups: &ProcessGroups) -> Result<()> {
        match http {
            HttpVersion::Http1 => {
                let arms = arms(&strategies(groups)?);
                for tls in [true, false] {
                    for think in THINKS {
                        let link = |rtt| Link { rtt, tls, think, ..Link::default() };
                        self.measure(&arms, ROUND_TRIPS.map(link), groups)?;
                    }
                }
            }
            HttpVersion::Http2 => {
                let arms = over_http2(&strategies(groups)?);
                for tls in [true, false] {
                    let link = |rtt| Link { rtt, tls, http, ..Link::default() };
                    self.measure(&arms, ROUND_TRIPS.map(link), groups)?;
                }
            }
            HttpVersion::Http3 => {
                let specs = speaking_only(Some(http), groups)?;
                let arms = [arms(&specs), arms_in_turn(&specs)].concat();
                for think in THINKS {
                    let link = |rtt| Link { rtt, think, http, ..Link::default() };
                    self.measure(&arms, ROUND_TRIPS.map(link), groups)?;
                }
            }
        }
        Ok(())
    }

    /// Measures arms over links that differ by their round trips, the first of which is zero.
    fn measure(
        &mut self,
        arms: &[Arm],
        links: [Link; ROUND_TRIPS.len()],
        groups: &ProcessGroups,
    ) -> Result<()> {
        let mut without_link: Vec<AccuracyCell> = Vec::new();
        for link in links {
            let cells = cells(arms, &link, groups)?;
            for cell in &cells {
                let reference = without_link.iter().find(|other| other.arm == cell.arm);
                let passes = cell.passes();
                self.checked += usize::from(passes.is_some());
                self.passed += usize::from(passes == Some(true));
                self.counted += cell.counted;
                println!("{}", cell.row(reference));
            }
            if link.rtt.is_zero() {
                without_link = cells;
            }
        }
        Ok(())
    }
}

/// One cell for each arm over one link.
fn cells(arms: &[Arm], link: &Link, groups: &ProcessGroups) -> Result<Vec<AccuracyCell>> {
    let mut endpoint = start_endpoint(groups)?;
    let target = open(&mut endpoint, link, BATCH.0)?;
    let plan = plan(arms.to_vec(), target, BLOCKS);
    let recording = record(&plan, endpoint, groups)?;
    plan.arms.iter().map(|arm| AccuracyCell::measure(link, &plan, arm, &recording)).collect()
}

fn arms(specs: &[StrategySpec]) -> Vec<Arm> {
    let arm = |spec: &StrategySpec, session: &str| {
        let label = ArmLabel(format!("{} {session}", spec.name));
        Arm::measured(label, &spec.name, conditions(spec, session), BATCH)
    };
    specs.iter().flat_map(|spec| ["cold", "warm"].map(|session| arm(spec, session))).collect()
}

/// The strategies that can speak HTTP/2 and limit their requests in flight: all at once, and one after another.
fn over_http2(specs: &[StrategySpec]) -> Vec<Arm> {
    let has = |spec: &&StrategySpec, name| spec.condition(name).is_some();
    let can: Vec<StrategySpec> = specs
        .iter()
        .filter(|spec| has(spec, "http") && has(spec, "concurrency"))
        .cloned()
        .collect();
    let version = HttpVersion::Http2.name();
    let mut arms = [arms(&can), arms_in_turn(&can)].concat();
    for arm in &mut arms {
        arm.conditions.insert("http".to_owned(), version.to_owned());
    }
    arms
}

/// The same with one request after another.
fn arms_in_turn(specs: &[StrategySpec]) -> Vec<Arm> {
    let mut arms = arms(specs);
    for arm in &mut arms {
        arm.conditions.insert("concurrency".to_owned(), "1".to_owned());
        *arm = Arm::measured(
            ArmLabel(format!("{} {}", arm.label.0, cell::IN_TURN)),
            &arm.strategy,
            arm.conditions.clone(),
            BATCH,
        );
    }
    arms
}
