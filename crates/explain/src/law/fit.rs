//! The lines of a strategy, one a block.

use std::collections::BTreeMap;

use model::arm::BatchSize;
use stats::line::{self, Line, Point};

use crate::counters;
use crate::measured::MeasuredArm;
use evidence::Examined;
use stats::estimate::Estimate;

use super::limit::LeftOut;
use super::strategy_arms::StrategyArms;
use super::{latency, limit};

/// The line of a strategy in each block.
#[derive(Clone, Debug)]
pub(super) struct Fit<'a> {
    pub(super) strategy: &'a StrategyArms<'a>,
    /// The arms that the lines go through, from the least size on.
    pub(super) arms: Vec<MeasuredArm<'a>>,
    pub(super) left_out: Vec<LeftOut>,
    /// The blocks in which all of these arms succeeded.
    pub(super) blocks: BTreeMap<u32, Block>,
}

/// What is known of one block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    /// T(n), in seconds, over n − 1.
    pub(super) line: Line,
    /// What the first request waited, in seconds, on average over the sizes.
    pub(super) latency: Option<f64>,
    /// The times that the line goes through, in seconds, from the least size on.
    pub(super) times: Vec<f64>,
    /// The CPU time of the client's process, in seconds, over n − 1.
    pub(super) cpu: Option<Line>,
}

impl<'a> Fit<'a> {
    pub(super) fn new(strategy: &'a StrategyArms<'a>) -> Self {
        let beyond = |arm: &MeasuredArm<'_>| limit::beyond(arm, arm.size());
        let (outside, arms): (Vec<MeasuredArm<'a>>, Vec<MeasuredArm<'a>>) =
            strategy.arms.iter().partition(|arm| beyond(arm).is_some());
        let left_out = outside.iter().filter_map(beyond).collect();
        let blocks = blocks(&arms);
        Self { strategy, arms, left_out, blocks }
    }

    /// Whether there is no line.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The sizes that the lines go through.
    pub(super) fn sizes(&self) -> Vec<BatchSize> {
        self.arms.iter().map(MeasuredArm::size).collect()
    }

    /// Whether the requests of these batches were made one after another.
    pub(super) fn is_sequential(&self) -> bool {
        self.arms.last().is_some_and(MeasuredArm::is_sequential)
    }

    pub(super) fn intercept(&self) -> Option<Estimate> {
        self.over_blocks(|block| Some(block.line.intercept))
    }

    pub(super) fn serial(&self) -> Option<Estimate> {
        self.over_blocks(|block| Some(block.line.slope))
    }

    pub(super) fn latency(&self) -> Option<Estimate> {
        self.over_blocks(|block| block.latency)
    }

    pub(super) fn setup(&self) -> Option<Estimate> {
        self.over_blocks(Block::setup)
    }

    /// The estimate of what each block gives; nothing unless all do.
    pub(super) fn over_blocks(&self, value: impl Fn(&Block) -> Option<f64>) -> Option<Estimate> {
        let values: Option<Vec<f64>> = self.blocks.values().map(value).collect();
        Estimate::from_blocks(&values?)
    }
}

impl Block {
    /// What the batch costs before its first request.
    pub(super) fn setup(&self) -> Option<f64> {
        Some(self.line.intercept - self.latency?)
    }
}

/// How many requests a batch has beyond its first.
pub(super) fn further(size: BatchSize) -> f64 {
    f64::from(size.0) - 1.0
}

/// What a line says of a batch size.
pub(super) fn at(line: Line, size: BatchSize) -> f64 {
    line.intercept + line.slope * further(size)
}

fn blocks(arms: &[MeasuredArm<'_>]) -> BTreeMap<u32, Block> {
    let Some(first) = arms.first() else { return BTreeMap::new() };
    let of_block = |(number, _): (u32, &Examined<'_>)| -> Option<(u32, Block)> {
        let trials: Option<Vec<&Examined<'_>>> =
            arms.iter().map(|arm| arm.evidence.in_block(number)).collect();
        Some((number, block(arms, &trials?)?))
    };
    first.evidence.by_block().filter_map(of_block).collect()
}

fn block(arms: &[MeasuredArm<'_>], trials: &[&Examined<'_>]) -> Option<Block> {
    let times: Vec<f64> = trials.iter().map(|trial| trial.batch_time().as_secs()).collect();
    let waits = arms.iter().zip(trials).map(|(arm, trial)| latency::trial_latency(arm, trial));
    let waits: Option<Vec<f64>> = waits.collect();
    let cpu = |trial: &&Examined<'_>| counters::cpu_seconds(&trial.run.usage);
    let cpu: Option<Vec<f64>> = trials.iter().map(cpu).collect();
    Some(Block {
        line: line_through(arms, &times)?,
        latency: waits.and_then(|waits| counters::mean(waits.into_iter())),
        times,
        cpu: cpu.and_then(|cpu| line_through(arms, &cpu)),
    })
}

fn line_through(arms: &[MeasuredArm<'_>], values: &[f64]) -> Option<Line> {
    let point = |(arm, &value): (&MeasuredArm<'_>, &f64)| Point { at: further(arm.size()), value };
    line::fit(&arms.iter().zip(values).map(point).collect::<Vec<Point>>())
}
