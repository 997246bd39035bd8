//! What `benchmark-action/github-action-benchmark` reads with `tool: customSmallerIsBetter`.

use serde::Serialize;
use words::number::{Decimals, bare_millis};

use super::Source;
use super::timed_arms::{TimedArm, timed_arms};

const NANOS_PER_MILLI: f64 = 1e6;

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

impl<'a> From<TimedArm<'a>> for Entry<'a> {
    fn from(timed: TimedArm<'a>) -> Self {
        let decimals = Decimals::for_value(timed.mean.0 / NANOS_PER_MILLI);
        Self {
            name: &timed.arm.arm.0,
            unit: "ms",
            value: timed.mean.0 / NANOS_PER_MILLI,
            range: timed
                .deviation
                .map(|deviation| format!("± {}", decimals.write(deviation.0 / NANOS_PER_MILLI))),
            extra: extra(timed.arm),
        }
    }
}

/// `12 trials, median 43.7 ms`.
fn extra(arm: &explain::ArmAnalysis) -> String {
    let trials = words::list::counted(arm.describe.count, "trial");
    match arm.describe.median {
        Some(median) => format!("{trials}, median {} ms", bare_millis(median)),
        None => trials,
    }
}

pub(super) fn write(source: Source<'_>) -> String {
    words::json::pretty(&timed_arms(source.analysis).map(Entry::from).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use crate::export::{Format, testing::text};
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn each_arm_with_a_time_is_an_entry_in_milliseconds() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("c/z", 1)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 7)]);
        sample.block(&[("a/x@1", 20)]);
        let text = text(Format::Gha, &sample.end(StopReason::Blocks));
        let json: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        let expected = serde_json::json!([
            { "name": "a/x@1", "unit": "ms", "value": 15.0, "range": "± 7.1",
              "extra": "2 trials, median 15.0 ms" },
            { "name": "b/y@1", "unit": "ms", "value": 7.0, "extra": "1 trial, median 7.00 ms" },
        ]);
        assert_eq!(json, expected);
    }
}
