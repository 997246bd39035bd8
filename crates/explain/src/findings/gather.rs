//! Makes the cases, asks every rule, and puts what was found into order.
//!
//! No cause is told twice of an arm: what its gap to the quickest shows is not told again of the arm
//! by itself.

use model::arm::BatchSize;
use model::trial::Trial;

use super::case::{Case, Side};
use super::causes::{RULES, Rule, unexplained};
use super::draft::Draft;
use super::ledger::Ledger;
use super::seen::Seen;
use super::{Finding, FindingCode, gain};
use crate::arms::ArmAnalysis;
use crate::dose::DoseAnalysis;
use crate::estimate::Estimate;
use crate::failures::Failures;
use crate::figures::{percent, sized};
use crate::margin::MARGIN;
use crate::measured::{self, MeasuredArm};
use evidence::account::Charge;
use evidence::{ArmEvidence, Evidence};

/// Finds the causes of every measured arm's time: those without which there is no time at all
/// first, then the largest.
pub(crate) fn gather(
    evidence: &Evidence<'_>,
    arms: &[ArmAnalysis],
    doses: &[DoseAnalysis],
) -> Vec<Finding> {
    let measured = measured::measured(evidence, arms);
    let sides: Vec<Side<'_>> = measured.iter().map(|arm| side(evidence, arm, doses)).collect();
    let sizes = evidence.batch_sizes();
    let mut findings: Vec<Finding> =
        sizes.into_iter().flat_map(|size| at_size(evidence, &sides, size)).collect();
    let order = |finding: &Finding| finding.seconds.unwrap_or(f64::INFINITY);
    findings.sort_by(|one, other| order(other).total_cmp(&order(one)));
    findings
}

fn side<'a>(
    evidence: &'a Evidence<'a>,
    arm: &MeasuredArm<'a>,
    doses: &'a [DoseAnalysis],
) -> Side<'a> {
    let looked_at: Vec<&Trial> = looked_at(evidence, arm.evidence);
    Side {
        arm: arm.analysis,
        ledger: Ledger::new(arm.evidence),
        seen: Seen::of(&looked_at),
        tried: !looked_at.is_empty(),
        failures: Failures::in_trials(looked_at.iter().copied()).by_kind,
        gains: gain::of_arm(evidence, arm.evidence),
        dose: doses.iter().find(|dose| dose.arm == arm.planned().name),
    }
}

/// The counted trials of an arm; all of a pilot after which nothing was measured.
fn looked_at<'a>(evidence: &Evidence<'_>, arm: &ArmEvidence<'a>) -> Vec<&'a Trial> {
    if evidence.is_counted() { arm.counted().collect() } else { arm.trials.clone() }
}

/// The findings of one batch size.
fn at_size<'a>(evidence: &Evidence<'_>, all: &'a [Side<'a>], size: BatchSize) -> Vec<Finding> {
    let sides: Vec<&Side<'_>> = all.iter().filter(|side| side.arm.batch_size == size).collect();
    let fastest = evidence.fastest(size);
    let is_fastest =
        |side: &&Side<'_>| fastest.is_some_and(|fastest| fastest.arm.name == side.arm.arm);
    let quickest = sides.iter().copied().find(is_fastest);
    let mut findings: Vec<Finding> =
        sides.iter().flat_map(|side| of_arm(side, quickest, all)).collect();
    if findings.is_empty() {
        findings.extend(quickest.and_then(|quickest| nothing(quickest, &sides, all)));
    }
    findings
}

/// The findings of an arm: those of its gap to the quickest, and those that it has by itself.
fn of_arm<'a>(
    side: &'a Side<'a>,
    quickest: Option<&'a Side<'a>>,
    all: &'a [Side<'a>],
) -> Vec<Finding> {
    let slower_than = quickest.filter(|quickest| is_slower(side, quickest));
    let against = slower_than.map(|versus| Case { side, versus: Some(versus), all });
    let mut findings = against.map_or_else(Vec::new, |case| of_gap(&case));
    let by_itself = Case { side, versus: None, all };
    for draft in RULES.iter().filter_map(|rule| (rule.find)(&by_itself)) {
        if findings.iter().all(|known| known.code != draft.code) {
            findings.push(finding(&by_itself, draft));
        }
    }
    findings
}

/// What is found of an arm's gap to the quickest, and what of it is left over.
fn of_gap(case: &Case<'_>) -> Vec<Finding> {
    let fired: Vec<(&Rule, Draft)> =
        RULES.iter().filter_map(|rule| Some((rule, (rule.find)(case)?))).collect();
    let explained: Vec<Charge> = fired.iter().flat_map(|(rule, _)| rule.charges).copied().collect();
    let unexplained = unexplained::find(case, &explained);
    let found = fired.into_iter().map(|(_, draft)| draft).chain(unexplained);
    found.map(|draft| finding(case, draft)).collect()
}

/// Whether an arm is slower than the quickest, surely by more than the margin. What is surely slower,
/// but perhaps by less, is for the ratios to tell: its cause is not worth a search.
fn is_slower(side: &Side<'_>, quickest: &Side<'_>) -> bool {
    let gap = side.ledger.gap(&quickest.ledger);
    let least = quickest.ledger.batch().map_or(0.0, |batch| MARGIN * batch.seconds);
    gap.is_some_and(|gap| gap.low.is_some_and(|low| low > least))
}

/// That no difference at a batch size surely matters: the widest one, and how well it is known.
fn nothing<'a>(
    quickest: &'a Side<'a>,
    sides: &[&Side<'_>],
    all: &'a [Side<'a>],
) -> Option<Finding> {
    let gap = |side: &&Side<'_>| -> Option<Estimate> { side.ledger.gap(&quickest.ledger) };
    let others = sides.iter().filter(|side| side.arm.arm != quickest.arm.arm);
    let widest = others
        .filter_map(gap)
        .filter(|gap| gap.low.is_some())
        .max_by(|one, other| one.seconds.total_cmp(&other.seconds))?;
    let case = Case { side: quickest, versus: None, all };
    let draft = Draft {
        code: FindingCode::Nothing,
        size: Some(widest),
        because: false,
        sentence: format!(
            "no cause is surely worth {} of a batch at batch size {}.",
            percent(MARGIN),
            quickest.arm.batch_size
        ),
        remedy: String::new(),
        evidence: vec![format!("the widest difference to {}: {}", case.name(), sized(widest))],
    };
    Some(finding(&case, draft))
}

fn finding(case: &Case<'_>, draft: Draft) -> Finding {
    let arm = case.side.arm;
    Finding {
        code: draft.code,
        arm: arm.arm.clone(),
        versus: case.versus.map(|versus| versus.arm.arm.clone()),
        strategy: arm.strategy.clone(),
        batch_size: arm.batch_size,
        seconds: draft.size.map(|size| size.seconds),
        low: draft.size.and_then(|size| size.low),
        high: draft.size.and_then(|size| size.high),
        because: draft.because,
        sentence: draft.sentence,
        remedy: draft.remedy,
        evidence: draft.evidence,
    }
}
