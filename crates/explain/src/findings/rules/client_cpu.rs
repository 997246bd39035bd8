//! The client's CPU time while none of its requests is in transit.

use super::{Rule, threads};
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::Remedy;
use evidence::account::Charge;
use stats::estimate::Estimate;

pub(super) const CHARGES: [Charge; 1] = [Charge::Client];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::ClientCpu, charges: &CHARGES, find }];

/// The least share of the client's time that its CPU time must account for.
const LEAST_COMPUTED: f64 = 0.5;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let size = computed(comparison).filter(|_| !threads::share_one_core(comparison))?;
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence(comparison, size)))
}

/// The client's own time, where it is CPU time.
pub(super) fn computed(comparison: &Comparison<'_>) -> Option<Estimate> {
    let size = comparison.dominant(&CHARGES)?;
    let beyond = comparison.versus.map_or(Some(0.0), |versus| versus.analysis.cpu_seconds)?;
    let used = comparison.arm.analysis.cpu_seconds? - beyond;
    (used >= LEAST_COMPUTED * size.seconds).then_some(size)
}

pub(super) fn evidence(
    comparison: &Comparison<'_>,
    size: Estimate,
) -> [Option<FindingEvidence>; 3] {
    [
        Some(FindingEvidence::Charged { charge: Charge::Client, size }),
        comparison.figure(FindingFigure::CpuSeconds, |arm| arm.analysis.cpu_seconds),
        comparison.figure(FindingFigure::CpuShare, |arm| arm.analysis.cpu_share),
    ]
}
