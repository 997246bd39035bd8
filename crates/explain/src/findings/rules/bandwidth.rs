//! Large bodies on a narrow link, where the server does not compress them meanwhile. Nothing fills a link
//! without a bandwidth.

use super::{Rule, compression};
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, LinkRate};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

const CHARGES: [Charge; 1] = [Charge::Bytes];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::Bandwidth, charges: &CHARGES, find }];

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    if compression::is_compressed(comparison) || comparison.arm.rate == LinkRate::Unlimited {
        return None;
    }
    let size = comparison.waste(&CHARGES)?;
    let evidence =
        [Some(FindingEvidence::Charged { charge: Charge::Bytes, size }), transfer(comparison)];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

fn transfer(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    let bytes = comparison.arm.observed.body_bytes.or(comparison.arm.analysis.bytes)?;
    let seconds = comparison.arm.charges.charged(&[Charge::Bytes])?.seconds;
    Some(FindingEvidence::Transfer { bytes, seconds })
}
