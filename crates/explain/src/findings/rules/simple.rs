//! The causes that are a waste in any arm, each a row: its charge, its evidence, and what shows that
//! an arm has no time at all because of it.

use model::experiment::FactorKind;
use model::failure::FailureKind;
use model::socket::ThreadWait;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::gain::MeasuredGain;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;
use stats::estimate::Estimate;

/// A cause that a row describes.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct SimpleCause {
    pub(super) code: FindingCode,
    /// What is charged to it.
    pub(super) charges: &'static [Charge],
    /// Whether an arm has no time because of it; asked only of arms without a time.
    leaves_no_time: fn(&Comparison<'_>) -> bool,
    /// What removes it, where an experiment can.
    removed_by: Option<FactorKind>,
    /// What shows it besides its size.
    evidence: &'static [fn(&Comparison<'_>) -> Option<FindingEvidence>],
}

pub(super) const RULES: [Rule; 15] = [
    Rule::Simple(SimpleCause {
        code: FindingCode::BlockingCall,
        charges: &[Charge::BlockingCall],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::ClosedByServer,
        charges: &[Charge::ClosedByServer],
        leaves_no_time: was_cut_off,
        removed_by: None,
        evidence: &[closed_by_server, connections_opened],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::DeadAddress,
        charges: &[Charge::DeadAddress],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[connections_opened],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::Dns,
        charges: &[Charge::Lookup],
        leaves_no_time: never,
        removed_by: Some(FactorKind::Lookups),
        evidence: &[lookups, connections_opened],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::ExpectContinue,
        charges: &[Charge::Continue],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::FlowControlWindow,
        charges: &[Charge::Window],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::LoopBlocked,
        charges: &[Charge::LoopBlocked],
        leaves_no_time: never,
        removed_by: Some(FactorKind::SleepsSkipped),
        evidence: &[slept],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::PoolsTooFew,
        charges: &[Charge::Pools],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[connections_opened],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::Redirects,
        charges: &[Charge::Redirect],
        leaves_no_time: |comparison| is_positive(comparison.arm.observed.redirected),
        removed_by: None,
        evidence: &[redirected],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::RequestsPerItem,
        charges: &[Charge::ExtraRequest],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[requests_per_item],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::Sleeping,
        charges: &[Charge::Sleep],
        leaves_no_time: never,
        removed_by: Some(FactorKind::SleepsSkipped),
        evidence: &[slept, waited_for_timer],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::SplitRequest,
        charges: &[Charge::SplitRequest],
        leaves_no_time: never,
        removed_by: Some(FactorKind::NoDelay),
        evidence: &[],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::StartsHeldBack,
        charges: &[Charge::HeldBack],
        leaves_no_time: never,
        removed_by: Some(FactorKind::SleepsSkipped),
        evidence: &[spacing, slept, waited_for_timer],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::Straggler,
        charges: &[Charge::Straggle],
        leaves_no_time: never,
        removed_by: None,
        evidence: &[],
    }),
    Rule::Simple(SimpleCause {
        code: FindingCode::Throttled,
        charges: &[Charge::Throttle],
        leaves_no_time: |comparison| is_positive(comparison.arm.observed.refused),
        removed_by: None,
        evidence: &[refused],
    }),
];

impl SimpleCause {
    pub(super) fn find(&self, comparison: &Comparison<'_>) -> Option<DraftFinding> {
        let size = comparison.waste(self.charges);
        let no_time = comparison.has_no_time() && (self.leaves_no_time)(comparison);
        if size.is_none() && !no_time {
            return None;
        }
        let charge = *self.charges.first()?;
        let charged = size.map(|size| FindingEvidence::Charged { charge, size });
        let gain = size.and_then(|size| self.gain(comparison, size));
        let shown = self.evidence.iter().filter_map(|evidence| evidence(comparison));
        let shown = gain.map(FindingEvidence::from).into_iter().chain(shown);
        let evidence = charged.into_iter().chain(shown).collect();
        let draft =
            DraftFinding { size, charged: size, because: false, remedy: Remedy::Usual, evidence };
        Some(draft.confirmed_by(gain))
    }

    /// What removing it saved. An experiment that removes several causes of the table at once confirms only
    /// the largest of them, so that its gain is not counted twice.
    fn gain<'a>(&self, comparison: &Comparison<'a>, size: Estimate) -> Option<&'a MeasuredGain> {
        let kind = self.removed_by?;
        let is_larger = |rule: &Rule| match rule {
            Rule::Simple(other) if other.code != self.code && other.removed_by == Some(kind) => {
                let other = comparison.waste(other.charges);
                other.is_some_and(|other| other.seconds > size.seconds)
            }
            Rule::Simple(_) | Rule::Special { .. } => false,
        };
        if RULES.iter().any(is_larger) { None } else { comparison.gain(kind) }
    }
}

const fn never(_: &Comparison<'_>) -> bool {
    false
}

fn is_positive(mean: Option<f64>) -> bool {
    mean.is_some_and(|mean| mean > 0.0)
}

/// Whether requests failed because the server had closed their connection.
fn was_cut_off(comparison: &Comparison<'_>) -> bool {
    let cut = |kind| matches!(kind, FailureKind::Reset | FailureKind::Protocol);
    is_positive(comparison.arm.observed.closed_by_server)
        && comparison.arm.failures.iter().any(|failure| cut(failure.kind))
}

fn closed_by_server(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.figure(FindingFigure::ClosedByServer, |arm| arm.observed.closed_by_server)
}

fn redirected(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.figure(FindingFigure::Redirected, |arm| arm.observed.redirected)
}

fn requests_per_item(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    let counts = comparison.arm.analysis.requests_per_item.clone()?;
    Some(FindingEvidence::RequestsPerItem(counts))
}

fn refused(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.figure(FindingFigure::Refused, |arm| arm.observed.refused)
}

fn slept(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.waited(ThreadWait::Sleep)
}

fn waited_for_timer(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.waited(ThreadWait::Timer)
}

fn spacing(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.arm.analysis.thread_figures.spacing.map(FindingEvidence::Spacing)
}

fn lookups(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    let observed = &comparison.arm.observed;
    let (lookups, threads) = observed.lookups.zip(observed.resolvers)?;
    Some(FindingEvidence::Lookups { lookups, threads })
}

fn connections_opened(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    comparison.connections_opened()
}
