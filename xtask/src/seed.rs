//! The project's original question: three strategies at three batch sizes, measured by batchmark's
//! drivers and by a script that measures by hand. The goal: both agree within 2% in every cell.
//!
//! The Python is the one that `batchmark` finds, with requests and aiohttp. Leave variables such as
//! `REQUESTS_CA_BUNDLE` unset: they apply to both sides and change what requests does.

mod script;

use anyhow::{Context, Result};
use batchmark::hosts::{Carried, HostName};
use model::driver_protocol::Preparation;
use model::link::Link;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;

use crate::driver_process::DriverProcess;
use crate::harness::{conditions, open, start_endpoint};
use crate::hosts::driver_command;
use crate::process_pairs::{FetchProcess, PairComparison, SampleSize};
use script::ScriptProcess;

const STRATEGIES: [&str; 3] = ["requests/sequential", "requests/threads", "aiohttp/async"];
const BATCHES: [u32; 3] = [1, 4, 16];
const SAMPLE_SIZE: SampleSize = SampleSize { processes: 20, settling: 1, blocks: 10 };
/// The largest accepted difference, as a fraction.
const GOAL: f64 = 0.02;

/// Measures every cell and prints it.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let carried = Carried::default();
    let command = driver_command(HostName::Python, &carried)?;
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link::default();
    let largest = BATCHES.into_iter().max().context("there are sizes")?;
    let planned = open(&mut endpoint, &link, largest)?;
    let strategies = Driver::start(&command, &groups)?.hello().strategies.clone();
    println!("{link}; {SAMPLE_SIZE}");
    println!("medians in ms; ratio: batchmark / script");
    println!("  strategy             batch  batchmark   script  ratio  [95%]");
    for name in STRATEGIES {
        let spec = strategies.iter().find(|spec| spec.name == name);
        let spec = spec.with_context(|| format!("this Python does not offer {name}"))?;
        for size in BATCHES {
            let cell = Cell { spec, size, planned: &planned, command: &command, groups: &groups };
            println!("  {name:<19}  {size:>5}  {}", row(&cell.compare()?));
        }
    }
    Ok(())
}

/// A strategy at a batch size.
struct Cell<'a> {
    spec: &'a StrategySpec,
    size: u32,
    planned: &'a PlannedTarget,
    command: &'a ProcessCommand,
    groups: &'a ProcessGroups,
}

impl Cell<'_> {
    fn compare(&self) -> Result<PairComparison> {
        SAMPLE_SIZE.compare([&|| self.batchmark(), &|| self.script()])
    }

    fn batchmark(&self) -> Result<Box<dyn FetchProcess>> {
        let preparation = Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, "cold"),
            target: self.planned.target.clone(),
            trace: true,
        };
        Ok(Box::new(DriverProcess::start(self.command, preparation, self.size, self.groups)?))
    }

    fn script(&self) -> Result<Box<dyn FetchProcess>> {
        let (python, strategy) = (&self.command.program, &self.spec.name);
        Ok(Box::new(ScriptProcess::start(python, strategy, self.planned, self.size, self.groups)?))
    }
}

fn row(comparison: &PairComparison) -> String {
    let PairComparison { medians: [batchmark, script], estimate, interval } = comparison;
    let [ratio, low, high] =
        [*estimate, interval.low, interval.high].map(|log_ratio| log_ratio.ratio().value());
    let within = low > 1.0 - GOAL && high < 1.0 + GOAL;
    let beyond = low > 1.0 + GOAL || high < 1.0 - GOAL;
    let verdict = match (within, beyond) {
        (true, _) => "within 2%",
        (_, true) => "beyond 2%",
        _ => "undecided",
    };
    format!("{batchmark:>9.2}  {script:>7.2}  {ratio:.3}  [{low:.3}, {high:.3}]  {verdict}")
}
