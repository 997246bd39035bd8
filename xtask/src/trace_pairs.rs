//! Batches with the trace on and off, in pairs of random order, by one driver's process.
//!
//! One process runs both: two processes of one strategy differ by more than tracing costs, however
//! often each is asked. Before each batch that counts the strategy is prepared anew, and runs some
//! that do not: an interpreter takes a while to run at its usual speed after its code has changed.
//! What is told is the Hodges-Lehmann estimate: a stall of the machine is no cost of tracing.

use anyhow::{Context, Result};
use model::driver_protocol::{Preparation, TrialOrder};
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use model::trial::TrialId;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::groups::ProcessGroups;
use runner::schedule::block_order;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, LogRatio, Seconds};

use crate::laboratory::conditions;

const SEED: u64 = 1;

/// Whose batches are traced.
pub(crate) struct Traced<'a> {
    /// How its driver is started.
    pub(crate) driver: &'a ProcessCommand,
    pub(crate) spec: &'a StrategySpec,
    pub(crate) session: &'a str,
    pub(crate) planned: &'a PlannedTarget,
    pub(crate) groups: &'a ProcessGroups,
}

/// How many pairs are run, how many of them before it counts, and how many batches before each that
/// counts.
#[derive(Clone, Copy)]
pub(crate) struct Pairs {
    pub(crate) settling: u32,
    pub(crate) warm_ups: u32,
    pub(crate) counted: u32,
}

impl Traced<'_> {
    /// Runs the pairs, and gives a line with the cost in percent and its 95 % interval.
    pub(crate) fn cost(&self, pairs: Pairs) -> Result<String> {
        let log_ratios = self.log_ratios(pairs)?;
        let shift = HodgesLehmann::new(&log_ratios, Confidence::NINETY_FIVE);
        let shift = shift.context("there are pairs")?;
        let interval = shift.interval.context("there are pairs enough")?;
        let percent = |log_ratio: LogRatio| (log_ratio.ratio().value() - 1.0) * 100.0;
        Ok(format!(
            "  {:<27} {}  {:+.2} %  [{:+.2}, {:+.2}]",
            self.spec.name,
            self.session,
            percent(shift.estimate),
            percent(interval.low),
            percent(interval.high),
        ))
    }

    fn log_ratios(&self, pairs: Pairs) -> Result<Vec<LogRatio>> {
        let preparations = [true, false].map(|trace| Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, self.session),
            target: self.planned.target.clone(),
            trace,
        });
        let mut driver = Driver::start(self.driver, self.groups)?;
        let mut log_ratios = Vec::new();
        for pair in 0..pairs.warm_ups + pairs.counted {
            let mut times = [None; 2];
            for arm in block_order(SEED, pair, times.len()) {
                driver.prepare(preparations[arm].clone())?;
                (0..pairs.settling).try_for_each(|_| self.batch(&mut driver, pair).map(drop))?;
                times[arm] = Some(self.batch(&mut driver, pair)?);
            }
            if let ([Some(on), Some(off)], true) = (times, pair >= pairs.warm_ups) {
                log_ratios.push(on.over(off));
            }
        }
        Ok(log_ratios)
    }

    fn batch(&self, driver: &mut Driver, id: u32) -> Result<Seconds> {
        let requests = self.planned.target.requests.len();
        let seconds = batch(driver, id, u32::try_from(requests)?)?;
        Seconds::new(seconds).context("a batch took no time")
    }
}

/// Has a driver run a batch of so many requests, of which none may fail, and gives its seconds.
pub(crate) fn batch(driver: &mut Driver, id: u32, requests: u32) -> Result<f64> {
    let order = TrialOrder { id: TrialId(id.into()), requests, warm_up: false };
    let run = driver.trial(&order)?;
    if let Some(failure) = run.columns.failures().next() {
        anyhow::bail!("a request failed: {}", failure.message);
    }
    Ok(run.batch_time().as_secs())
}
