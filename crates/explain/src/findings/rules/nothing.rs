//! No difference at a batch size is certain to matter.

use crate::findings::comparison::ExaminedArm;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use stats::estimate::Estimate;

/// The largest difference between any arm of a size and the fastest, and how well it is known.
pub(in crate::findings) fn find(
    fastest: &ExaminedArm<'_>,
    arms: &[&ExaminedArm<'_>],
) -> Option<DraftFinding> {
    let gap = |arm: &&ExaminedArm<'_>| -> Option<Estimate> { arm.charges.gap(&fastest.charges) };
    let others = arms.iter().filter(|arm| arm.analysis.arm != fastest.analysis.arm);
    let largest = others
        .filter_map(gap)
        .filter(|gap| gap.low.is_some())
        .max_by(|one, other| one.seconds.total_cmp(&other.seconds))?;
    let evidence = [Some(FindingEvidence::LargestGap(largest))];
    Some(DraftFinding::observed(Some(largest), Remedy::Nothing, evidence))
}
