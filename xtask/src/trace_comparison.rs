//! Compares a strategy's traced batches with the same batches without a trace.

use std::fmt;

use anyhow::Result;
use model::driver_protocol::Preparation;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::process_groups::ProcessGroups;
use stats::quantity::LogRatio;

use crate::driver_process::DriverProcess;
use crate::harness::conditions;
use crate::process_pairs::{FetchProcess, PairComparison, SampleSize};

/// A strategy whose batches are compared.
pub(crate) struct TraceComparison<'a> {
    /// The command that starts its driver.
    pub(crate) driver: &'a ProcessCommand,
    pub(crate) spec: &'a StrategySpec,
    pub(crate) session: &'a str,
    pub(crate) planned: &'a PlannedTarget,
    pub(crate) groups: &'a ProcessGroups,
}

/// What tracing costs the strategy.
pub(crate) struct TraceCost<'a> {
    strategy: &'a str,
    session: &'a str,
    comparison: PairComparison,
}

impl TraceComparison<'_> {
    /// Compares batches of all requests of the target.
    pub(crate) fn cost(&self, sample_size: SampleSize) -> Result<TraceCost<'_>> {
        let [on, off] = [true, false].map(|trace| move || self.start(trace));
        let comparison = sample_size.compare([&on, &off])?;
        Ok(TraceCost { strategy: &self.spec.name, session: self.session, comparison })
    }

    fn start(&self, trace: bool) -> Result<Box<dyn FetchProcess>> {
        let preparation = Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, self.session),
            target: self.planned.target.clone(),
            trace,
        };
        let requests = u32::try_from(self.planned.target.requests.len())?;
        Ok(Box::new(DriverProcess::start(self.driver, preparation, requests, self.groups)?))
    }
}

impl fmt::Display for TraceCost<'_> {
    /// A line with the cost in percent and its 95% interval.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |log_ratio: LogRatio| (log_ratio.ratio().value() - 1.0) * 100.0;
        let PairComparison { medians: [on, off], estimate, interval } = &self.comparison;
        write!(
            formatter,
            "  {:<27} {}  {on:>7.2}  {off:>7.2}  {:+.2}%  [{:+.2}, {:+.2}]",
            self.strategy,
            self.session,
            percent(*estimate),
            percent(interval.low),
            percent(interval.high),
        )
    }
}
