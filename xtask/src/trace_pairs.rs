//! A strategy's batches with the trace on, against the same with the trace off.

use std::fmt;

use anyhow::Result;
use model::driver_protocol::Preparation;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::process_groups::ProcessGroups;
use stats::quantity::LogRatio;

use crate::driven::Driven;
use crate::laboratory::conditions;
use crate::process_pairs::{Comparison, Extent, Fetching};

/// Whose batches are traced.
pub(crate) struct Traced<'a> {
    /// How its driver is started.
    pub(crate) driver: &'a ProcessCommand,
    pub(crate) spec: &'a StrategySpec,
    pub(crate) session: &'a str,
    pub(crate) planned: &'a PlannedTarget,
    pub(crate) groups: &'a ProcessGroups,
}

/// What tracing costs it.
pub(crate) struct Cost<'a> {
    of: &'a Traced<'a>,
    comparison: Comparison,
}

impl Traced<'_> {
    /// Compares its batches, each of all requests of its target.
    pub(crate) fn cost(&self, extent: Extent) -> Result<Cost<'_>> {
        let [on, off] = [true, false].map(|trace| move || self.start(trace));
        Ok(Cost { of: self, comparison: extent.compare([&on, &off])? })
    }

    fn start(&self, trace: bool) -> Result<Box<dyn Fetching>> {
        let preparation = Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, self.session),
            target: self.planned.target.clone(),
            trace,
        };
        let requests = u32::try_from(self.planned.target.requests.len())?;
        Ok(Box::new(Driven::start(self.driver, preparation, requests, self.groups)?))
    }
}

impl fmt::Display for Cost<'_> {
    /// A line with the cost in percent and its 95 % interval.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |log_ratio: LogRatio| (log_ratio.ratio().value() - 1.0) * 100.0;
        let Comparison { medians: [on, off], estimate, interval } = &self.comparison;
        write!(
            formatter,
            "  {:<27} {}  {on:>7.2}  {off:>7.2}  {:+.2} %  [{:+.2}, {:+.2}]",
            self.of.spec.name,
            self.of.session,
            percent(*estimate),
            percent(interval.low),
            percent(interval.high),
        )
    }
}
