//! What a limit on requests under way costs, whatever it is a limit of.

use model::experiment::FactorKind;

use super::as_many;
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::gain::Gain;
use crate::findings::words::{beside, count, most_at_server, shorter};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Waves];

/// Conditions that say how many requests may be under way at once.
const PLACES: [&str; 2] = ["workers", "concurrency"];

/// Of what a limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// Workers or permits.
    Places,
    /// Connections that may be open.
    Connections,
    /// Connections that are kept: others are opened, but come later than one of these is free.
    Kept,
}

/// A limit that held requests back.
#[derive(Clone, Debug)]
pub(super) struct Limit<'a> {
    pub(super) of: Of,
    pub(super) size: Estimate,
    /// What lifting it was worth, where that was tried.
    pub(super) toggled: Option<&'a Gain>,
    pub(super) evidence: Vec<String>,
}

/// The limit that held requests back, where one did.
pub(super) fn find<'a>(case: &Case<'a>) -> Option<Limit<'a>> {
    let observed = case.waste(&CHARGES)?;
    let of = limited(case);
    let lifted = if of == Of::Places { FactorKind::Workers } else { FactorKind::Pool };
    let toggled = case.saved(lifted);
    let on_path = |side: &Side<'_>| side.arm.path_requests;
    let evidence = [
        Some(format!("waiting for a place, and the exchanges after it: {}", sized(observed))),
        toggled.map(shorter),
        beside(case, "requests one behind another on the critical path", on_path, count),
        most_at_server(case),
    ];
    Some(Limit {
        of,
        size: toggled.map_or(observed, |gain| gain.saved),
        toggled,
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// What there is too little of. It is connections where a pool was set to fewer than the batch has
/// requests, though there are places enough; a client that opens some in every batch of a session
/// that is kept may have more, and keeps too few.
fn limited(case: &Case<'_>) -> Of {
    let count = |name: &str| case.condition(name).and_then(|value| value.parse::<usize>().ok());
    let places = PLACES.iter().filter_map(|name| count(name)).min();
    let enough_places = places.is_none_or(|places| places >= case.requests());
    let few_connections = count("pool").is_some_and(|pool| pool < case.requests());
    if !(enough_places && few_connections) {
        return Of::Places;
    }
    let opens_more = case.side.arm.connections.is_some_and(|opened| as_many(opened, 1.0));
    let is_kept = case.condition("session") == Some("warm");
    if is_kept && opens_more { Of::Kept } else { Of::Connections }
}
