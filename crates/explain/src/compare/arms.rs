//! The arms of two recordings, aligned by their labels, and the ratios of their times.

use model::arm::ArmName;
use stats::independent::IndependentRatio;
use stats::quantity::{Confidence, HalfWidth, Seconds};
use stats::verdict::{DecisionRule, Verdict};

use super::{Analysed, ArmComparison, RecordedArm};
use crate::analysis::Analysis;
use crate::arms::ArmAnalysis;
use crate::caveats::CaveatCode;
use crate::margin::MARGIN;

/// All arms changed alike if their ratios differ by less than this share of their distance from 1.
const ALIKE: f64 = 0.5;

/// An arm of both recordings.
#[derive(Clone, Copy, Debug)]
pub(super) struct SharedArm<'a> {
    pub(super) old: &'a ArmAnalysis,
    pub(super) new: &'a ArmAnalysis,
}

/// The measured arms of two recordings.
#[derive(Debug)]
pub(super) struct AlignedArms<'a> {
    pub(super) both: Vec<SharedArm<'a>>,
    pub(super) only_old: Vec<ArmName>,
    pub(super) only_new: Vec<ArmName>,
}

/// Aligns the measured arms by label and batch size.
pub(super) fn align<'a>(old: Analysed<'a>, new: Analysed<'a>) -> AlignedArms<'a> {
    let same = |one: &ArmAnalysis, other: &ArmAnalysis| {
        one.label == other.label && one.batch_size == other.batch_size
    };
    let both: Vec<SharedArm<'_>> = new
        .analysis
        .measured_arms()
        .filter_map(|arm| {
            let old = old.analysis.measured_arms().find(|old| same(old, arm))?;
            Some(SharedArm { old, new: arm })
        })
        .collect();
    let only = |analysis: &Analysis, in_both: &dyn Fn(&ArmAnalysis) -> bool| {
        analysis.measured_arms().filter(|arm| !in_both(arm)).map(|arm| arm.arm.clone()).collect()
    };
    let only_old = only(old.analysis, &|arm| both.iter().any(|shared| same(shared.old, arm)));
    let only_new = only(new.analysis, &|arm| both.iter().any(|shared| same(shared.new, arm)));
    AlignedArms { both, only_old, only_new }
}

/// Compares each arm of both recordings.
pub(super) fn compare(
    old: Analysed<'_>,
    new: Analysed<'_>,
    both: &[SharedArm<'_>],
) -> Vec<ArmComparison> {
    let ratios: Vec<Option<IndependentRatio>> = both
        .iter()
        .map(|shared| {
            IndependentRatio::new(&times(old, &shared.old.arm), &times(new, &shared.new.arm))
        })
        .collect();
    let rule = DecisionRule {
        confidence: Confidence::NINETY_FIVE,
        family: ratios.iter().flatten().count(),
        margin: HalfWidth::from_share(MARGIN).expect("the margin is not negative"),
    };
    both.iter()
        .zip(ratios)
        .map(|(shared, ratio)| {
            let is_vetoed = controls_failed(old.analysis, &shared.old.arm)
                || controls_failed(new.analysis, &shared.new.arm);
            compared(shared, ratio, &rule, is_vetoed)
        })
        .collect()
}

/// The batch times of an arm's counted trials that succeeded, in the order in which they ran.
fn times(of: Analysed<'_>, arm: &ArmName) -> Vec<Seconds> {
    let counted = of.recording.trials.iter().filter(|trial| trial.arm == *arm);
    let counted = counted.filter(|trial| trial.place().is_some());
    counted.filter_map(|trial| Seconds::new(trial.batch_time()?.as_secs())).collect()
}

/// Whether the controls of a recording failed at the arm's batch size. Caveats that compare the arms of one
/// recording are no reason: here each arm is compared with itself.
pub(crate) fn controls_failed(analysis: &Analysis, arm: &ArmName) -> bool {
    let failed = |code| matches!(code, CaveatCode::AaMissed | CaveatCode::KnownDelayMissed);
    analysis.caveats.iter().any(|caveat| failed(caveat.code()) && caveat.arms().contains(arm))
}

fn compared(
    shared: &SharedArm<'_>,
    ratio: Option<IndependentRatio>,
    rule: &DecisionRule,
    is_vetoed: bool,
) -> ArmComparison {
    let interval = ratio.and_then(|ratio| ratio.interval(rule.confidence));
    let sure = ratio.and_then(|ratio| ratio.interval(rule.confidence.shared_by(rule.family)));
    let verdict = match &sure {
        _ if is_vetoed => Verdict::Vetoed,
        Some(sure) => rule.verdict(sure),
        None => Verdict::Inconclusive,
    };
    ArmComparison {
        arm: shared.new.arm.clone(),
        label: shared.new.label.clone(),
        batch_size: shared.new.batch_size,
        old: recorded(shared.old),
        new: recorded(shared.new),
        ratio: ratio.map(|ratio| ratio.mean().ratio().value()),
        low: interval.map(|interval| interval.low.ratio().value()),
        high: interval.map(|interval| interval.high.ratio().value()),
        sure_low: sure.filter(|_| !is_vetoed).map(|sure| sure.low.ratio().value()),
        verdict,
    }
}

const fn recorded(arm: &ArmAnalysis) -> RecordedArm {
    RecordedArm { trials: arm.describe.count, failed: arm.failed, seconds: arm.mean() }
}

/// Whether several arms all became slower, or all faster, by about the same factor.
pub(super) fn changed_alike(arms: &[ArmComparison]) -> bool {
    let changed: Vec<f64> = arms.iter().filter_map(|arm| Some(arm.ratio?.ln())).collect();
    let is_certain = |arm: &ArmComparison| matches!(arm.verdict, Verdict::Slower | Verdict::Faster);
    let (Some(least), Some(most)) =
        (changed.iter().copied().reduce(f64::min), changed.iter().copied().reduce(f64::max))
    else {
        return false;
    };
    let same_side = least.signum() == most.signum();
    let nearest = least.abs().min(most.abs());
    changed.len() > 1
        && same_side
        && arms.iter().filter(|arm| arm.ratio.is_some()).all(is_certain)
        && most - least <= ALIKE * nearest
}
