//! Packets that the network lost: waits until they were sent again, and the slower sending after that.

use model::failure::FailureKind;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm, LinkRate};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::Remedy;
use evidence::account::Charge;
use stats::estimate::Estimate;

const CHARGES: [Charge; 2] = [Charge::Loss, Charge::Bytes];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::PacketLoss, charges: &CHARGES, find }];

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let size = size(comparison);
    if size.is_none() && !leaves_no_time(comparison) {
        return None;
    }
    let charge = Charge::Loss;
    let evidence = [
        size.map(|size| FindingEvidence::Charged { charge, size }),
        figure(comparison, FindingFigure::DatagramsLost, |arm| arm.observed.lost),
        figure(comparison, FindingFigure::Retransmissions, |arm| arm.observed.sent_again),
    ];
    Some(DraftFinding::observed(size, Remedy::Usual, evidence))
}

/// The waits for what got lost; and all slower sending, where nothing else can have caused it.
fn size(comparison: &Comparison<'_>) -> Option<Estimate> {
    let waits = || comparison.waste(&CHARGES[..1]);
    match comparison.versus {
        Some(_) if slows_sending(comparison) => comparison.waste(&CHARGES).or_else(waits),
        _ => waits(),
    }
}

/// Whether losses are why bodies take long: the sender slows down after each, and the link has no other limit. An
/// arm that is compared shows it only where nothing else differs.
fn slows_sending(comparison: &Comparison<'_>) -> bool {
    let lost = |arm: &ExaminedArm<'_>| arm.observed.lost.is_some_and(|lost| lost > 0.0);
    let is_alike = |versus: &ExaminedArm<'_>| {
        let same_version = versus.analysis.http == comparison.arm.analysis.http;
        same_version && !lost(versus) && versus.rate != LinkRate::Limited
    };
    lost(comparison.arm)
        && comparison.arm.rate != LinkRate::Limited
        && comparison.versus.is_none_or(is_alike)
}

/// Whether so much got lost that no batch succeeded.
fn leaves_no_time(comparison: &Comparison<'_>) -> bool {
    let is_cut =
        |kind| matches!(kind, FailureKind::Timeout | FailureKind::Reset | FailureKind::Refused);
    comparison.has_no_time()
        && comparison.arm.observed.lost.is_some_and(|lost| lost > 0.0)
        && comparison.arm.failures.iter().any(|failure| is_cut(failure.kind))
}

/// A count, where there is anything to count.
fn figure(
    comparison: &Comparison<'_>,
    figure: FindingFigure,
    count: impl Fn(&ExaminedArm<'_>) -> Option<f64>,
) -> Option<FindingEvidence> {
    count(comparison.arm).filter(|count| *count > 0.0)?;
    comparison.figure(figure, count)
}
