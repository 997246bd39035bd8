//! TLS handshakes beyond their round trips: keys, signatures, and the wait for a CPU that does the
//! same for other connections.

use model::experiment::FactorKind;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

const CHARGES: [Charge; 1] = [Charge::Handshake];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::HandshakeCost, charges: &CHARGES, find }];

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let observed = comparison.excess(&CHARGES)?;
    let gain = comparison.gain(FactorKind::Resumption);
    let full = |arm: &ExaminedArm<'_>| arm.analysis.handshakes.map(|handshakes| handshakes.full);
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::Handshake, size: observed }),
        gain.map(FindingEvidence::from),
        comparison.figure(FindingFigure::FullHandshakes, full),
    ];
    Some(DraftFinding::observed(Some(observed), Remedy::Usual, evidence).confirmed_by(gain))
}
