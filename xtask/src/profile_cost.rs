//! What profiling costs the strategies of Python and Node, without a link and behind the default link.
//! The goal: less than 5% of a batch of 16.
//!
//! ```text
//! cargo xtask host-trace-cost --profile [STRATEGY]...
//! ```

use std::cell::RefCell;
use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use batchmark::hosts::{Carried, HostName};
use model::driver_protocol::Preparation;
use model::link::Link;
use model::plan::PlannedTarget;
use model::profile::Profile;
use model::strategy::StrategySpec;
use model::time::Span;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;
use stats::describe::describe;
use stats::quantity::{LogRatio, Seconds};

use crate::driver_process::DriverProcess;
use crate::harness::{conditions, open, start_endpoint};
use crate::hosts::driver_command;
use crate::process_pairs::{FetchProcess, PairComparison, SampleSize};

const BATCH: u32 = 16;
const SAMPLE_SIZE: SampleSize = SampleSize { processes: 10, settling: 4, blocks: 8 };

/// Measures the named strategies, or all, and prints the ratios and the intervals between samples.
pub(crate) fn measure(named: &[String]) -> Result<()> {
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let carried = Carried::default();
    let hosts = [HostName::Python, HostName::Node];
    let drivers: Vec<ProcessCommand> =
        hosts.into_iter().filter_map(|host| driver_command(host, &carried).ok()).collect();
    let mut measured = 0;
    for rtt in [Link::default().rtt, Span::ZERO] {
        let link = Link { rtt, ..Link::default() };
        let planned = open(&mut endpoint, &link, BATCH)?;
        println!(
            "batches of {BATCH}, {link}; {SAMPLE_SIZE}: ms profiled, not profiled, what it costs, and ms \
             between two samples"
        );
        for driver in &drivers {
            for spec in Driver::start(driver, &groups)?.hello().strategies.clone() {
                if named.is_empty() || named.contains(&spec.name) {
                    let (planned, groups) = (&planned, &groups);
                    println!("{}", ProfileCost { driver, spec: &spec, planned, groups }.row()?);
                    measured += 1;
                }
            }
        }
    }
    ensure!(measured > 0, "neither Python nor Node offers {} on this machine", named.join(" or "));
    Ok(())
}

/// A strategy whose batches are compared with and without a profile.
struct ProfileCost<'a> {
    driver: &'a ProcessCommand,
    spec: &'a StrategySpec,
    planned: &'a PlannedTarget,
    groups: &'a ProcessGroups,
}

/// The times between two samples so far, in milliseconds.
type Intervals = Rc<RefCell<Vec<f64>>>;

impl ProfileCost<'_> {
    /// A line with the cost in percent and its 95% interval, and the median interval between samples.
    fn row(&self) -> Result<String> {
        let intervals = Intervals::default();
        let on = || {
            let process = self.start()?;
            Ok(Box::new(ProfiledProcess { process, intervals: Rc::clone(&intervals) }) as Box<_>)
        };
        let off = || Ok(Box::new(self.start()?) as Box<dyn FetchProcess>);
        let comparison = SAMPLE_SIZE.compare([&on, &off])?;
        let PairComparison { medians: [on, off], estimate, interval } = comparison;
        let percent = |log_ratio: LogRatio| (log_ratio.ratio().value() - 1.0) * 100.0;
        let between = describe(&intervals.borrow()).median.context("no sample was taken")?;
        Ok(format!(
            "  {:<27} {on:>7.2}  {off:>7.2}  {:+.2}%  [{:+.2}, {:+.2}]  {between:.2} ms",
            self.spec.name,
            percent(estimate),
            percent(interval.low),
            percent(interval.high),
        ))
    }

    fn start(&self) -> Result<DriverProcess> {
        let preparation = Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, "cold"),
            target: self.planned.target.clone(),
            trace: true,
        };
        DriverProcess::start(self.driver, preparation, BATCH, self.groups)
    }
}

/// A driver process whose batches are profiled.
struct ProfiledProcess {
    process: DriverProcess,
    intervals: Intervals,
}

impl FetchProcess for ProfiledProcess {
    fn fetch_batch(&mut self) -> Result<Seconds> {
        let run = self.process.run_profiled()?;
        let batch = run.batch_time();
        let Profile { times, .. } = *run.profile.context("the driver reports no profile")?;
        let between = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]).as_secs() * 1e3);
        self.intervals.borrow_mut().extend(between);
        Seconds::new(batch.as_secs()).context("a batch took no time")
    }
}
