//! The seed replayed: its three ways at three batch sizes, by batchmark's own driver processes and by
//! a plain script that does the same by hand.
//!
//! The goal is that the two agree within 2 % in every cell. They take turns, block by block in random
//! order, so that a block has a ratio of its own: a processor that slows down for some seconds slows
//! both. Each side has many processes one after another, and what their blocks say together counts
//! once: two processes of one program differ by more than their blocks tell. (Nothing is left out for
//! a stall, for a plain script knows nothing of stalls.)
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
use runner::groups::ProcessGroups;
use runner::schedule::block_order;
use stats::describe::describe;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, LogRatio, Seconds};

use crate::hosts::driver_command;
use crate::laboratory::{conditions, open, start_endpoint};
use crate::trace_pairs::batch;
use plain::Plain;

const WAYS: [&str; 3] = ["requests/sequential", "requests/threads", "aiohttp/async"];
const BATCHES: [u32; 3] = [1, 4, 16];
/// How many processes each side has in a cell, and how many blocks each of them lasts.
const PROCESSES: u32 = 20;
const BLOCKS: u32 = 10;
const SEED: u64 = 1;
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
    println!("{link}, {PROCESSES} processes a side, each of {BLOCKS} batches");
    println!("medians in ms, batchmark's over the script's");
    println!("  way                  batch  batchmark   script  ratio  [95 %]");
    for way in WAYS {
        let spec = strategies.iter().find(|spec| spec.name == way);
        let spec = spec.with_context(|| format!("this Python offers no {way}"))?;
        for size in BATCHES {
            let cell = Cell { spec, size, planned: &planned, command: &command, groups: &groups };
            println!("{}", cell.measure()?.told(way, size)?);
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

/// The seconds of both sides, block by block.
#[derive(Default)]
struct Sides {
    batchmark: Vec<f64>,
    script: Vec<f64>,
}

/// What a cell showed.
#[derive(Default)]
struct Shown {
    all: Sides,
    /// One for each pair of processes.
    log_ratios: Vec<LogRatio>,
}

impl Cell<'_> {
    fn measure(&self) -> Result<Shown> {
        let mut shown = Shown::default();
        for process in 0..PROCESSES {
            let mut sides = self.blocks(process)?;
            shown.log_ratios.push(sides.log_ratio()?);
            shown.all.batchmark.append(&mut sides.batchmark);
            shown.all.script.append(&mut sides.script);
        }
        Ok(shown)
    }

    /// Measures the blocks of one process of each side.
    fn blocks(&self, process: u32) -> Result<Sides> {
        let mut sides = Sides::default();
        let mut driver = Driver::start(self.command, self.groups)?;
        driver.prepare(Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, "cold"),
            target: self.planned.target.clone(),
            trace: true,
        })?;
        let python = &self.command.program;
        let mut plain =
            Plain::start(python, &self.spec.name, self.planned, self.size, self.groups)?;
        batch(&mut driver, 0, self.size)?;
        plain.batch()?;
        for block in 1..=BLOCKS {
            for side in block_order(SEED, process * BLOCKS + block, 2) {
                match side {
                    0 => sides.batchmark.push(batch(&mut driver, block, self.size)?),
                    _ => sides.script.push(plain.batch()?),
                }
            }
        }
        Ok(sides)
    }
}

impl Sides {
    /// Gives what is typical of the blocks' ratios.
    fn log_ratio(&self) -> Result<LogRatio> {
        let seconds = |seconds: f64| Seconds::new(seconds).context("a batch took no time");
        let blocks = self.batchmark.iter().zip(&self.script);
        let ratios = blocks.map(|(&ours, &its)| Ok(seconds(ours)?.over(seconds(its)?)));
        compared(&ratios.collect::<Result<Vec<_>>>()?).map(|blocks| blocks.estimate)
    }
}

impl Shown {
    fn told(&self, way: &str, size: u32) -> Result<String> {
        let compared = compared(&self.log_ratios)?;
        let interval = compared.interval.context("there are processes enough")?;
        let [ratio, low, high] =
            [compared.estimate, interval.low, interval.high].map(|one| one.ratio().value());
        let within = low > 1.0 - GOAL && high < 1.0 + GOAL;
        let beyond = low > 1.0 + GOAL || high < 1.0 - GOAL;
        let verdict = match (within, beyond) {
            (true, _) => "within 2 %",
            (_, true) => "beyond 2 %",
            _ => "undecided",
        };
        Ok(format!(
            "  {way:<19}  {size:>5}  {:>9.2}  {:>7.2}  {ratio:.3}  [{low:.3}, {high:.3}]  {verdict}",
            median(&self.all.batchmark)? * 1e3,
            median(&self.all.script)? * 1e3,
        ))
    }
}

fn compared(log_ratios: &[LogRatio]) -> Result<HodgesLehmann> {
    HodgesLehmann::new(log_ratios, Confidence::NINETY_FIVE).context("there are ratios")
}

fn median(values: &[f64]) -> Result<f64> {
    describe(values).median.context("there are times")
}
