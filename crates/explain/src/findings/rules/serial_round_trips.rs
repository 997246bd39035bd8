//! Round trips that run one after another but could run concurrently.

use super::{Rule, at_least, threads};
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm, LEAST_DOMINANT};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::Remedy;
use evidence::account::Charge;
use stats::estimate::Estimate;

pub(super) const CHARGES: [Charge; 1] = [Charge::Turns];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::SerialRoundTrips, charges: &CHARGES, find }];

/// Fewer requests than this wait at the same time where they run one after another.
const ONE_AT_A_TIME: f64 = 1.5;

/// How the batch responds to a slower server.
#[derive(Clone, Copy, Debug)]
struct Response {
    /// By how many milliseconds the batch is longer for each by which the server takes longer.
    slope: f64,
    /// Whether it is certain that no two requests wait at the same time.
    is_serial: bool,
}

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    if threads::are_several(comparison) && !threads::are_known(comparison) {
        return None;
    }
    let size = turns(comparison)?;
    let further = comparison.requests().saturating_sub(1);
    let response = response(comparison);
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::Turns, size }),
        Some(FindingEvidence::PerFurtherRequest(size.seconds / further.max(1) as f64)),
        comparison.figure(FindingFigure::PathRequests, |arm| arm.analysis.path_requests),
        response.map(|response| FindingEvidence::DoseSlope(response.slope)),
    ];
    let because = response.is_some_and(|response| response.is_serial);
    Some(DraftFinding { because, ..DraftFinding::observed(Some(size), Remedy::Usual, evidence) })
}

fn response(comparison: &Comparison<'_>) -> Option<Response> {
    let dose = comparison.arm.dose?;
    let concurrency = dose.effective_concurrency?;
    Some(Response {
        slope: dose.slope?.mean,
        is_serial: concurrency.high.is_some_and(|high| high < ONE_AT_A_TIME),
    })
}

/// What a batch waits because its requests run one after another; nothing where as many of the
/// other arm's do.
pub(super) fn turns(comparison: &Comparison<'_>) -> Option<Estimate> {
    let on_path = |arm: &ExaminedArm<'_>| arm.analysis.path_requests.unwrap_or(1.0);
    match comparison.versus {
        Some(versus) if at_least(on_path(versus), on_path(comparison.arm)) => None,
        Some(_) => comparison.excess(&CHARGES),
        None if comparison.is_alone() => comparison.alone(&CHARGES),
        // No arm shows how it could be faster, but requests that run one after another need not.
        None if comparison
            .others()
            .all(|other| at_least(on_path(other), on_path(comparison.arm))) =>
        {
            comparison.dominant_by_itself(&CHARGES, LEAST_DOMINANT)
        }
        None => None,
    }
}
