//! Connections that were opened, and thrown away because the pool keeps fewer: the next request
//! opens another, or waits for one that is kept, where that is free sooner.

use model::experiment::FactorKind;

use super::limit::{self, Of};
use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, connections_opened, cost, count, shorter};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Overflow];

/// Requests that open others.
pub(super) fn find_opening(case: &Case<'_>) -> Option<Draft> {
    let observed = case.waste(&CHARGES);
    let toggled = case.saved(FactorKind::Pool).filter(|_| observed.is_some());
    let size = toggled.map(|gain| gain.saved).or(observed)?;
    let closed = |side: &Side<'_>| side.seen.closed_by_client;
    let evidence = [
        observed
            .map(|observed| format!("opening connections anew, on the path: {}", sized(observed))),
        toggled.map(shorter),
        connections_opened(case),
        beside(case, "closed by the client before the batch was done", closed, count),
        case.condition("pool").map(|pool| format!("the pool keeps {pool}")),
    ];
    Some(Draft {
        code: FindingCode::PoolOverflow,
        size: Some(size),
        because: toggled.is_some(),
        sentence: format!(
            "{} throws connections away and opens others in their place: {}.",
            case.name(),
            cost(case, size, toggled)
        ),
        remedy: remedy(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// Requests that wait for one that is kept.
pub(super) fn find_waiting(case: &Case<'_>) -> Option<Draft> {
    let limit = limit::find(case).filter(|limit| limit.of == Of::Kept)?;
    let kept = case.condition("pool").unwrap_or("few");
    let evidence = limit.evidence.into_iter().chain(connections_opened(case));
    Some(Draft {
        code: FindingCode::PoolOverflow,
        size: Some(limit.size),
        because: limit.toggled.is_some(),
        sentence: format!(
            "{} keeps no more than {kept} connections for {} requests; those that it opens beside \
             them come later than one of them is free: {}.",
            case.name(),
            case.requests(),
            cost(case, limit.size, limit.toggled)
        ),
        remedy: remedy(),
        evidence: evidence.collect(),
    })
}

fn remedy() -> String {
    "have the pool keep as many connections as requests are under way at once".to_owned()
}
