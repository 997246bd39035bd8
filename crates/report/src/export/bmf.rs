//! Bencher Metric Format: what `bencher run --adapter json` reads.
//!
//! The measure `latency` is Bencher's own and is in nanoseconds. Here it is the time of a whole batch.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Source;
use super::timed_arms::{TimedArm, timed_arms};

/// The measures of a benchmark.
#[derive(Serialize)]
struct Measures {
    latency: Metric,
}

#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

impl From<TimedArm<'_>> for Metric {
    /// The mean, and a standard deviation to each side.
    fn from(timed: TimedArm<'_>) -> Self {
        let mean = timed.mean.0;
        Self {
            value: mean,
            lower_value: timed.deviation.map(|deviation| (mean - deviation.0).max(0.0)),
            upper_value: timed.deviation.map(|deviation| mean + deviation.0),
        }
    }
}

pub(super) fn write(source: Source<'_>) -> String {
    let benchmarks: BTreeMap<&str, Measures> = timed_arms(source.analysis)
        .map(|timed| (timed.arm.arm.0.as_str(), Measures { latency: timed.into() }))
        .collect();
    words::json::pretty(&benchmarks)
}

#[cfg(test)]
mod tests {
    use crate::export::{Format, testing::text};
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn each_arm_with_a_time_is_a_benchmark_in_nanoseconds() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("c/z", 1)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 7)]);
        sample.block(&[("a/x@1", 20)]);
        let text = text(Format::Bmf, &sample.end(StopReason::Blocks));
        let json: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        let expected = serde_json::json!({
            "a/x@1": { "latency": {
                "value": 15e6, "lower_value": 7_928_932.0, "upper_value": 22_071_068.0
            } },
            "b/y@1": { "latency": { "value": 7e6 } },
        });
        assert_eq!(json, expected);
    }
}
