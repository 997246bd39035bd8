//! What tracing costs: the same batches with the trace on and off, in pairs of random order.
//!
//! The goal is under 1 % of a batch of 16 without a link. The clock reads and the columns are
//! inside the timed section, so this is what every measurement pays.

use anyhow::{Context, Result};
use model::driver_protocol::{Preparation, TrialOrder};
use model::link::Link;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use model::time::Span;
use model::trial::TrialId;
use runner::driver::Driver;
use runner::groups::ProcessGroups;
use runner::schedule::block_order;
use stats::quantity::{Confidence, LogRatio, Seconds};
use stats::ratio::PairedRatio;

use crate::laboratory::{conditions, driver_command, open, start_endpoint, strategies};

const BATCH: u32 = 16;
const PAIRS: u32 = 600;
const WARM_UPS: u32 = 20;
const SEED: u64 = 1;

/// Measures every built-in strategy, cold and warm, and prints the ratios.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link { rtt: Span::ZERO, ..Link::default() };
    let planned = open(&mut endpoint, &link, BATCH)?;
    println!("batches of {BATCH}, {link}: trace on over trace off, {PAIRS} pairs");
    for spec in strategies(&groups)? {
        for session in ["cold", "warm"] {
            let log_ratios = pairs(&spec, session, &planned, &groups)?;
            let paired = PairedRatio::new(&log_ratios).context("there are pairs")?;
            let interval = paired.interval(Confidence::NINETY_FIVE).context("there are pairs")?;
            let percent = |log_ratio: LogRatio| (log_ratio.ratio().value() - 1.0) * 100.0;
            println!(
                "  {:<16} {session}  {:+.2} %  [{:+.2}, {:+.2}]",
                spec.name,
                percent(paired.mean()),
                percent(interval.low),
                percent(interval.high),
            );
        }
    }
    Ok(())
}

fn pairs(
    spec: &StrategySpec,
    session: &str,
    planned: &PlannedTarget,
    groups: &ProcessGroups,
) -> Result<Vec<LogRatio>> {
    let prepared = |trace: bool| -> Result<Driver> {
        let mut driver = Driver::start(&driver_command()?, groups)?;
        driver.prepare(Preparation {
            strategy: spec.name.clone(),
            conditions: conditions(spec, session),
            target: planned.target.clone(),
            trace,
        })?;
        (0..WARM_UPS).try_for_each(|id| batch(&mut driver, id).map(drop))?;
        Ok(driver)
    };
    let mut drivers = [prepared(true)?, prepared(false)?];
    let mut log_ratios = Vec::new();
    for pair in 0..PAIRS {
        let mut times = [None; 2];
        for arm in block_order(SEED, pair, drivers.len()) {
            times[arm] = Some(batch(&mut drivers[arm], WARM_UPS + pair)?);
        }
        if let [Some(on), Some(off)] = times {
            log_ratios.push(on.over(off));
        }
    }
    Ok(log_ratios)
}

fn batch(driver: &mut Driver, id: u32) -> Result<Seconds> {
    let order = TrialOrder { id: TrialId(id.into()), requests: BATCH, warm_up: false };
    let run = driver.trial(&order)?;
    if let Some(failure) = run.columns.failures().next() {
        anyhow::bail!("a request failed: {}", failure.message);
    }
    Seconds::new(run.batch_time().as_secs()).context("a batch took no time")
}
