//! What lies with the run or with the machine that it was made on.

use model::plan::StopRule;
use model::recording::StopReason;

use super::CaveatInput;
use crate::arms::ArmAnalysis;
use crate::caveat::Caveat;
use crate::caveat::reason::{Reason, Stretch, Wanted};
use crate::dependence::ENOUGH_BLOCKS;

/// The share of the processors' time from which on they count as saturated: what is left is lost
/// between one batch and the next.
const SATURATED: f64 = 0.9;
/// The share of a stretch of time that the clock's step may be.
const FINE_ENOUGH: f64 = 0.01;
/// The share of a batch below which a phase is of no account.
const OF_ACCOUNT: f64 = 0.01;

/// A machine that was busy, and a clock that is too coarse.
pub(super) fn of_machine(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let busy = input.recording.closing.as_ref().and_then(|closing| closing.busy);
    let saturated = busy
        .filter(|&busy| busy >= SATURATED)
        .map(|busy| Caveat::new(input.names(), Reason::MachineSaturated { busy }));
    saturated.into_iter().chain(coarse_timer(input)).collect()
}

fn coarse_timer(input: &CaveatInput<'_>) -> Option<Caveat> {
    let resolution = input.recording.header.environment.clock_resolution?;
    let coarse: Vec<(&ArmAnalysis, Stretch)> = input
        .measured()
        .filter_map(|arm| Some((arm, shortest(arm)?)))
        .filter(|(_, stretch)| resolution.as_secs() > FINE_ENOUGH * stretch.seconds)
        .collect();
    let by_length = |one: &Stretch, other: &Stretch| one.seconds.total_cmp(&other.seconds);
    let shortest = coarse.iter().map(|(_, stretch)| *stretch).min_by(by_length)?;
    let arms = coarse.iter().map(|(arm, _)| arm.arm.clone()).collect();
    Some(Caveat::new(arms, Reason::CoarseTimer { resolution, shortest }))
}

/// The shortest phase of an arm that is of any account, or its whole batch.
fn shortest(arm: &ArmAnalysis) -> Option<Stretch> {
    let batch = arm.describe.median?;
    arm.path
        .iter()
        .filter_map(|(phase, &seconds)| Some(Stretch { phase: Some(phase), seconds: seconds? }))
        .filter(|phase| phase.seconds >= OF_ACCOUNT * batch)
        .chain([Stretch { phase: None, seconds: batch }])
        .min_by(|one, other| one.seconds.total_cmp(&other.seconds))
}

/// A run that was stopped by its budget, or has too few blocks.
pub(super) fn of_run(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let closing = input.recording.closing.as_ref();
    let out_of_time = closing.is_some_and(|closing| closing.reason == StopReason::Budget);
    let wanted = match input.evidence.plan.stop {
        StopRule::Blocks { blocks } => Wanted::Blocks(blocks),
        StopRule::Precision { half_width, .. } => Wanted::Precision(half_width),
    };
    let blocks = input.evidence.whole_blocks();
    let by_budget = out_of_time.then_some(Reason::StoppedByBudget { blocks, wanted });
    let measured = input.arms.iter().any(|arm| arm.trials() > 0);
    let few = (measured && blocks < ENOUGH_BLOCKS).then_some(Reason::FewBlocks { blocks });
    let reasons = by_budget.into_iter().chain(few);
    reasons.map(|reason| Caveat::new(input.names(), reason)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::tests::{caveats, codes, named};
    use evidence::sample::Sample;
    use model::phase::{PerPhase, Phase};
    use model::recording::Recording;
    use model::time::Span;

    #[test]
    fn nine_tenths_of_the_processors_time_is_saturation() {
        let codes = |busy| {
            let mut recording = Sample::three_ways(12);
            recording.closing.as_mut().expect("it came to its end").busy = busy;
            codes(&recording)
        };
        assert_eq!(codes(Some(0.89)), [""; 0]);
        assert_eq!(codes(Some(0.9)), ["machine_saturated"]);
        assert_eq!(codes(None), [""; 0]);
    }

    #[test]
    fn a_clock_s_step_may_be_one_percent_of_the_shortest_batch() {
        let with_step = |nanos| {
            let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4)]);
            for _ in 0..12 {
                sample.block(&[("a/x@4", 100), ("b/y@4", 50)]);
            }
            let mut recording = sample.end(StopReason::Blocks);
            recording.header.environment.clock_resolution = Some(Span::from_nanos(nanos));
            recording
        };
        assert_eq!(codes(&with_step(500_000)), [""; 0]);
        let found = caveats(&with_step(550_000));
        let caveat = named(&found, "coarse_timer");
        // Only the batch of 50 ms is too short for it.
        assert_eq!(caveat.arms().len(), 1);
        assert!(caveat.sentence().contains("a batch, which takes 50.00 ms"));
    }

    #[test]
    fn a_phase_of_account_can_be_too_short_for_the_clock() {
        let of_phase = |wait: f64| {
            let recording = Sample::three_ways(12);
            let mut analysis = crate::analyse(&recording);
            analysis.arms[0].path = {
                let mut path = PerPhase::default();
                path[Phase::Wait] = Some(wait);
                path
            };
            shortest(&analysis.arms[0]).map(|stretch| stretch.phase)
        };
        assert_eq!(of_phase(0.001_1), Some(Some(Phase::Wait)));
        assert_eq!(of_phase(0.000_9), Some(None));
    }

    #[test]
    fn nine_blocks_are_few_and_ten_are_not() {
        assert_eq!(codes(&Sample::three_ways(9)), ["few_blocks"]);
        assert_eq!(codes(&Sample::three_ways(10)), [""; 0]);
        let found = caveats(&Sample::three_ways(1));
        assert!(named(&found, "few_blocks").sentence().starts_with("There is only 1 block:"));
    }

    #[test]
    fn a_budget_that_ended_the_run_is_told_with_what_was_wanted() {
        let stopped = |reason, stop| -> Recording {
            let mut recording = Sample::three_ways(12);
            recording.closing.as_mut().expect("is closed").reason = reason;
            recording.plan.as_mut().expect("has a plan").stop = stop;
            recording
        };
        let sentence = |stop| {
            let found = caveats(&stopped(StopReason::Budget, stop));
            named(&found, "stopped_by_budget").sentence()
        };
        assert!(sentence(StopRule::DEFAULT).contains("every ratio was known to within 2 %"));
        assert!(sentence(StopRule::Blocks { blocks: 30 }).contains("before the 30 blocks"));
        assert_eq!(codes(&stopped(StopReason::Precision, StopRule::DEFAULT)), [""; 0]);
    }
}
