//! The analysis of a recording: values only. `words::document` is its JSON.

use model::arm::{BatchSize, Role};
use model::plan::LeftOut;
use model::recording::{Recording, StopReason};

use crate::answer::{self, Answer};
use crate::arms::{self, ArmAnalysis};
use crate::attribution::{self, Attribution};
use crate::bottleneck;
use crate::caveats::{self, Caveat, CaveatInput};
use crate::controls::{self, ControlAnalysis};
use crate::dose::{self, DoseAnalysis};
use crate::failures::{FailureCount, Failures, LostTrials};
use crate::findings::{self, Finding, FindingInput};
use crate::gap::{self, Gap};
use crate::kept_session;
use crate::law::{self, Law, LawCrossing, Laws};
use crate::outliers::{self, Outliers};
use crate::ratios::{self, RatioAnalysis};
use crate::replays::Replays;
use crate::whatif::Predictor;
use evidence::Evidence;

/// The analysis of a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// The number of whole blocks: those in which every arm was run.
    pub blocks: usize,
    /// Why the run stopped; null for a run that was killed.
    pub stopped: Option<StopReason>,
    /// Whether the recording ends in the middle of a line and was read up to there.
    pub truncated: bool,
    /// Whether the socket witness was on.
    pub socket_witness: bool,
    /// The answer for each batch size, in the order of the sizes; none for a size at which no trial
    /// was counted.
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
    pub crossings: Vec<LawCrossing>,
    /// The findings, the largest first.
    pub findings: Vec<Finding>,
    /// What each cause contributes that an experiment removed, in the order of the arms; none for a
    /// run without `--why`.
    pub attributions: Vec<Attribution>,
    /// How arms respond to a slower server; none for a run without `--why`.
    pub doses: Vec<DoseAnalysis>,
    /// The reasons to trust a result less, those that veto verdicts first.
    pub caveats: Vec<Caveat>,
    /// The requested strategies that were not measured, because they cannot be.
    pub left_out: Vec<LeftOut>,
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

    /// The measured arms, in the plan's order.
    pub fn measured_arms(&self) -> impl Iterator<Item = &ArmAnalysis> {
        self.arms.iter().filter(|arm| arm.role == Role::Measured)
    }

    /// Whether a counted trial did not succeed, or a strategy was left out.
    pub fn failed(&self) -> bool {
        !self.left_out.is_empty() || self.arms.iter().any(|arm| arm.failed > 0)
    }
}

/// Analyses a recording.
pub fn analyse(recording: &Recording) -> Analysis {
    match Evidence::of_recording(recording) {
        Some(evidence) => analyse_evidence(recording, &evidence),
        None => without_plan(recording),
    }
}

fn analyse_evidence(recording: &Recording, evidence: &Evidence<'_>) -> Analysis {
    let replays = Replays::new(evidence, recording);
    let mut arms = arms::analyse(evidence);
    bottleneck::add(&mut arms, &replays);
    let gaps = gap::analyse(evidence, &arms);
    let predictor = Predictor { recording, evidence, replays: &replays };
    kept_session::add(&mut arms, predictor);
    let Laws { laws, crossings } = law::analyse(predictor, &arms);
    let attributions = attribution::analyse(predictor);
    let doses = dose::analyse(evidence);
    let controls = controls::analyse(evidence);
    let outliers = outliers::label(evidence);
    let findings = findings::gather(
        evidence,
        FindingInput { arms: &arms, doses: &doses, facts: &recording.facts, replays: &replays },
    );
    let ratios = ratios::analyse(evidence);
    let caveats = caveats::detect(&CaveatInput {
        recording,
        evidence,
        arms: &arms,
        ratios: &ratios,
        controls: &controls,
    });
    let ratios = caveats::apply_vetoes(ratios, &caveats);
    let answers = answer::answers(evidence, &arms, &caveats);
    let pilot = failed_pilot(recording, &arms);
    Analysis {
        blocks: evidence.whole_blocks(),
        stopped: recording.closing.as_ref().map(|closing| closing.reason),
        truncated: recording.truncated,
        socket_witness: evidence.plan.sockets,
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
        left_out: evidence.plan.left_out.clone(),
        pilot_failures: pilot.by_kind,
        pilot_lost: pilot.lost,
    }
}

/// The analysis of a run that ended in its pilot, before it had a plan.
fn without_plan(recording: &Recording) -> Analysis {
    let pilot = failed_pilot(recording, &[]);
    Analysis {
        stopped: recording.closing.as_ref().map(|closing| closing.reason),
        truncated: recording.truncated,
        pilot_failures: pilot.by_kind,
        pilot_lost: pilot.lost,
        ..Analysis::default()
    }
}

/// What failed in a pilot after which nothing was measured; empty if something was.
fn failed_pilot(recording: &Recording, arms: &[ArmAnalysis]) -> Failures {
    if arms.iter().any(|arm| arm.trials() > 0) {
        return Failures::default();
    }
    Failures::in_trials(recording.trials.iter(), recording.plan.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::failure::FailureKind;
    use test_support::sample::{self, Sample};

    #[test]
    fn a_recording_cut_off_after_any_line_is_analysed() {
        let mut recording = Sample::three_strategies(3);
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
