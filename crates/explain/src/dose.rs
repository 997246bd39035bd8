//! The dose response: how an arm responds to a slower server, and how many of its requests really
//! run in parallel.
//!
//! Each request of a batch waits Δ longer. If all wait at the same time, the batch takes Δ longer;
//! if one waits after another, n Δ. So the slope of T over Δ, fitted block by block, gives the
//! effective concurrency c = n / slope: 1 for a sequential client, n for a perfect fan-out. A
//! client that reports a higher concurrency has a hidden serial part: a lock, a pool, one thread
//! behind many.
//!
//! Requests that are made c at a time go in whole waves: n of them wait ⌈n / c⌉ times, which is
//! compared with the slope.

use model::arm::{ArmName, BatchSize};
use model::experiment::DoseResponse;
use schemars::JsonSchema;
use serde::Serialize;
use stats::line::{self, Point};
use stats::quantity::Confidence;
use stats::student::SampleMean;

use evidence::in_flight::most_in_flight;
use evidence::{ArmEvidence, Evidence};
use stats::estimate::Estimate;

/// A client that reaches less than this share of its nominal concurrency has a hidden serial part.
const REACHED: f64 = 0.9;

/// How an arm responds to a slower server.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DoseAnalysis {
    /// The arm.
    pub arm: ArmName,
    /// Its strategy.
    pub strategy: String,
    /// Its batch size.
    pub batch_size: BatchSize,
    /// The number of blocks in which it succeeded at every dose.
    pub blocks: usize,
    /// The doses, the smallest first.
    pub doses: Vec<DoseTime>,
    /// How many seconds longer the batch takes for each second that the server thinks longer.
    pub slope: Option<Slope>,
    /// How many requests wait at the same time, by the slope; null if the slope is not above 0.
    pub effective_concurrency: Option<Concurrency>,
    /// How many may be in flight at once by the conditions of the arm, at most the batch size; null
    /// if no condition says so.
    pub configured_concurrency: Option<usize>,
    /// The most that were in flight at once in any trial, by the client's report.
    pub most_in_flight: Option<usize>,
    /// Whether the effective concurrency is so far below the configured one, or else below the most
    /// in flight, that there is a hidden serial part. Null if there is nothing to judge.
    pub hidden_serialisation: Option<bool>,
}

/// The time at a dose.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DoseTime {
    /// How many seconds longer the server thinks.
    pub think: f64,
    /// The arm that measures it.
    pub arm: ArmName,
    /// Its time; null without a block in which every dose succeeded.
    pub time: Option<Estimate>,
}

/// A slope, without a unit: seconds per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Slope {
    /// The mean over the blocks.
    pub mean: f64,
    /// The lower end of its 95% interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its 95% interval; null below two blocks.
    pub high: Option<f64>,
}

/// A number of requests that wait at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Concurrency {
    /// The number.
    pub requests: f64,
    /// The lower end of its 95% interval; null if the slope has none.
    pub low: Option<f64>,
    /// The upper end of its 95% interval; also null if the slope may be 0.
    pub high: Option<f64>,
}

/// Analyses every dose response of a plan.
pub(crate) fn analyse(evidence: &Evidence<'_>) -> Vec<DoseAnalysis> {
    let of_response = |response: &DoseResponse| {
        Some(DoseAnalysis::new(response, evidence.arm(&response.arm)?, evidence))
    };
    evidence.plan.doses.iter().filter_map(of_response).collect()
}

impl DoseAnalysis {
    fn new(response: &DoseResponse, of: &ArmEvidence<'_>, evidence: &Evidence<'_>) -> Self {
        let arm = of.arm;
        let blocks = blocks(response, evidence);
        let at = |place: usize| blocks.iter().map(|block| block[place].value).collect::<Vec<f64>>();
        let doses = response.doses.iter().enumerate();
        let slope = slope(&blocks);
        let size = arm.batch_size.requests();
        let effective = slope.and_then(|slope| Concurrency::from_slope(size, slope));
        let limit = of.setting.as_ref().and_then(|setting| setting.limit);
        let configured = limit.map(|limit| limit.min(size));
        let in_flight = of.successes.iter().filter_map(most_in_flight).max();
        Self {
            arm: arm.name.clone(),
            strategy: arm.strategy.clone(),
            batch_size: arm.batch_size,
            blocks: blocks.len(),
            doses: doses
                .map(|(place, dose)| DoseTime {
                    think: dose.think.as_secs(),
                    arm: dose.arm.clone(),
                    time: Estimate::from_blocks(&at(place)),
                })
                .collect(),
            slope,
            effective_concurrency: effective,
            configured_concurrency: configured,
            most_in_flight: in_flight,
            hidden_serialisation: effective
                .zip(configured.or(in_flight))
                .and_then(|(effective, claimed)| effective.falls_short(size, claimed)),
        }
    }
}

/// The points of each block in which every dose succeeded, in the order of the doses.
fn blocks(response: &DoseResponse, evidence: &Evidence<'_>) -> Vec<Vec<Point>> {
    let doses: Option<Vec<(f64, &ArmEvidence<'_>)>> = response
        .doses
        .iter()
        .map(|dose| Some((dose.think.as_secs(), evidence.arm(&dose.arm)?)))
        .collect();
    let doses = doses.unwrap_or_default();
    let Some((_, first)) = doses.first() else { return Vec::new() };
    let points = |block: u32| {
        let point = |(at, arm): &(f64, &ArmEvidence<'_>)| {
            Some(Point { at: *at, value: arm.in_block(block)?.batch_time().as_secs() })
        };
        doses.iter().map(point).collect()
    };
    first.by_block().filter_map(|(block, _)| points(block)).collect()
}

fn slope(blocks: &[Vec<Point>]) -> Option<Slope> {
    let slopes: Option<Vec<f64>> =
        blocks.iter().map(|points| line::fit(points).map(|line| line.slope)).collect();
    let mean = SampleMean::new(&slopes?)?;
    let half_width = mean.half_width(Confidence::NINETY_FIVE);
    Some(Slope {
        mean: mean.mean,
        low: half_width.map(|half_width| mean.mean - half_width),
        high: half_width.map(|half_width| mean.mean + half_width),
    })
}

impl Concurrency {
    /// The concurrency that a slope shows, for a batch of this many requests; none if it is not
    /// above 0.
    fn from_slope(requests: usize, slope: Slope) -> Option<Self> {
        let over = |slope: f64| (slope > 0.0).then(|| requests as f64 / slope);
        Some(Self {
            requests: over(slope.mean)?,
            low: slope.high.and_then(over),
            high: slope.low.and_then(over),
        })
    }

    /// Whether its interval lies below what `at_once` would reach with `requests` requests.
    fn falls_short(&self, requests: usize, at_once: usize) -> Option<bool> {
        let waves = requests.div_ceil(at_once.max(1)).max(1);
        let reachable = requests as f64 / waves as f64;
        self.low?;
        Some(self.high.is_some_and(|high| high < REACHED * reachable))
    }
}

#[cfg(test)]
mod tests;
