//! Connections that the client opened and discarded because its pool keeps fewer: the next request
//! opens another, or waits for a kept one where that is free sooner.

use model::experiment::FactorKind;

use super::Rule;
use super::limit::{self, Limited};
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::{LimitChange, Remedy};
use evidence::account::Charge;

const CHARGES: [Charge; 1] = [Charge::Overflow];

pub(super) const RULES: [Rule; 2] = [
    Rule::Special { code: FindingCode::PoolOverflow, charges: &CHARGES, find: find_opening },
    Rule::Special { code: FindingCode::PoolOverflow, charges: &limit::CHARGES, find: find_waiting },
];

/// Requests that open other connections.
fn find_opening(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let observed = comparison.waste(&CHARGES)?;
    let gain = comparison.gain(FactorKind::Pool);
    let pool = comparison.condition("pool");
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::Overflow, size: observed }),
        gain.map(FindingEvidence::from),
        comparison.connections_opened(),
        comparison.figure(FindingFigure::ClosedByClient, |arm| arm.observed.closed_by_client),
        pool.map(|pool| FindingEvidence::PoolSize(pool.to_owned())),
    ];
    let remedy = Remedy::Raise(LimitChange {
        condition: pool.map(|_| "pool".to_owned()),
        from: comparison.count("pool"),
        to: most_in_flight(comparison),
    });
    Some(DraftFinding::observed(Some(observed), remedy, evidence).confirmed_by(gain))
}

/// Requests that wait for a kept connection.
fn find_waiting(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let mut draft = limit::find(comparison, Limited::KeptConnections)?;
    draft.evidence.extend(comparison.connections_opened());
    Some(draft)
}

/// How many requests can be in flight at once: as many as there are workers for the batch.
fn most_in_flight(comparison: &Comparison<'_>) -> usize {
    let limits = evidence::setting::LIMITS.iter().filter_map(|name| comparison.count(name));
    limits.min().map_or(comparison.requests(), |limit| limit.min(comparison.requests()))
}
