//! Makes the cases, asks every rule, and puts what was found into order.
//!
//! No cause is told twice of an arm: what its gap to the quickest shows is not told again of the arm
//! by itself.

use model::arm::{BatchSize, Role};
use model::plan::Plan;
use model::trial::Trial;

use super::case::{Case, Side};
use super::causes::{RULES, Rule, unexplained};
use super::draft::Draft;
use super::ledger::Ledger;
use super::seen::Seen;
use super::{Code, Finding, gain};
use crate::arms::ArmAnalysis;
use crate::dose::DoseAnalysis;
use crate::estimate::Estimate;
use crate::failures::Mishaps;
use crate::figures::{percent, sized};
use crate::margin::MARGIN;
use evidence::account::Charge;
use evidence::setting::Setting;
use evidence::trials;

/// What findings are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) trials: &'a [Trial],
    pub(crate) arms: &'a [ArmAnalysis],
    pub(crate) doses: &'a [DoseAnalysis],
}

/// Finds the causes of every measured arm's time: those without which there is no time at all
/// first, then the largest.
pub(crate) fn gather(known: Known<'_>, sizes: &[BatchSize]) -> Vec<Finding> {
    let measured = known.arms.iter().filter(|arm| arm.role == Role::Measured);
    let sides: Vec<Side<'_>> = measured.map(|arm| side(known, arm)).collect();
    let mut findings: Vec<Finding> = sizes.iter().flat_map(|&size| at_size(&sides, size)).collect();
    let order = |finding: &Finding| finding.seconds.unwrap_or(f64::INFINITY);
    findings.sort_by(|one, other| order(other).total_cmp(&order(one)));
    findings
}

fn side<'a>(known: Known<'a>, arm: &'a ArmAnalysis) -> Side<'a> {
    let Known { plan, trials, .. } = known;
    let planned = plan.arms.iter().find(|planned| planned.name == arm.arm);
    let setting = planned.and_then(|planned| Setting::of(plan, planned));
    let looked_at = looked_at(trials, arm);
    let good = trials::successes(trials, &arm.arm);
    Side {
        arm,
        ledger: setting.map(|setting| Ledger::of(&setting, &good)).unwrap_or_default(),
        seen: Seen::of(&looked_at),
        tried: !looked_at.is_empty(),
        failures: Mishaps::of(looked_at.iter().copied()).failures,
        gains: gain::of_arm(plan, trials, &arm.arm),
        dose: known.doses.iter().find(|dose| dose.arm == arm.arm),
    }
}

/// The counted trials of an arm; all of a pilot after which nothing was measured.
fn looked_at<'a>(trials: &'a [Trial], arm: &'a ArmAnalysis) -> Vec<&'a Trial> {
    let counted: Vec<&Trial> = trials::counted(trials, &arm.arm).collect();
    if trials.iter().any(|trial| trial.place().is_some()) {
        return counted;
    }
    trials.iter().filter(|trial| trial.arm == arm.arm).collect()
}

/// The findings of one batch size.
fn at_size<'a>(all: &'a [Side<'a>], size: BatchSize) -> Vec<Finding> {
    let sides: Vec<&Side<'_>> = all.iter().filter(|side| side.arm.batch_size == size).collect();
    let quickest = quickest(&sides);
    let mut findings: Vec<Finding> =
        sides.iter().flat_map(|side| of_arm(side, quickest, all)).collect();
    if findings.is_empty() {
        findings.extend(quickest.and_then(|quickest| nothing(quickest, &sides, all)));
    }
    findings
}

fn quickest<'a>(sides: &[&'a Side<'a>]) -> Option<&'a Side<'a>> {
    let timed = sides.iter().filter_map(|&side| Some((side, side.ledger.batch()?.seconds)));
    let (quickest, _) = timed.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some(quickest)
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
        code: Code::Nothing,
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
