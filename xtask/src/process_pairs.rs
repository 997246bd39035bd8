//! Two programs that fetch batches, compared: the one's time as a share of the other's.
//!
//! They take turns, block by block in random order, so that a block has a ratio of its own: a
//! processor that slows down for some seconds slows both. Each has many processes one after another,
//! and what the blocks of a pair of processes say together counts once: two processes of one program
//! differ by more than their blocks tell. The estimate is Hodges and Lehmann's, of the blocks as of
//! the processes: a stall of the machine belongs to neither program.

use std::fmt;

use anyhow::{Context, Result};
use runner::schedule::block_order;
use stats::describe::describe;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, Interval, LogRatio, Seconds};

const SEED: u64 = 1;

/// A process that fetches one batch after another, the same each time.
pub(crate) trait Fetching {
    /// Has it fetch one, which must not fail.
    fn batch(&mut self) -> Result<Seconds>;
}

/// How a process of a program is started.
pub(crate) type Start<'a> = dyn Fn() -> Result<Box<dyn Fetching>> + 'a;

/// How many pairs of processes there are, how many batches each of them runs before it counts, and
/// how many blocks count then.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) processes: u32,
    pub(crate) settling: u32,
    pub(crate) blocks: u32,
}

impl fmt::Display for Extent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processes, blocks, .. } = self;
        write!(formatter, "{processes} pairs of processes, {blocks} blocks each")
    }
}

/// What a comparison shows.
pub(crate) struct Comparison {
    /// The median of all batches, in milliseconds, of the first program and of the second.
    pub(crate) medians: [f64; 2],
    /// Of the first program's time over the second's, at 95 %.
    pub(crate) estimate: LogRatio,
    pub(crate) interval: Interval,
}

impl Extent {
    /// Compares a program with a second one.
    pub(crate) fn compare(self, starts: [&Start<'_>; 2]) -> Result<Comparison> {
        let mut all = [Vec::new(), Vec::new()];
        let mut processes = Vec::new();
        for process in 0..self.processes {
            let blocks = self.blocks(process, starts)?;
            let ratios: Vec<_> = blocks.iter().map(|[one, other]| one.over(*other)).collect();
            processes.push(shift(&ratios)?.estimate);
            for block in blocks {
                all.iter_mut().zip(block).for_each(|(all, seconds)| all.push(seconds.value()));
            }
        }
        let shift = shift(&processes)?;
        Ok(Comparison {
            medians: [median(&all[0])?, median(&all[1])?],
            estimate: shift.estimate,
            interval: shift.interval.context("there are processes enough")?,
        })
    }

    /// Runs the blocks of one pair of processes.
    fn blocks(self, process: u32, starts: [&Start<'_>; 2]) -> Result<Vec<[Seconds; 2]>> {
        let mut programs = [starts[0]()?, starts[1]()?];
        for _ in 0..self.settling {
            programs.iter_mut().try_for_each(|program| program.batch().map(drop))?;
        }
        (0..self.blocks)
            .map(|block| {
                let order = block_order(SEED, process * self.blocks + block, programs.len());
                let [first, second] = &mut programs;
                if order[0].0 == 0 {
                    let time = first.batch()?;
                    return Ok([time, second.batch()?]);
                }
                let time = second.batch()?;
                Ok([first.batch()?, time])
            })
            .collect()
    }
}

fn shift(ratios: &[LogRatio]) -> Result<HodgesLehmann> {
    HodgesLehmann::new(ratios, Confidence::NINETY_FIVE).context("there are ratios")
}

fn median(seconds: &[f64]) -> Result<f64> {
    Ok(describe(seconds).median.context("there are times")? * 1e3)
}
