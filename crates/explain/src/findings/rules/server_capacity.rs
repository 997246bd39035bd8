//! Requests that waited at the server until it began to handle them.
//!
//! The embedded endpoint reports this itself. On another server it shows in waits that grow in the
//! order of sending, or in exchanges that take longer when many are in flight than when few are,
//! while the client is mostly idle.

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, QueueObservation};
use crate::findings::remedy::Remedy;
use evidence::account::Charge;
use stats::estimate::Estimate;

const CHARGES: [Charge; 1] = [Charge::ServerQueue];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::ServerCapacity, charges: &CHARGES, find }];

/// By what factor exchanges must be longer than the shortest, on a server that is not ours.
const LONGER: f64 = 1.5;
/// From this share of one core on, exchanges may be long because the client is busy.
const BUSY: f64 = 0.6;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let queued = comparison.waste(&CHARGES);
    let size = queued.or_else(|| longer_exchanges(comparison))?;
    let observation = if has_witness(comparison) {
        QueueObservation::Endpoint
    } else if queued.is_some() {
        QueueObservation::SendOrder
    } else {
        QueueObservation::LongerExchanges
    };
    let evidence =
        [Some(FindingEvidence::Queued { observation, size }), comparison.most_at_server()];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

fn has_witness(comparison: &Comparison<'_>) -> bool {
    comparison.arm.observed.handled_at_once.is_some()
}

fn longer_exchanges(comparison: &Comparison<'_>) -> Option<Estimate> {
    if comparison.versus.is_some() || has_witness(comparison) {
        return None;
    }
    let exchange = |arm: &ExaminedArm<'_>| arm.charges.charged(&[Charge::Exchange]);
    let seconds = |arm: &ExaminedArm<'_>| exchange(arm).map_or(f64::INFINITY, |it| it.seconds);
    let shortest = comparison.others().min_by(|a, b| seconds(a).total_cmp(&seconds(b)))?;
    let in_flight =
        |arm: &ExaminedArm<'_>| arm.analysis.in_flight.map_or(f64::INFINITY, |it| it.most as f64);
    let fewer = 2.0 * in_flight(shortest) <= in_flight(comparison.arm);
    let idle = comparison.arm.analysis.cpu_share.is_some_and(|share| share < BUSY);
    let longer = exchange(comparison.arm)?.seconds >= LONGER * seconds(shortest);
    let size = comparison.arm.charges.excess(&shortest.charges, &[Charge::Exchange])?;
    let above_zero = size.low.is_some_and(|low| low > 0.0);
    (fewer && idle && longer && above_zero).then_some(size)
}
