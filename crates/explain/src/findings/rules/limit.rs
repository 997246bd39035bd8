//! What a limit on requests in flight costs, whatever it limits.

use model::experiment::FactorKind;

use super::at_least;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::{LimitChange, Remedy};
use evidence::account::Charge;
use evidence::setting::LIMITS;

pub(super) const CHARGES: [Charge; 1] = [Charge::Waves];

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limited {
    /// Workers or permits.
    Workers,
    /// Connections that may be open.
    Connections,
    /// Streams that the server allows on a connection of HTTP/2.
    Streams,
    /// A connection of HTTP/2 on which the client opens one stream at a time.
    OneStream,
    /// Connections that are kept: the client opens others, but a kept one is free sooner.
    KeptConnections,
}

/// What is found where this is the limit that held requests back.
pub(super) fn find(comparison: &Comparison<'_>, limited: Limited) -> Option<DraftFinding> {
    let observed = comparison.waste(&CHARGES)?;
    if limited != what_is_limited(comparison) {
        return None;
    }
    let (lifted, condition) = match limited {
        Limited::Workers => (Some(FactorKind::Workers), lowest_limit(comparison)),
        // No condition of a client changes it.
        Limited::Streams | Limited::OneStream => (None, None),
        Limited::Connections | Limited::KeptConnections => {
            (Some(FactorKind::Pool), comparison.condition("pool").map(|_| "pool"))
        }
    };
    let gain = lifted.and_then(|lifted| comparison.gain(lifted));
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::Waves, size: observed }),
        gain.map(FindingEvidence::from),
        comparison.figure(FindingFigure::PathRequests, |arm| arm.analysis.path_requests),
        comparison.most_at_server(),
        comparison.most_streams(),
    ];
    let remedy = Remedy::Raise(LimitChange {
        condition: condition.map(str::to_owned),
        from: match limited {
            Limited::Streams | Limited::OneStream => most_streams(comparison),
            _ => condition.and_then(|name| comparison.count(name)),
        },
        to: comparison.requests(),
    });
    Some(DraftFinding::observed(Some(observed), remedy, evidence).confirmed_by(gain))
}

/// Whether streams are what there is too little of: those that the client opened on one connection are fewer
/// than it may have requests in flight.
fn few_streams(comparison: &Comparison<'_>, workers: Option<usize>) -> Option<Limited> {
    let most = most_streams(comparison)?;
    let wanted = workers.unwrap_or(usize::MAX).min(comparison.requests());
    let arm = comparison.arm.analysis;
    let wanted = arm.in_flight.map_or(wanted, |found| found.most.min(wanted));
    let connections = arm.connections_used.unwrap_or(1.0);
    if at_least(most as f64 * connections, wanted as f64) {
        return None;
    }
    match comparison.arm.observed.streams_allowed {
        Some(allowed) if most as u64 >= allowed => Some(Limited::Streams),
        _ if most == 1 => Some(Limited::OneStream),
        _ => None,
    }
}

fn most_streams(comparison: &Comparison<'_>) -> Option<usize> {
    comparison.arm.analysis.most_streams.and_then(|most| usize::try_from(most).ok())
}

/// The condition that allows the fewest requests in flight.
fn lowest_limit(comparison: &Comparison<'_>) -> Option<&'static str> {
    let set = LIMITS.into_iter().filter_map(|name| Some((comparison.count(name)?, name)));
    set.min().map(|(_, name)| name)
}

/// What there is too little of. It is connections where a pool is smaller than the batch although
/// there are enough workers. A warm client that still opens connections in every batch may open more
/// than it keeps, so it keeps too few. Own code does not say what it limits: it is connections if only a
/// larger pool saved time.
fn what_is_limited(comparison: &Comparison<'_>) -> Limited {
    let workers = LIMITS.iter().filter_map(|name| comparison.count(name)).min();
    if let Some(streams) = few_streams(comparison, workers) {
        return streams;
    }
    if workers.is_none() && comparison.condition("pool").is_none() {
        let only_pool = comparison.gain(FactorKind::Pool).is_some()
            && comparison.gain(FactorKind::Workers).is_none();
        return if only_pool { Limited::Connections } else { Limited::Workers };
    }
    let enough_workers = workers.is_none_or(|workers| workers >= comparison.requests());
    let few_connections = comparison.count("pool").is_some_and(|pool| pool < comparison.requests());
    if !(enough_workers && few_connections) {
        return Limited::Workers;
    }
    let opens_more =
        comparison.arm.analysis.connections.is_some_and(|opened| at_least(opened, 1.0));
    let is_warm = comparison.condition("session") == Some("warm");
    if is_warm && opens_more { Limited::KeptConnections } else { Limited::Connections }
}
