//! What the version of HTTP costs: two arms of one strategy that differ in nothing else show it.

use evidence::account::Charge;
use model::http_version::HttpVersion;

use super::Rule;
use super::client_cpu;
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::Remedy;

/// What HTTP/1.1 needs more of: connections, and turns on them.
const OF_CONNECTIONS: [Charge; 6] = [
    Charge::Setup,
    Charge::Preparation,
    Charge::Handshake,
    Charge::Waves,
    Charge::Overflow,
    Charge::Turns,
];

pub(super) const RULES: [Rule; 2] = [
    Rule::Special { code: FindingCode::Http2Off, charges: &OF_CONNECTIONS, find: find_off },
    Rule::Special { code: FindingCode::Http2Cpu, charges: &client_cpu::CHARGES, find: find_cpu },
];

/// An arm over HTTP/1.1 that is slower than the same strategy over HTTP/2.
fn find_off(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    versions_differ(comparison, HttpVersion::Http1, HttpVersion::Http2).then_some(())?;
    let size = comparison.excess(&OF_CONNECTIONS)?;
    let versus = comparison.versus?;
    let evidence = [
        Some(FindingEvidence::WholeGap(comparison.arm.charges.gap(&versus.charges)?)),
        comparison.connections_opened(),
        comparison.figure(FindingFigure::FullHandshakes, full_handshakes),
    ];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

/// An arm over HTTP/2 that computes longer than the same strategy over HTTP/1.1.
fn find_cpu(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    versions_differ(comparison, HttpVersion::Http2, HttpVersion::Http1).then_some(())?;
    let size = client_cpu::computed(comparison)?;
    let evidence = client_cpu::evidence(comparison, size);
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

/// Whether the arm and the one that it is compared with are of one strategy, with the same conditions but for the
/// version of HTTP.
fn versions_differ(comparison: &Comparison<'_>, own: HttpVersion, other: HttpVersion) -> bool {
    let Some(versus) = comparison.versus else { return false };
    let arm = comparison.arm;
    let spoke = |arm: &ExaminedArm<'_>, version: HttpVersion| {
        arm.analysis.http.as_deref() == Some(version.name())
    };
    let conditions = |arm: &ExaminedArm<'_>| {
        let mut conditions = arm.analysis.conditions.clone();
        conditions.remove("http").map(|_| conditions)
    };
    let is_same_strategy = arm.analysis.strategy == versus.analysis.strategy
        && conditions(arm).is_some()
        && conditions(arm) == conditions(versus);
    is_same_strategy && spoke(arm, own) && spoke(versus, other)
}

fn full_handshakes(arm: &ExaminedArm<'_>) -> Option<f64> {
    arm.analysis.handshakes.map(|handshakes| handshakes.full)
}
