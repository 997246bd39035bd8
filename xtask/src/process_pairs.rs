//! Compares two programs that fetch batches, by the ratio of their times.
//!
//! The programs run one batch each per block, in random order, and each block gives a ratio. A CPU
//! that slows down for some seconds slows both. Each program runs in many processes, one after
//! another. The blocks of a pair of processes count as one observation, because two processes of the
//! same program differ by more than their blocks show. Both estimates are Hodges-Lehmann estimates,
//! which a stall of the machine does not move.

use std::fmt;

use anyhow::{Context, Result};
use runner::schedule::block_order;
use stats::describe::describe;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, Interval, LogRatio, Seconds};

const SEED: u64 = 1;

/// A process that fetches the same batch again and again.
pub(crate) trait FetchProcess {
    /// Fetches one batch, in which no request may fail.
    fn fetch_batch(&mut self) -> Result<Seconds>;
}

/// Starts a process of a program.
pub(crate) type Start<'a> = dyn Fn() -> Result<Box<dyn FetchProcess>> + 'a;

/// The number of process pairs, of uncounted batches in each process, and of counted blocks in each
/// pair.
#[derive(Clone, Copy)]
pub(crate) struct SampleSize {
    pub(crate) processes: u32,
    pub(crate) settling: u32,
    pub(crate) blocks: u32,
}

impl fmt::Display for SampleSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processes, blocks, .. } = self;
        write!(formatter, "{processes} pairs of processes, {blocks} blocks each")
    }
}

/// The result of a comparison.
pub(crate) struct PairComparison {
    /// The median of all batches of the first and of the second program, in milliseconds.
    pub(crate) medians: [f64; 2],
    /// The ratio of the first program's time to the second's, with a 95% interval.
    pub(crate) estimate: LogRatio,
    pub(crate) interval: Interval,
}

impl SampleSize {
    /// Compares a program with a second one.
    pub(crate) fn compare(self, starts: [&Start<'_>; 2]) -> Result<PairComparison> {
        let mut all = [Vec::new(), Vec::new()];
        let mut processes = Vec::new();
        for process in 0..self.processes {
            let blocks = self.blocks(process, starts)?;
            let ratios: Vec<_> = blocks.iter().map(|[first, second]| first.over(*second)).collect();
            processes.push(shift(&ratios)?.estimate);
            for block in blocks {
                all.iter_mut().zip(block).for_each(|(all, seconds)| all.push(seconds.value()));
            }
        }
        let shift = shift(&processes)?;
        Ok(PairComparison {
            medians: [median(&all[0])?, median(&all[1])?],
            estimate: shift.estimate,
            interval: shift.interval.context("too few pairs of processes for an interval")?,
        })
    }

    /// Runs the blocks of one pair of processes.
    fn blocks(self, process: u32, starts: [&Start<'_>; 2]) -> Result<Vec<[Seconds; 2]>> {
        let mut programs = [starts[0]()?, starts[1]()?];
        for _ in 0..self.settling {
            programs.iter_mut().try_for_each(|program| program.fetch_batch().map(drop))?;
        }
        (0..self.blocks)
            .map(|block| {
                let order = block_order(SEED, process * self.blocks + block, programs.len());
                let [first, second] = &mut programs;
                if order[0].0 == 0 {
                    let time = first.fetch_batch()?;
                    return Ok([time, second.fetch_batch()?]);
                }
                let time = second.fetch_batch()?;
                Ok([first.fetch_batch()?, time])
            })
            .collect()
    }
}

fn shift(ratios: &[LogRatio]) -> Result<HodgesLehmann> {
    HodgesLehmann::new(ratios, Confidence::NINETY_FIVE).context("no ratios")
}

fn median(seconds: &[f64]) -> Result<f64> {
    Ok(describe(seconds).median.context("no times")? * 1e3)
}
