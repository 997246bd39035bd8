//! Changes that a driver imposed on the user's code: whether each took effect, and what it saved.
//!
//! A change counts only if it took effect in every counted trial that succeeded.

use model::arm::ArmName;
use model::experiment::{Experiment, Factor, FactorKind, PredictedGain};
use model::trial::{Outcome, Run, Trial};
use schemars::JsonSchema;
use serde::Serialize;

use evidence::{ArmEvidence, Evidence, PairedTrials};
use stats::estimate::Estimate;

model::closed_list! {
    /// What trying a change showed.
    pub enum TriedVerdict {
        /// It saved time beyond noise.
        Saves = "saves",
        /// It cost time beyond noise.
        Costs = "costs",
        /// It changed nothing beyond noise.
        Nothing = "nothing",
        /// There is only one block.
        Unsure = "unsure",
        /// It could not be imposed: it had no effect in at least one trial.
        NotImposed = "not_imposed",
        /// No batch with it succeeded.
        Failed = "failed",
    }
}

/// A change that was imposed on the user's code.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TriedChange {
    /// The cause that it removes.
    pub factor: FactorKind,
    /// The setting, such as `context=shared`.
    pub setting: String,
    /// What trying it showed.
    pub verdict: TriedVerdict,
    /// By how much the batch became shorter, over the blocks in which both succeeded; null if it could
    /// not be imposed.
    pub saved: Option<Estimate>,
    /// The mean time of the unchanged batch in these blocks, in seconds; null where `saved` is.
    pub batch_seconds: Option<f64>,
    /// How many counted trials with the change succeeded.
    pub trials: usize,
    /// In how many of them it had no effect.
    pub trials_without_effect: usize,
}

/// In how many successful trials an imposed change had no effect.
struct Imposed {
    trials: usize,
    without_effect: usize,
}

/// The changes of an experiment that were imposed, in the order of its factors. Nothing where the
/// unchanged code has no time to compare with.
pub(crate) fn tried(experiment: &Experiment, evidence: &Evidence<'_>) -> Vec<TriedChange> {
    let arm = evidence.arm(&experiment.arm).filter(|arm| arm.mean().is_some());
    let Some(arm) = arm else { return Vec::new() };
    let change = |factor: &Factor| {
        let changed = evidence.arm(arm_with_only(experiment, factor.kind)?)?;
        Some(tried_change(factor, &Imposed::of(factor, changed)?, arm, changed))
    };
    experiment.factors.iter().filter_map(change).collect()
}

/// Whether an arm proves what a factor saves: a change that was imposed must have taken effect.
pub(crate) fn is_proof(factor: &Factor, changed: &ArmEvidence<'_>) -> bool {
    Imposed::of(factor, changed).is_none_or(|imposed| imposed.without_effect == 0)
}

/// What the replay of the arm's pilot predicted before the first block that removing a cause alone saves.
pub(crate) fn predicted_before(factor: &Factor) -> Option<Estimate> {
    let PredictedGain { seconds, low, high, .. } = factor.predicted()?;
    Some(Estimate { seconds, low, high })
}

/// The arm from which nothing but one cause is removed.
pub(crate) fn arm_with_only(experiment: &Experiment, kind: FactorKind) -> Option<&ArmName> {
    experiment.cell(&[kind].into()).map(|cell| &cell.arm)
}

impl Imposed {
    /// Nothing if the client obeys the setting by itself.
    fn of(factor: &Factor, changed: &ArmEvidence<'_>) -> Option<Self> {
        let (condition, _) = factor.setting.split_once('=')?;
        let effects = |run: &Run| run.imposed.get(condition).copied();
        changed.counted().filter_map(run).find_map(effects)?;
        let in_successes: Vec<u64> = changed.runs().filter_map(effects).collect();
        let without_effect = in_successes.iter().filter(|&&effects| effects == 0).count();
        Some(Self { trials: in_successes.len(), without_effect })
    }
}

fn run(trial: &Trial) -> Option<&Run> {
    match &trial.outcome {
        Outcome::Ran(run) => Some(run),
        Outcome::Lost(_) => None,
    }
}

fn tried_change(
    factor: &Factor,
    imposed: &Imposed,
    arm: &ArmEvidence<'_>,
    changed: &ArmEvidence<'_>,
) -> TriedChange {
    let pairs = if imposed.without_effect == 0 { arm.pairs(changed) } else { Vec::new() };
    let seconds: Vec<f64> = pairs.iter().map(PairedTrials::seconds).collect();
    let saved = Estimate::from_blocks(&seconds);
    let batches: f64 = pairs.iter().map(|pair| pair.arm.batch_time().as_secs()).sum();
    TriedChange {
        factor: factor.kind,
        setting: factor.setting.clone(),
        verdict: verdict(imposed, saved.as_ref()),
        saved,
        batch_seconds: saved.map(|_| batches / pairs.len() as f64),
        trials: imposed.trials,
        trials_without_effect: imposed.without_effect,
    }
}

fn verdict(imposed: &Imposed, saved: Option<&Estimate>) -> TriedVerdict {
    match saved {
        _ if imposed.without_effect > 0 => TriedVerdict::NotImposed,
        None => TriedVerdict::Failed,
        Some(saved) if saved.low.is_none() => TriedVerdict::Unsure,
        Some(saved) if !saved.is_beyond_noise() => TriedVerdict::Nothing,
        Some(saved) if saved.seconds > 0.0 => TriedVerdict::Saves,
        Some(_) => TriedVerdict::Costs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::Recording;
    use model::time::Span;
    use test_support::sample::experiment::{Asked, experiment};

    const SHARED: (FactorKind, &str, &str) =
        (FactorKind::SharedContext, "context=shared", "context=default");
    const SKIPPED: (FactorKind, &str, &str) =
        (FactorKind::SleepsSkipped, "sleeps=skipped", "sleeps=native");

    /// Batches of 100 ms of which a shared context saves 40 and skipped sleeps cost 5, with a little
    /// noise.
    fn recording(blocks: u32) -> Recording {
        let millis = |asked: &Asked<'_>| {
            let saved = if asked.has(FactorKind::SharedContext) { 40 } else { 0 };
            let cost = if asked.has(FactorKind::SleepsSkipped) { 5 } else { 0 };
            100 - saved + cost
        };
        let mut turn = 0;
        experiment(&[SHARED, SKIPPED], blocks, |asked| {
            turn = (turn * 5 + 3) % 17;
            Span::from_nanos(millis(&asked) * 1_000_000 + turn * 10_000)
        })
    }

    /// Has the driver report these effects of a condition in the arm with only that change.
    fn report(recording: &mut Recording, setting: &str, effects: &[u64]) {
        let condition = setting.split('=').next().expect("a name").to_owned();
        let of_arm = |trial: &&mut Trial| trial.arm.0 == format!("a/x@4#{setting}");
        for (trial, &effect) in recording.trials.iter_mut().filter(of_arm).zip(effects) {
            let Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
            run.imposed.insert(condition.clone(), effect);
        }
    }

    fn tried_in(recording: &Recording) -> Vec<TriedChange> {
        let evidence = Evidence::of_recording(recording).expect("has a plan");
        tried(&evidence.plan.experiments[0], &evidence)
    }

    #[test]
    fn changes_that_a_client_obeys_by_itself_are_not_imposed() {
        assert_eq!(tried_in(&recording(3)), []);
    }

    #[test]
    fn an_imposed_change_that_took_effect_is_judged_by_what_it_saves() {
        let mut recording = recording(3);
        report(&mut recording, "context=shared", &[7, 7, 7]);
        report(&mut recording, "sleeps=skipped", &[1, 2, 1]);
        let [shared, skipped] = &tried_in(&recording)[..] else { panic!("there are two") };
        assert_eq!((shared.verdict, skipped.verdict), (TriedVerdict::Saves, TriedVerdict::Costs));
        assert_eq!((shared.trials, shared.trials_without_effect), (3, 0));
        let near = |found: Option<f64>, millis: f64| {
            found.is_some_and(|seconds| (1000.0 * seconds - millis).abs() < 1.0)
        };
        assert!(near(shared.saved.map(|saved| saved.seconds), 40.0), "{shared:?}");
        assert!(near(shared.batch_seconds, 100.0), "{shared:?}");
    }

    #[test]
    fn one_trial_without_effect_makes_an_arm_no_proof() {
        let mut recording = recording(3);
        report(&mut recording, "context=shared", &[7, 0, 7]);
        let [shared] = &tried_in(&recording)[..] else { panic!("there is one") };
        assert_eq!((shared.verdict, shared.saved), (TriedVerdict::NotImposed, None));
        assert_eq!((shared.trials, shared.trials_without_effect), (3, 1));
    }

    #[test]
    fn one_block_is_unsure_and_no_success_is_a_failure() {
        let mut one = recording(1);
        report(&mut one, "context=shared", &[7]);
        assert_eq!(tried_in(&one)[0].verdict, TriedVerdict::Unsure);
        let shared = |trial: &&mut Trial| trial.arm.0 == "a/x@4#context=shared";
        for trial in one.trials.iter_mut().filter(shared) {
            let Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
            let failure = test_support::sample::failure(model::failure::FailureKind::Status, "401");
            run.columns.error = Some(vec![Some(failure); 4]);
        }
        let [failed] = &tried_in(&one)[..] else { panic!("there is one") };
        assert_eq!((failed.verdict, failed.trials), (TriedVerdict::Failed, 0));
        one.trials.retain(|trial| trial.arm.0 != "a/x@4");
        assert_eq!(tried_in(&one), []);
    }
}
