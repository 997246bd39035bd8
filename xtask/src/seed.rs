//! The seed replayed: its three ways at three batch sizes, by batchmark's own driver processes and by
//! a plain script that does the same by hand. The goal is that the two agree within 2 % in every cell.
//!
//! The Python is the one that `batchmark` would find, with requests and aiohttp. Variables such as
//! `REQUESTS_CA_BUNDLE` hold for both sides; leave them unset, for they change what requests does.

mod plain;

use anyhow::{Context, Result};
use batchmark::hosts::{Carried, HostName};
use model::driver_protocol::Preparation;
use model::link::Link;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;

use crate::driven::Driven;
use crate::hosts::driver_command;
use crate::laboratory::{conditions, open, start_endpoint};
use crate::process_pairs::{Comparison, Extent, Fetching};
use plain::Plain;

const WAYS: [&str; 3] = ["requests/sequential", "requests/threads", "aiohttp/async"];
const BATCHES: [u32; 3] = [1, 4, 16];
const EXTENT: Extent = Extent { processes: 20, settling: 1, blocks: 10 };
/// How far the two may lie apart, as a share.
const GOAL: f64 = 0.02;

/// Measures every cell and prints it.
pub(crate) fn measure() -> Result<()> {
    let groups = ProcessGroups::default();
    let carried = Carried::default();
    let command = driver_command(HostName::Python, &carried)?;
    let mut endpoint = start_endpoint(&groups)?;
    let link = Link::default();
    let most = BATCHES.into_iter().max().context("there are sizes")?;
    let planned = open(&mut endpoint, &link, most)?;
    let strategies = Driver::start(&command, &groups)?.hello().strategies.clone();
    println!("{link}; {EXTENT}");
    println!("medians in ms, batchmark's over the script's");
    println!("  way                  batch  batchmark   script  ratio  [95 %]");
    for way in WAYS {
        let spec = strategies.iter().find(|spec| spec.name == way);
        let spec = spec.with_context(|| format!("this Python offers no {way}"))?;
        for size in BATCHES {
            let cell = Cell { spec, size, planned: &planned, command: &command, groups: &groups };
            println!("  {way:<19}  {size:>5}  {}", told(&cell.compare()?));
        }
    }
    Ok(())
}

/// A way at a batch size.
struct Cell<'a> {
    spec: &'a StrategySpec,
    size: u32,
    planned: &'a PlannedTarget,
    command: &'a ProcessCommand,
    groups: &'a ProcessGroups,
}

impl Cell<'_> {
    fn compare(&self) -> Result<Comparison> {
        EXTENT.compare([&|| self.batchmark(), &|| self.script()])
    }

    fn batchmark(&self) -> Result<Box<dyn Fetching>> {
        let preparation = Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, "cold"),
            target: self.planned.target.clone(),
            trace: true,
        };
        Ok(Box::new(Driven::start(self.command, preparation, self.size, self.groups)?))
    }

    fn script(&self) -> Result<Box<dyn Fetching>> {
        let (python, way) = (&self.command.program, &self.spec.name);
        Ok(Box::new(Plain::start(python, way, self.planned, self.size, self.groups)?))
    }
}

fn told(shown: &Comparison) -> String {
    let Comparison { medians: [batchmark, script], estimate, interval } = shown;
    let [ratio, low, high] =
        [*estimate, interval.low, interval.high].map(|one| one.ratio().value());
    let within = low > 1.0 - GOAL && high < 1.0 + GOAL;
    let beyond = low > 1.0 + GOAL || high < 1.0 - GOAL;
    let verdict = match (within, beyond) {
        (true, _) => "within 2 %",
        (_, true) => "beyond 2 %",
        _ => "undecided",
    };
    format!("{batchmark:>9.2}  {script:>7.2}  {ratio:.3}  [{low:.3}, {high:.3}]  {verdict}")
}
