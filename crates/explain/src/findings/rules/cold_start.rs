//! What a batch costs before its first request reaches the network: session, event loop, threads.

use model::experiment::FactorKind;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm, LEAST_DOMINANT};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

const CHARGES: [Charge; 1] = [Charge::Start];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::ColdStart, charges: &CHARGES, find }];

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let observed = comparison.dominant(&CHARGES, LEAST_DOMINANT);
    let gain = comparison.gain(FactorKind::WarmSession).filter(|_| could_be_warm(comparison));
    if observed.is_none() && gain.is_none() {
        return None;
    }
    let evidence = [
        observed.map(|size| FindingEvidence::Charged { charge: Charge::Start, size }),
        gain.map(FindingEvidence::from),
    ];
    Some(DraftFinding::observed(observed, Remedy::Usual, evidence).confirmed_by(gain))
}

/// Whether a warm session is what differs: not where the other arm starts cold too.
fn could_be_warm(comparison: &Comparison<'_>) -> bool {
    let session = |arm: &ExaminedArm<'_>| arm.analysis.conditions.get("session").cloned();
    comparison
        .versus
        .map_or(comparison.is_alone(), |versus| session(versus) != session(comparison.arm))
}
