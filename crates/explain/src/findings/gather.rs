//! Makes the comparisons, applies every rule and sorts the findings.
//!
//! An arm has each cause once: what its gap to the fastest shows is not found again in the arm by
//! itself.

use std::cmp::Ordering;

use model::arm::BatchSize;
use model::facts::Facts;
use model::parallel;
use model::recording::ArmFacts;
use model::trial::Trial;

use super::charges::ChargesByBlock;
use super::client::ArmClient;
use super::code_line::add_lines;
use super::comparison::{Comparison, ExaminedArm, LinkRate};
use super::draft::DraftFinding;
use super::gain::measured_gains;
use super::observations::Observations;
use super::promise::{Prediction, Promise, PromisedGain, promised, reused_connections};
use super::proof::{Proof, ProofVerdict};
use super::rules::{RULES, Rule, nothing, unexplained};
use super::{Finding, FindingCode, FindingReference, Remedy};
use crate::arms::ArmAnalysis;
use crate::dose::DoseAnalysis;
use crate::failures::Failures;
use crate::kept_session::KeptSession;
use crate::margin::MARGIN;
use crate::measured::{self, MeasuredArm};
use crate::replays::Replays;
use evidence::account::Charge;
use evidence::{ArmEvidence, Evidence};
use replay::ArmReplay;
use stats::estimate::Estimate;

/// What findings are made of besides the evidence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FindingInput<'a> {
    pub(crate) arms: &'a [ArmAnalysis],
    pub(crate) doses: &'a [DoseAnalysis],
    pub(crate) facts: &'a [ArmFacts],
    pub(crate) replays: &'a Replays,
}

/// Finds the causes of every measured arm's time: first those that leave an arm without a time, then
/// those of the arms that are slower than the fastest of their size, then what the others could gain
/// too; of each, the largest first.
pub(crate) fn gather(evidence: &Evidence<'_>, input: FindingInput<'_>) -> Vec<Finding> {
    let measured = measured::measured(evidence, input.arms);
    let arms: Vec<ExaminedArm<'_>> =
        measured.iter().map(|arm| examine(evidence, arm, input)).collect();
    let sizes = evidence.batch_sizes();
    let mut found: Vec<RankedFinding> =
        sizes.into_iter().flat_map(|size| explain_size(evidence, &arms, size)).collect();
    found.sort_by(RankedFinding::order);
    let mut findings: Vec<Finding> = found.into_iter().map(|ranked| ranked.finding).collect();
    add_lines(&mut findings, evidence);
    findings
}

/// A finding, and what its rank depends on.
struct RankedFinding {
    finding: Finding,
    /// Whether its arm is slower than the fastest of its size.
    is_slower: bool,
}

impl RankedFinding {
    fn order(&self, other: &Self) -> Ordering {
        let has_time = |ranked: &Self| ranked.finding.size.is_some();
        let seconds = |ranked: &Self| ranked.finding.saves();
        let charged = |ranked: &Self| ranked.finding.charged.map_or(0.0, |size| size.seconds);
        has_time(self)
            .cmp(&has_time(other))
            .then(other.is_slower.cmp(&self.is_slower))
            .then_with(|| seconds(other).total_cmp(&seconds(self)))
            .then_with(|| charged(other).total_cmp(&charged(self)))
    }
}

fn examine<'a>(
    evidence: &'a Evidence<'a>,
    arm: &MeasuredArm<'a>,
    input: FindingInput<'a>,
) -> ExaminedArm<'a> {
    let name = &arm.planned().name;
    let trials: Vec<&Trial> = trials_to_look_at(evidence, arm.evidence);
    let facts = input.facts.iter().find(|facts| facts.arm == *name);
    let facts: Option<&Facts> = facts.map(|facts| &facts.facts);
    // The witness describes only the connections of the trial, and a session may keep one.
    let link = evidence.plan.target_of(arm.planned()).and_then(|target| target.link.as_ref());
    let allowed = link.map(|link| u64::from(link.streams.0.get()));
    let observed = Observations::new(&trials);
    let observed =
        Observations { streams_allowed: observed.streams_allowed.or(allowed), ..observed };
    ExaminedArm {
        analysis: arm.analysis,
        client: ArmClient::new(&arm.analysis.strategy, facts),
        charges: ChargesByBlock::new(arm.evidence),
        observed,
        tried: !trials.is_empty(),
        failures: Failures::in_trials(trials.iter().copied(), Some(evidence.plan)).by_kind,
        gains: measured_gains(evidence, arm.evidence),
        replay: input.replays.of_arm(name),
        rate: LinkRate::of(link),
        dose: input.doses.iter().find(|dose| dose.arm == *name),
    }
}

/// The counted trials of an arm; all of a pilot after which nothing was measured.
fn trials_to_look_at<'a>(evidence: &Evidence<'_>, arm: &ArmEvidence<'a>) -> Vec<&'a Trial> {
    if evidence.is_counted() { arm.counted().collect() } else { arm.trials.clone() }
}

/// The findings of one batch size.
fn explain_size<'a>(
    evidence: &Evidence<'_>,
    all: &'a [ExaminedArm<'a>],
    size: BatchSize,
) -> Vec<RankedFinding> {
    let arms: Vec<&ExaminedArm<'_>> =
        all.iter().filter(|arm| arm.analysis.batch_size == size).collect();
    let fastest = evidence.fastest(size);
    let is_fastest = |arm: &&ExaminedArm<'_>| {
        fastest.is_some_and(|fastest| fastest.arm.name == arm.analysis.arm)
    };
    let fastest = arms.iter().copied().find(is_fastest);
    let slower_than = |arm: &ExaminedArm<'_>| fastest.filter(|fastest| is_slower(arm, fastest));
    let all_alike = arms.iter().all(|arm| slower_than(arm).is_none());
    let explain = |arm: &&'a ExaminedArm<'a>| {
        let by_itself = Comparison { arm, versus: None, all_alike, all };
        explain_arm(by_itself, slower_than(arm))
    };
    let mut findings: Vec<RankedFinding> =
        parallel::map_large(&arms, explain).into_iter().flatten().collect();
    if let (true, Some(fastest)) = (findings.is_empty(), fastest) {
        let alone = Comparison { arm: fastest, versus: None, all_alike, all };
        let draft = nothing::find(fastest, &arms);
        let nothing = draft.map(|draft| finding(&alone, FindingCode::Nothing, draft));
        findings.extend(nothing.map(|finding| RankedFinding { finding, is_slower: false }));
    }
    findings
}

/// The findings of an arm: those of its gap to the fastest, where it is slower, and those that it has
/// by itself.
fn explain_arm<'a>(
    by_itself: Comparison<'a>,
    slower_than: Option<&'a ExaminedArm<'a>>,
) -> Vec<RankedFinding> {
    let is_slower = slower_than.is_some();
    let against = slower_than.map(|versus| Comparison { versus: Some(versus), ..by_itself });
    let mut findings = against.map_or_else(Vec::new, |comparison| explain_gap(&comparison));
    for (rule, draft) in apply_rules(&by_itself) {
        if findings.iter().all(|known| known.code != rule.code()) {
            let found = finding(&by_itself, rule.code(), draft);
            // What an arm has by itself is worth a word only if its removal gains something.
            findings
                .extend(Some(found).filter(|found| found.saves() > 0.0 || !found.gains_nothing()));
        }
    }
    // Where the faster arm opens its session or its connections again too, that is not why it is faster.
    let is_cold = |arm: &ExaminedArm<'_>| {
        arm.analysis.conditions.get("session").is_some_and(|session| session == "cold")
    };
    if !slower_than.is_some_and(is_cold) {
        promise_kept_session(&by_itself, &mut findings);
    }
    if reopens(by_itself.arm) && !slower_than.is_some_and(reopens) {
        promise_reused_connections(&by_itself, &mut findings);
    }
    findings.into_iter().map(|finding| RankedFinding { finding, is_slower }).collect()
}

/// One session for all batches removes all that opens connections, so the largest of these causes
/// promises what all of them together take.
fn promise_kept_session(comparison: &Comparison<'_>, findings: &mut [Finding]) {
    let Some(largest) = largest_unproven(findings, Finding::keeps_session) else { return };
    if let Some(KeptSession { saved, extrapolated }) = comparison.arm.analysis.kept_session {
        largest.promise = Promise::Gains(PromisedGain { saved, extrapolated, pool: None });
        largest.size = Some(saved);
    }
}

/// Whether an arm opens connections for requests although it has some.
fn reopens(arm: &ExaminedArm<'_>) -> bool {
    arm.replay.is_some_and(ArmReplay::reopens)
}

/// One session for all requests opens no connection again, so the largest of the causes that open them
/// promises what all of them together take.
fn promise_reused_connections(comparison: &Comparison<'_>, findings: &mut [Finding]) {
    let Some(largest) = largest_unproven(findings, Finding::opens_again) else { return };
    if let promise @ Promise::Gains(gain) = reused_connections(comparison) {
        largest.promise = promise;
        largest.size = Some(gain.saved);
        largest.remedy = Remedy::ReuseConnections;
    }
}

/// The finding to which most is charged, of those that no experiment tried.
fn largest_unproven(
    findings: &mut [Finding],
    is_wanted: impl Fn(&Finding) -> bool,
) -> Option<&mut Finding> {
    let charged = |finding: &&mut Finding| finding.charged.map_or(0.0, |charged| charged.seconds);
    let wanted = findings.iter_mut().filter(|it| is_wanted(it) && it.proof.is_none());
    wanted.max_by(|a, b| charged(a).total_cmp(&charged(b)))
}

/// What is found of an arm's gap to the fastest, and what remains of it.
fn explain_gap(comparison: &Comparison<'_>) -> Vec<Finding> {
    let found = apply_rules(comparison);
    let explained: Vec<Charge> =
        found.iter().flat_map(|(rule, _)| rule.charges()).copied().collect();
    let remaining = unexplained::find(comparison, &explained);
    let found = found.into_iter().map(|(rule, draft)| (rule.code(), draft));
    let found = found.chain(remaining.map(|draft| (FindingCode::Unexplained, draft)));
    found.map(|(code, draft)| finding(comparison, code, draft)).collect()
}

/// The rules that find something, with what they find. Of the rules of one cause the first counts.
fn apply_rules(comparison: &Comparison<'_>) -> Vec<(&'static Rule, DraftFinding)> {
    let mut found: Vec<(&Rule, DraftFinding)> = Vec::new();
    for rule in RULES.iter().copied().flatten() {
        let is_known = found.iter().any(|(known, _)| known.code() == rule.code());
        let is_claimed = |charge: &Charge| {
            found.iter().any(|(known, _)| known.claims() && known.charges().contains(charge))
        };
        let charges = rule.charges();
        let all_claimed = !charges.is_empty() && charges.iter().all(is_claimed);
        if !is_known && !all_claimed {
            found.extend(rule.find(comparison).map(|draft| (rule, draft)));
        }
    }
    found
}

/// Whether an arm is certainly slower than the fastest by more than the margin. A smaller difference
/// shows in the ratios; its cause is not worth a search.
fn is_slower(arm: &ExaminedArm<'_>, fastest: &ExaminedArm<'_>) -> bool {
    let gap = arm.charges.gap(&fastest.charges);
    let least = fastest.charges.batch().map_or(0.0, |batch| MARGIN * batch.seconds);
    gap.is_some_and(|gap| gap.low.is_some_and(|low| low > least))
}

fn finding(comparison: &Comparison<'_>, code: FindingCode, draft: DraftFinding) -> Finding {
    let arm = comparison.arm.analysis;
    let reference = |versus: &ExaminedArm<'_>| FindingReference {
        arm: versus.analysis.arm.clone(),
        label: versus.analysis.label.clone(),
    };
    let (draft, Prediction { alone: promise, together }) = promised(comparison, code, draft);
    let proof = Proof::find(comparison, code, &draft.remedy, promise);
    Finding {
        code,
        arm: arm.arm.clone(),
        label: arm.label.clone(),
        versus: comparison.versus.map(reference),
        strategy: arm.strategy.clone(),
        client: comparison.arm.client,
        conditions: arm.conditions.clone(),
        batch_size: arm.batch_size,
        size: size(&draft, promise, proof),
        charged: draft.charged,
        because: draft.because,
        promise,
        together,
        proof,
        remedy: draft.remedy,
        evidence: draft.evidence,
        lines: Vec::new(),
    }
}

/// The size of a finding: what removing its cause saved where that was measured, else what it promises,
/// else what is charged to it.
fn size(draft: &DraftFinding, promise: Promise, proof: Option<Proof>) -> Option<Estimate> {
    let charged = draft.size?;
    if draft.because {
        return Some(charged);
    }
    if let Some(proof) = proof.filter(|proof| proof.verdict == ProofVerdict::Refuted) {
        return Some(proof.measured);
    }
    Some(match promise {
        Promise::NotPredicted | Promise::Untested => charged,
        Promise::Gains(gain) => gain.saved,
        Promise::Nothing(_) => Estimate { seconds: 0.0, low: Some(0.0), high: Some(0.0) },
        Promise::Uncertain(saved) => {
            Estimate { seconds: saved.low.unwrap_or_default().max(0.0), ..saved }
        }
    })
}
