//! The analysis of a recording: numbers, and the JSON of `--json`.
//!
//! Fields may be added, never renamed. Times are seconds. Unknown values are null, never 0.

use model::arm::BatchSize;
use model::recording::{Recording, StopReason};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{self, Answer, Known};
use crate::arms::{self, ArmAnalysis};
use crate::attribution::{self, Attribution};
use crate::caveats::{self, Caveat, CaveatInput};
use crate::controls::{self, ControlAnalysis};
use crate::dose::{self, DoseAnalysis};
use crate::failures::{FailureCount, Failures, LostTrials};
use crate::findings::{self, Finding};
use crate::gap::{self, Gap};
use crate::law::{self, Crossing, Law, Laws};
use crate::outliers::{self, Outliers};
use crate::ratios::{self, RatioAnalysis};
use evidence::Evidence;

/// The name and version that an analysis carries.
pub const SCHEMA: &str = "batchmark-analysis/1";

/// The analysis of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "batchmark analysis, version 1")]
pub struct Analysis {
    /// Always `batchmark-analysis/1`.
    pub schema: &'static str,
    /// The number of whole blocks: those in which every arm was run.
    pub blocks: usize,
    /// Why the run stopped; null for a run that was killed.
    pub stopped: Option<StopReason>,
    /// Whether the recording ends in the middle of a line and was read up to there.
    pub truncated: bool,
    /// The answer for each batch size, in the order of the sizes; none for a size at which no trial
    /// succeeded.
    pub answers: Vec<Answer>,
    /// The planned batch sizes, in the order of the arms.
    pub batch_sizes: Vec<BatchSize>,
    /// The arms, in the plan's order; none for a run that ended before its first block.
    pub arms: Vec<ArmAnalysis>,
    /// Each measured arm against the baseline of its size, in the order of the arms.
    pub ratios: Vec<RatioAnalysis>,
    /// The gap of each measured arm to the fastest of its batch size and to the baseline, by phase.
    pub gaps: Vec<Gap>,
    /// Each control compared with the arm that it copies, in the order of the arms; none for a run
    /// without controls.
    pub controls: Vec<ControlAnalysis>,
    /// The trials that lie far from the others of their arm. They count like all others.
    pub outliers: Vec<Outliers>,
    /// The cost model of each strategy, over its batch sizes.
    pub law: Vec<Law>,
    /// The batch sizes at which one strategy becomes faster than another.
    pub crossings: Vec<Crossing>,
    /// The findings, the largest first.
    pub findings: Vec<Finding>,
    /// What each cause contributes that an experiment removed, in the order of the arms; none for a
    /// run without `--why`.
    pub attributions: Vec<Attribution>,
    /// How arms respond to a slower server; none for a run without `--why`.
    pub doses: Vec<DoseAnalysis>,
    /// The reasons to trust a result less, those that veto verdicts first.
    pub caveats: Vec<Caveat>,
    /// The failures of the pilot, by kind, if nothing was measured after it.
    pub pilot_failures: Vec<FailureCount>,
    /// The lost trials of the pilot, if nothing was measured after it.
    pub pilot_lost: Option<LostTrials>,
}

impl Analysis {
    /// Whether any counted trial exists, successful or not.
    pub fn measured(&self) -> bool {
        self.arms.iter().any(|arm| arm.trials() > 0)
    }

    /// Whether a counted trial did not succeed.
    pub fn failed(&self) -> bool {
        self.arms.iter().any(|arm| arm.failed > 0)
    }
}

/// Analyses a recording.
pub fn analyse(recording: &Recording) -> Analysis {
    match Evidence::of_recording(recording) {
        Some(evidence) => of_evidence(recording, &evidence),
        None => without_plan(recording),
    }
}

fn of_evidence(recording: &Recording, evidence: &Evidence<'_>) -> Analysis {
    let arms = arms::analyse(evidence);
    let gaps = gap::analyse(evidence, &arms);
    let Laws { laws, crossings } = law::analyse(evidence, &arms);
    let attributions = attribution::analyse(evidence);
    let doses = dose::analyse(evidence);
    let controls = controls::analyse(evidence);
    let outliers = outliers::label(evidence);
    let findings = findings::gather(evidence, &arms, &doses);
    let ratios = ratios::analyse(evidence);
    let caveats = caveats::detect(&CaveatInput {
        recording,
        evidence,
        arms: &arms,
        ratios: &ratios,
        controls: &controls,
    });
    let ratios = caveats::apply_vetoes(ratios, &caveats);
    let answers =
        answer::answers(Known { evidence, arms: &arms, findings: &findings, caveats: &caveats });
    let pilot = failed_pilot(recording, &arms);
    Analysis {
        schema: SCHEMA,
        blocks: evidence.whole_blocks(),
        stopped: recording.closing.as_ref().map(|closing| closing.reason),
        truncated: recording.truncated,
        answers,
        batch_sizes: evidence.batch_sizes(),
        arms,
        ratios,
        gaps,
        controls,
        outliers,
        law: laws,
        crossings,
        findings,
        attributions,
        doses,
        caveats,
        pilot_failures: pilot.by_kind,
        pilot_lost: pilot.lost,
    }
}

/// The analysis of a run that ended in its pilot, before it had a plan.
fn without_plan(recording: &Recording) -> Analysis {
    let pilot = failed_pilot(recording, &[]);
    Analysis {
        schema: SCHEMA,
        blocks: 0,
        stopped: recording.closing.as_ref().map(|closing| closing.reason),
        truncated: recording.truncated,
        answers: Vec::new(),
        batch_sizes: Vec::new(),
        arms: Vec::new(),
        ratios: Vec::new(),
        gaps: Vec::new(),
        controls: Vec::new(),
        outliers: Vec::new(),
        law: Vec::new(),
        crossings: Vec::new(),
        findings: Vec::new(),
        attributions: Vec::new(),
        doses: Vec::new(),
        caveats: Vec::new(),
        pilot_failures: pilot.by_kind,
        pilot_lost: pilot.lost,
    }
}

/// What failed in a pilot after which nothing was measured; empty if something was.
fn failed_pilot(recording: &Recording, arms: &[ArmAnalysis]) -> Failures {
    if arms.iter().any(|arm| arm.trials() > 0) {
        return Failures::default();
    }
    Failures::in_trials(recording.trials.iter())
}

/// The JSON Schema of an analysis, as the text of a file.
pub fn schema() -> String {
    model::schema::text_of::<Analysis>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::sample::{self, Sample};
    use model::failure::FailureKind;

    #[test]
    fn the_committed_schema_matches_the_types() {
        model::schema::assert_committed::<Analysis>("analysis.schema.json");
    }

    #[test]
    fn the_json_has_the_documented_names() {
        let json = serde_json::to_value(analyse(&Sample::three_ways(3))).expect("serialises");
        let keys = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().expect("is an object").keys().cloned().collect()
        };
        for key in ["schema", "arms", "ratios", "gaps", "law", "crossings", "findings", "caveats"] {
            assert!(keys(&json).contains(&key.to_owned()), "{key} is missing");
        }
        assert_eq!(json["schema"], "batchmark-analysis/1");
        let arm = &json["arms"][0];
        for key in [
            "arm",
            "strategy",
            "role",
            "batch_size",
            "conditions",
            "describe",
            "failed",
            "connections",
            "connections_used",
            "handshakes",
            "bytes",
            "cpu_seconds",
            "path",
            "path_requests",
            "path_unobserved",
        ] {
            assert!(keys(arm).contains(&key.to_owned()), "{key} is missing");
        }
        let describe = ["25%", "50%", "75%", "count", "max", "mean", "min", "std"];
        let mut found = keys(&arm["describe"]);
        found.sort();
        assert_eq!(found, describe);
        let path = ["client", "connect", "dns", "queue", "receive", "send", "tls", "wait"];
        let mut found = keys(&arm["path"]);
        found.sort();
        assert_eq!(found, path);
        for key in
            ["arm", "baseline", "strategy", "role", "batch_size", "ratio", "low", "high", "verdict"]
        {
            assert!(keys(&json["ratios"][0]).contains(&key.to_owned()), "{key} is missing");
        }
    }

    #[test]
    fn the_parts_of_a_gap_and_of_a_law_have_the_documented_names() {
        let json = serde_json::to_value(analyse(&Sample::three_sizes(3))).expect("serialises");
        let gap = &json["gaps"][0];
        for key in ["arm", "versus", "batch_size", "blocks", "tls_preparation", "sentence"] {
            assert!(gap.get(key).is_some(), "{key} is missing");
        }
        for key in ["seconds", "low", "high"] {
            assert!(gap["gap"][key].is_f64() && gap["phases"][0][key].is_f64(), "{key} is missing");
        }
        assert_eq!(gap["phases"][4]["phase"], "tls");
        let law = &json["law"][0];
        for part in ["setup", "latency", "serial", "intercept"] {
            for end in ["", "_low", "_high"] {
                assert!(law[format!("{part}{end}")].is_f64(), "{part}{end} is missing");
            }
        }
        assert_eq!((&law["sizes"][2], &law["shape"]), (&16.into(), &"straight".into()));
        assert!(json["crossings"][0]["batch_size"].is_f64());
    }

    #[test]
    fn a_recording_cut_off_after_any_line_is_analysed() {
        let mut recording = Sample::three_ways(3);
        while !recording.trials.is_empty() {
            let analysis = analyse(&recording);
            assert_eq!(analysis.arms.len(), 3);
            assert!(analysis.blocks <= 3);
            recording.trials.pop();
            recording.closing = None;
            recording.truncated = true;
        }
        let analysis = analyse(&recording);
        assert!(!analysis.measured() && analysis.truncated && analysis.stopped.is_none());
        recording.plan = None;
        assert!(analyse(&recording).arms.is_empty());
    }

    #[test]
    fn a_failed_pilot_is_counted_by_kind() {
        let mut sample = Sample::new(&[("ureq/sequential", 2)]);
        let refused = |request: &str| sample::failure(FailureKind::Refused, request);
        sample.pilot("ureq/sequential@2", &[Some(refused("first")), Some(refused("second"))]);
        sample.pilot_lost("ureq/sequential@2", "the driver died");
        let mut recording = sample.end(StopReason::Unreachable);
        recording.plan = None;
        let analysis = analyse(&recording);
        assert!(!analysis.measured() && !analysis.failed());
        assert_eq!(analysis.pilot_failures.len(), 1);
        assert_eq!(analysis.pilot_failures[0].requests, 2);
        assert_eq!(analysis.pilot_failures[0].message, "first");
        assert_eq!(analysis.pilot_lost.expect("one was lost").message, "the driver died");
    }

    #[test]
    fn the_failures_of_a_pilot_are_left_out_once_something_was_measured() {
        let mut sample = Sample::new(&[("ureq/sequential", 1)]);
        let failure = sample::failure(FailureKind::Status, "404 Not Found");
        sample.pilot("ureq/sequential@1", &[Some(failure.clone())]);
        sample.block(&[("ureq/sequential@1", 10)]);
        let analysis = analyse(&sample.clone().end(StopReason::Blocks));
        assert!(analysis.measured() && !analysis.failed());
        assert!(analysis.pilot_failures.is_empty());
        sample.failed("ureq/sequential@1", &[Some(failure)]);
        assert!(analyse(&sample.end(StopReason::Blocks)).failed());
    }
}
