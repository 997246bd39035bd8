//! How long single requests took over all places, by adding the histograms of the places.

use model::arm::{ArmName, Role};
use schemars::JsonSchema;
use serde::Serialize;
use stats::latency_histogram::LatencyHistogram;
use stats::quantity::Probability;

use super::Examined;
use crate::counters::{LEAST_FOR_P50, LEAST_FOR_P90, LEAST_FOR_P99, histogram};

const NANOS: f64 = 1e9;

/// How long the requests of an arm took in all places together, in seconds, to three digits. A place weighs as
/// much as it has requests. A quantile needs as many requests as in a single recording.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MergedLatency {
    /// The arm.
    pub arm: ArmName,
    /// The number of requests of all places.
    pub requests: u64,
    /// The median, given from 5 requests on.
    pub p50: Option<f64>,
    /// The 90th percentile, given from 36 requests on.
    pub p90: Option<f64>,
    /// The 99th percentile, given from 368 requests on.
    pub p99: Option<f64>,
}

/// Adds the histograms of each measured arm. An arm of which no request was observed is left out.
pub(super) fn merge(places: &[Examined<'_>]) -> Vec<MergedLatency> {
    let Some(first) = places.first() else { return Vec::new() };
    let arms = first.evidence.plan.arms.iter().filter(|arm| arm.role == Role::Measured);
    let merged = arms.map(|arm| {
        let mut sum = LatencyHistogram::default();
        for evidence in places.iter().filter_map(|place| place.evidence.arm(&arm.name)) {
            sum.add(&histogram(&evidence.successes));
        }
        latency(&arm.name, &sum)
    });
    merged.filter(|latency| latency.requests > 0).collect()
}

fn latency(arm: &ArmName, histogram: &LatencyHistogram) -> MergedLatency {
    let requests = histogram.requests();
    let quantile = |least: usize, share: f64| {
        let share = Probability::new(share).filter(|_| requests >= least as u64)?;
        Some(histogram.quantile(share)? as f64 / NANOS)
    };
    MergedLatency {
        arm: arm.clone(),
        requests,
        p50: quantile(LEAST_FOR_P50, 0.5),
        p90: quantile(LEAST_FOR_P90, 0.9),
        p99: quantile(LEAST_FOR_P99, 0.99),
    }
}
