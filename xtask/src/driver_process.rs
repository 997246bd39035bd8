//! A driver process that fetches batches of one strategy.

use anyhow::{Context, Result};
use model::driver_protocol::{Preparation, TrialOrder};
use model::trial::{Run, TrialId};
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;
use stats::quantity::Seconds;

use crate::process_pairs::FetchProcess;

/// A driver process with a prepared strategy.
pub(crate) struct DriverProcess {
    driver: Driver,
    requests: u32,
    batches: u64,
}

impl DriverProcess {
    /// Starts a driver for batches of this many requests.
    pub(crate) fn start(
        command: &ProcessCommand,
        preparation: Preparation,
        requests: u32,
        groups: &ProcessGroups,
    ) -> Result<Self> {
        let mut driver = Driver::start(command, groups)?;
        driver.prepare(preparation)?;
        Ok(Self { driver, requests, batches: 0 })
    }

    /// Fetches a batch in which no request may fail.
    pub(crate) fn run_batch(&mut self) -> Result<Run> {
        let order = self.order();
        self.run(&order)
    }

    /// Fetches a batch that is profiled.
    pub(crate) fn run_profiled(&mut self) -> Result<Run> {
        let order = TrialOrder { profile: true, ..self.order() };
        self.run(&order)
    }

    const fn order(&self) -> TrialOrder {
        let (id, requests) = (TrialId(self.batches), self.requests);
        TrialOrder { id, requests, warm_up: false, sample: None, profile: false }
    }

    fn run(&mut self, order: &TrialOrder) -> Result<Run> {
        self.batches += 1;
        let run = self.driver.trial(order)?;
        if let Some(failure) = run.columns.failures().next() {
            anyhow::bail!("a request failed: {}", failure.message);
        }
        Ok(run)
    }
}

impl FetchProcess for DriverProcess {
    fn fetch_batch(&mut self) -> Result<Seconds> {
        let run = self.run_batch()?;
        Seconds::new(run.batch_time().as_secs()).context("a batch took no time")
    }
}
