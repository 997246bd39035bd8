//! Bodies that the server begins early and ends late, where it does not compress them meanwhile.

use super::{Rule, compression};
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

const CHARGES: [Charge; 1] = [Charge::SlowBody];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::SlowBody, charges: &CHARGES, find }];

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    if compression::is_compressed(comparison) {
        return None;
    }
    let size = comparison.waste(&CHARGES)?;
    let evidence = [Some(FindingEvidence::Charged { charge: Charge::SlowBody, size })];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}
