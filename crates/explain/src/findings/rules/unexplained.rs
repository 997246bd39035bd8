//! A gap of which the rules explain too little.

use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

/// The least share of the gap that is a finding.
const LEAST: f64 = 0.25;

/// What remains of an arm's gap besides what is charged to `explained`.
pub(in crate::findings) fn find(
    comparison: &Comparison<'_>,
    explained: &[Charge],
) -> Option<DraftFinding> {
    let versus = comparison.versus?;
    let gap = comparison.arm.charges.gap(&versus.charges)?;
    let left: Vec<Charge> =
        Charge::ALL.into_iter().filter(|charge| !explained.contains(charge)).collect();
    let size = comparison.excess(&left).filter(|size| size.seconds >= LEAST * gap.seconds)?;
    let evidence = [
        Some(FindingEvidence::WholeGap(gap)),
        Some(FindingEvidence::Unexplained(size)),
        Some(largest_charge(comparison, versus, &left)?),
    ];
    Some(DraftFinding::observed(Some(size), Remedy::Nothing, evidence))
}

/// The charge that has most of it.
fn largest_charge(
    comparison: &Comparison<'_>,
    versus: &ExaminedArm<'_>,
    left: &[Charge],
) -> Option<FindingEvidence> {
    let excess = |&charge: &Charge| {
        Some((charge, comparison.arm.charges.excess(&versus.charges, &[charge])?))
    };
    let (charge, size) = left
        .iter()
        .filter_map(excess)
        .max_by(|(_, one), (_, other)| one.seconds.total_cmp(&other.seconds))?;
    Some(FindingEvidence::LargestCharge { charge, size })
}
