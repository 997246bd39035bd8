//! Tests whether anything in a run makes its intervals wrong.
//!
//! Ratios are tested for drift and autocorrelation; times, less the level of their block, for an effect
//! of the place in the block, of the arm before, and of the process. All tests of a run together raise a
//! false alarm in at most 1 of 100 runs (Holm). A caveat states the size of the effect and changes no
//! interval: with few blocks or processes a corrected interval is worse than a plain one.
//!
//! Ten blocks show only large effects: no alarm does not prove independence. Fewer are not tested.

use evidence::Evidence;
use model::arm::ArmName;
use stats::holm;
use stats::quantity::{LogRatio, Probability};

use super::blocks::{BlockTrial, ENOUGH_BLOCKS, whole_blocks};
use super::caveat::Caveat;
use super::reason::Reason;
use super::suspicion::Suspicion;
use super::{autocorrelation, carry_over, drift, process_effect, slot_effect};
use crate::ratios::{self, RatioAnalysis};

/// The probability that all tests of a run together raise a false alarm.
const LEVEL: f64 = 0.01;

/// The five caveats on dependence.
pub(super) fn detect(evidence: &Evidence<'_>, ratios: &[RatioAnalysis]) -> Vec<Caveat> {
    let (caveats, alone): (Vec<Caveat>, Vec<Probability>) =
        suspicions(evidence, ratios).into_iter().unzip();
    caveats
        .into_iter()
        .zip(holm::adjust(&alone))
        .filter(|(_, probability)| probability.value() <= LEVEL)
        .map(|(caveat, _)| caveat)
        .collect()
}

type SuspectedCaveat = (Caveat, Probability);

fn suspicions(evidence: &Evidence<'_>, ratios: &[RatioAnalysis]) -> Vec<SuspectedCaveat> {
    let mut suspicions: Vec<SuspectedCaveat> =
        ratios.iter().flat_map(|ratio| in_ratio(evidence, ratio)).collect();
    let blocks = whole_blocks(evidence);
    if blocks.len() >= ENOUGH_BLOCKS {
        suspicions.extend(in_times(evidence, &blocks));
    }
    suspicions
}

fn in_ratio(evidence: &Evidence<'_>, ratio: &RatioAnalysis) -> Vec<SuspectedCaveat> {
    let pair = evidence.arm(&ratio.arm).zip(evidence.arm(&ratio.baseline));
    let log_ratios =
        pair.map_or_else(Vec::new, |(arm, baseline)| ratios::log_ratios(arm, baseline));
    let values: Vec<f64> = log_ratios.into_iter().map(LogRatio::ln).collect();
    if values.len() < ENOUGH_BLOCKS {
        return Vec::new();
    }
    let drift = drift::suspect(evidence.plan, ratio, &values).map(into_caveat);
    let autocorrelation = autocorrelation::suspect(ratio, &values).map(into_caveat);
    drift.into_iter().chain(autocorrelation).collect()
}

fn in_times(evidence: &Evidence<'_>, blocks: &[Vec<BlockTrial<'_>>]) -> Vec<SuspectedCaveat> {
    let measured: Vec<&ArmName> = evidence.measured().map(|arm| &arm.arm.name).collect();
    let arms = || measured.iter().copied();
    let slot_effect = slot_effect::suspect(&measured, blocks).map(into_caveat);
    let carry_over = arms().filter_map(|arm| carry_over::suspect(arm, blocks)).map(into_caveat);
    let process_effect =
        arms().filter_map(|arm| process_effect::suspect(arm, blocks)).map(into_caveat);
    slot_effect.into_iter().chain(carry_over).chain(process_effect).collect()
}

fn into_caveat<F: Into<Reason>>(suspicion: Suspicion<F>) -> SuspectedCaveat {
    (suspicion.detected.into(), suspicion.probability)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use model::recording::Recording;
    use test_support::noise::{self, ARMS, Noise, Turn};

    /// The codes of what is found, with the arms that it is found in.
    fn found(recording: &Recording) -> Vec<(&'static str, Vec<String>)> {
        let ratios = analyse(recording).ratios;
        let evidence = Evidence::of_recording(recording).expect("has a plan");
        detect(&evidence, &ratios)
            .iter()
            .map(|caveat| {
                (caveat.code().name(), caveat.arms().iter().map(|arm| arm.0.clone()).collect())
            })
            .collect()
    }

    fn named(code: &'static str, arms: &[usize]) -> (&'static str, Vec<String>) {
        (code, arms.iter().map(|&arm| ARMS[arm].to_owned()).collect())
    }

    fn quiet(turn: Turn<'_>) -> f64 {
        0.01 * turn.noise.normal()
    }

    #[test]
    fn seldom_raises_an_alarm_in_a_run_without_dependence() {
        let mut noise = Noise::new(1);
        let runs = 400;
        let alarms = (0..runs)
            .filter(|_| {
                !found(&noise::run(&mut noise, 24, 4, |turn| turn.noise.trial())).is_empty()
            })
            .count();
        // 1 in 100 makes 4 of 400, and three standard errors 6 more.
        assert!(alarms <= 10, "{alarms} of {runs}");
    }

    #[test]
    fn detects_drift_of_a_ratio_and_ignores_drift_of_the_environment() {
        let drifting = |turn: Turn<'_>| {
            let shared = 0.05 * f64::from(turn.block);
            let own = if turn.arm == 1 { 0.004 * f64::from(turn.block) } else { 0.0 };
            shared + own + quiet(turn)
        };
        let found = found(&noise::run(&mut Noise::new(2), 20, 20, drifting));
        assert!(found.contains(&named("drift", &[1, 0])), "{found:?}");
        assert!(found.iter().all(|(_, arms)| !arms.contains(&ARMS[2].to_owned())), "{found:?}");
    }

    #[test]
    fn detects_a_ratio_that_alternates() {
        let alternating = |turn: Turn<'_>| {
            let sign = if turn.arm == 1 && turn.block.is_multiple_of(2) { 0.05 } else { 0.0 };
            sign + quiet(turn)
        };
        let found = found(&noise::run(&mut Noise::new(3), 20, 20, alternating));
        assert_eq!(found, [named("autocorrelation", &[1, 0])]);
    }

    #[test]
    fn detects_an_effect_of_the_place_in_the_block() {
        let later_is_slower = |turn: Turn<'_>| 0.05 * turn.slot as f64 + quiet(turn);
        let found = found(&noise::run(&mut Noise::new(4), 20, 20, later_is_slower));
        assert!(found.contains(&named("slot_effect", &[0, 1, 2])), "{found:?}");
    }

    #[test]
    fn detects_an_effect_of_the_arm_before() {
        let carried = |turn: Turn<'_>| {
            let carried = if turn.arm == 2 && turn.before == Some(1) { 0.1 } else { 0.0 };
            carried + quiet(turn)
        };
        let found = found(&noise::run(&mut Noise::new(5), 30, 30, carried));
        assert!(found.contains(&named("carry_over", &[2])), "{found:?}");
    }

    #[test]
    fn detects_processes_that_differ_from_six_processes_on() {
        let by_process = |turn: Turn<'_>| {
            let process = f64::from(turn.block / 5 % 3);
            let own = if turn.arm == 1 { 0.05 * process } else { 0.0 };
            own + quiet(turn)
        };
        let codes = |blocks| -> Vec<&'static str> {
            let recording = noise::run(&mut Noise::new(6), blocks, 5, by_process);
            found(&recording).into_iter().map(|(code, _)| code).collect()
        };
        assert!(codes(30).contains(&"process_effect"));
        assert!(!codes(25).contains(&"process_effect"));
    }

    #[test]
    fn ignores_an_arm_that_never_succeeds_and_tests_no_run_of_few_blocks() {
        let later_is_slower = |turn: Turn<'_>| 0.05 * turn.slot as f64 + quiet(turn);
        let mut recording = noise::run(&mut Noise::new(7), 20, 20, later_is_slower);
        let plan = recording.plan.as_mut().expect("has a plan");
        let mut never = plan.arms[2].clone();
        never.name = ArmName("d/never@4".to_owned());
        plan.arms.push(never);
        assert!(found(&recording).iter().any(|(code, _)| *code == "slot_effect"));
        recording.trials.truncate(3 * 9);
        assert_eq!(found(&recording), []);
    }
}
