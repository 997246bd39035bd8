//! Dependence: is there anything in a run that makes its intervals wrong?
//!
//! Ratios are looked at for drift and for memory; times, less their block's level, for an effect of
//! their place in the block, of the arm that ran before, and of the process that ran them. All looks
//! of a run together raise a false alarm in at most 1 of 100 runs (Holm). What is found becomes a
//! caveat with its size and never changes an interval: with few blocks or processes a corrected
//! interval is worse than a plain one.
//!
//! With ten blocks only a large effect is found: that none was found does not show that there is
//! none. With fewer, nothing is looked for.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::ArmName;
use model::trial::{Place, Trial};
use stats::autocorrelation::Autocorrelation;
use stats::describe::describe;
use stats::drift::Drift;
use stats::groups::Groups;
use stats::holm;
use stats::quantity::{LogRatio, Probability};
use stats::slot::{self, Slotted};

use crate::caveat::Caveat;
use crate::caveat::reason::Reason;
use crate::ratios::{self, RatioAnalysis};
use evidence::{ArmEvidence, Evidence, Examined};

/// How seldom all looks together may find what is not there.
const LEVEL: f64 = 0.01;
/// With fewer blocks nothing is looked for: little could be found, and the probabilities are not
/// those of so few values.
pub(crate) const ENOUGH_BLOCKS: usize = 10;
/// With fewer processes of an arm, their differences say nothing.
const ENOUGH_PROCESSES: usize = 6;

/// What was found, and how likely that is where there is nothing.
struct Suspicion {
    caveat: Caveat,
    probability: Probability,
}

/// Looks for everything that would make an interval wrong.
pub(crate) fn look(evidence: &Evidence<'_>, ratios: &[RatioAnalysis]) -> Vec<Caveat> {
    let mut blocks = whole_blocks(evidence);
    if blocks.len() < ENOUGH_BLOCKS {
        blocks.clear();
    }
    let measured: Vec<&ArmName> = evidence.measured().map(|arm| &arm.arm.name).collect();
    let mut suspicions: Vec<Suspicion> =
        ratios.iter().flat_map(|ratio| of_ratio(evidence, ratio)).collect();
    suspicions.extend(slot_effect(&measured, &blocks));
    suspicions.extend(measured.iter().filter_map(|arm| carry_over(arm, &blocks)));
    suspicions.extend(measured.iter().filter_map(|arm| process_effect(arm, &blocks)));
    let alone: Vec<Probability> = suspicions.iter().map(|one| one.probability).collect();
    let together = holm::adjust(&alone);
    suspicions
        .into_iter()
        .zip(together)
        .filter(|(_, probability)| probability.value() <= LEVEL)
        .map(|(suspicion, _)| suspicion.caveat)
        .collect()
}

fn of_ratio(evidence: &Evidence<'_>, ratio: &RatioAnalysis) -> Vec<Suspicion> {
    let (arm, baseline) = (&ratio.arm, &ratio.baseline);
    let pair = evidence.arm(arm).zip(evidence.arm(baseline));
    let log_ratios =
        pair.map_or_else(Vec::new, |(arm, baseline)| ratios::log_ratios(arm, baseline));
    let values: Vec<f64> = log_ratios.into_iter().map(LogRatio::ln).collect();
    if values.len() < ENOUGH_BLOCKS {
        return Vec::new();
    }
    let suspicion = |probability, reason| Suspicion {
        caveat: Caveat::new(vec![arm.clone(), baseline.clone()], reason),
        probability,
    };
    let drift = Drift::new(&values).map(|found| {
        let (arm, baseline) = (arm.clone(), baseline.clone());
        suspicion(found.probability, Reason::Drift { arm, baseline, change: found.change })
    });
    let memory = Autocorrelation::new(&values).map(|found| {
        let (arm, baseline, correlation) = (arm.clone(), baseline.clone(), found.correlation);
        suspicion(found.probability, Reason::Autocorrelation { arm, baseline, correlation })
    });
    drift.into_iter().chain(memory).collect()
}

/// A trial of a block in which every arm succeeded.
struct Laid<'a> {
    trial: &'a Trial,
    place: &'a Place,
    log_time: f64,
    /// The logarithmic time less the mean of its block.
    residual: f64,
}

/// The blocks in which every arm succeeded that ever did, each with its trials in the order of the
/// plan: only over the same arms is a block's mean the same thing from block to block.
fn whole_blocks<'a>(evidence: &Evidence<'a>) -> Vec<Vec<Laid<'a>>> {
    let by_block = |arm: &ArmEvidence<'a>| -> BTreeMap<u32, Laid<'a>> {
        arm.by_block()
            .filter_map(|(block, success)| {
                let (trial, log_time) = (success.trial, log_time(success)?);
                Some((block, Laid { trial, place: trial.place()?, log_time, residual: 0.0 }))
            })
            .collect()
    };
    let mut arms: Vec<BTreeMap<u32, Laid<'a>>> =
        evidence.arms.iter().map(by_block).filter(|arm| !arm.is_empty()).collect();
    let numbers: BTreeSet<u32> = arms.iter().flat_map(|arm| arm.keys().copied()).collect();
    numbers
        .into_iter()
        .filter_map(|number| {
            let block: Option<Vec<Laid<'a>>> =
                arms.iter_mut().map(|arm| arm.remove(&number)).collect();
            block.map(without_level)
        })
        .collect()
}

fn log_time(success: &Examined<'_>) -> Option<f64> {
    let seconds = success.batch_time().as_secs();
    (seconds > 0.0).then(|| seconds.ln())
}

fn without_level(mut block: Vec<Laid<'_>>) -> Vec<Laid<'_>> {
    let times: Vec<f64> = block.iter().map(|laid| laid.log_time).collect();
    let level = describe(&times).mean.unwrap_or(0.0);
    for laid in &mut block {
        laid.residual = laid.log_time - level;
    }
    block
}

fn slot_effect(arms: &[&ArmName], blocks: &[Vec<Laid<'_>>]) -> Option<Suspicion> {
    let slotted =
        |laid: &Laid<'_>| Slotted { slot: laid.place.slot as usize, log_time: laid.log_time };
    let slotted: Vec<Vec<Slotted>> =
        blocks.iter().map(|block| block.iter().map(slotted).collect()).collect();
    let effect = slot::effect(&slotted)?;
    let arms = arms.iter().map(|&arm| arm.clone()).collect();
    let reason = Reason::SlotEffect { per_place: effect.mean };
    Some(Suspicion { caveat: Caveat::new(arms, reason), probability: effect.probability()? })
}

/// The residuals of `arm`, grouped.
fn grouped<K: Ord>(
    arm: &ArmName,
    blocks: &[Vec<Laid<'_>>],
    key: impl Fn(&Laid<'_>) -> K,
) -> Vec<Vec<f64>> {
    let mut groups: BTreeMap<K, Vec<f64>> = BTreeMap::new();
    for laid in blocks.iter().flatten().filter(|laid| laid.trial.arm == *arm) {
        groups.entry(key(laid)).or_default().push(laid.residual);
    }
    groups.into_values().collect()
}

fn carry_over(arm: &ArmName, blocks: &[Vec<Laid<'_>>]) -> Option<Suspicion> {
    let found = Groups::new(&grouped(arm, blocks, |laid| laid.place.predecessor.clone()))?;
    let Groups { probability, between, within } = found;
    let reason = Reason::CarryOver { arm: arm.clone(), between, within };
    Some(Suspicion { caveat: Caveat::new(vec![arm.clone()], reason), probability })
}

fn process_effect(arm: &ArmName, blocks: &[Vec<Laid<'_>>]) -> Option<Suspicion> {
    let groups = grouped(arm, blocks, |laid| laid.trial.process);
    let processes = groups.len();
    let Groups { probability, between, within } =
        Groups::new(&groups).filter(|_| processes >= ENOUGH_PROCESSES)?;
    let reason = Reason::ProcessEffect { arm: arm.clone(), processes, between, within };
    Some(Suspicion { caveat: Caveat::new(vec![arm.clone()], reason), probability })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use evidence::noise::{self, ARMS, Noise, Turn};
    use model::recording::Recording;

    /// The codes of what is found, with the arms that it is found in.
    fn found(recording: &Recording) -> Vec<(&'static str, Vec<String>)> {
        let ratios = analyse(recording).ratios;
        let evidence = Evidence::of_recording(recording).expect("has a plan");
        look(&evidence, &ratios)
            .iter()
            .map(|caveat| (caveat.code(), caveat.arms().iter().map(|arm| arm.0.clone()).collect()))
            .collect()
    }

    fn named(code: &'static str, arms: &[usize]) -> (&'static str, Vec<String>) {
        (code, arms.iter().map(|&arm| ARMS[arm].to_owned()).collect())
    }

    fn quiet(turn: Turn<'_>) -> f64 {
        0.01 * turn.noise.normal()
    }

    #[test]
    fn a_run_without_dependence_seldom_raises_an_alarm() {
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
    fn a_ratio_that_drifts_is_found_and_an_environment_that_does_is_not() {
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
    fn a_ratio_that_alternates_is_found() {
        let alternating = |turn: Turn<'_>| {
            let sign = if turn.arm == 1 && turn.block.is_multiple_of(2) { 0.05 } else { 0.0 };
            sign + quiet(turn)
        };
        let found = found(&noise::run(&mut Noise::new(3), 20, 20, alternating));
        assert_eq!(found, [named("autocorrelation", &[1, 0])]);
    }

    #[test]
    fn an_effect_of_the_place_is_found() {
        let later_is_slower = |turn: Turn<'_>| 0.05 * turn.slot as f64 + quiet(turn);
        let found = found(&noise::run(&mut Noise::new(4), 20, 20, later_is_slower));
        assert!(found.contains(&named("slot_effect", &[0, 1, 2])), "{found:?}");
    }

    #[test]
    fn an_effect_of_the_arm_before_is_found() {
        let carried = |turn: Turn<'_>| {
            let carried = if turn.arm == 2 && turn.before == Some(1) { 0.1 } else { 0.0 };
            carried + quiet(turn)
        };
        let found = found(&noise::run(&mut Noise::new(5), 30, 30, carried));
        assert!(found.contains(&named("carry_over", &[2])), "{found:?}");
    }

    #[test]
    fn processes_that_differ_are_found_from_six_on() {
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
    fn an_arm_that_never_succeeds_hides_nothing_and_few_blocks_say_nothing() {
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
