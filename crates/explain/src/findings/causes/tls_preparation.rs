//! What the client prepares between an open connection and the first byte of its TLS handshake: it
//! loads certificates and makes a context, for each connection anew.
//!
//! Its signature when connections contend for it is processor time for each new connection that
//! rises with the number opened at once.

use model::experiment::FactorKind;

use super::several;
use crate::estimate::Estimate;
use crate::figures::{millis, sized};
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::gain::Gain;
use crate::findings::words::{beside, connections_opened, cost, count, shorter};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Preparation];

/// What every client needs for a connection is no preparation that is worth a name: 1 ms.
const LEAST_EACH: f64 = 0.001;

/// By how much processor time for each connection must rise before connections contend for it.
const RISE: f64 = 1.25;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let observed = observed(case);
    let toggled = case.saved(FactorKind::SharedContext);
    let size = toggled.map(|gain| gain.saved).or(observed)?;
    let (name, cost) = (case.name(), cost(case, size, toggled));
    let (sentence, remedy) = if case.side.arm.connections.is_none_or(several) {
        (
            format!(
                "{name} prepares TLS for each connection anew (certificates, context): {cost}."
            ),
            "pass one SSL context to all connections, or keep one session for all batches",
        )
    } else {
        (
            format!("{name} prepares TLS (certificates, context) anew in each batch: {cost}."),
            "keep one session, or one SSL context, for all batches",
        )
    };
    Some(Draft {
        code: FindingCode::TlsPreparation,
        size: Some(size),
        because: toggled.is_some(),
        sentence,
        remedy: remedy.to_owned(),
        evidence: evidence(case, observed, toggled),
    })
}

/// What is charged to it, where that is more than every client needs.
fn observed(case: &Case<'_>) -> Option<Estimate> {
    let charged = case.excess(&CHARGES).or_else(|| case.alone(&CHARGES));
    charged.filter(|size| size.seconds >= LEAST_EACH * openings_on_path(case))
}

fn evidence(case: &Case<'_>, observed: Option<Estimate>, toggled: Option<&Gain>) -> Vec<String> {
    let evidence = [
        observed.map(|observed| {
            format!(
                "between open connections and their first handshake byte, on the critical path: {}",
                sized(observed)
            )
        }),
        toggled.map(shorter),
        connections_opened(case),
        beside(case, "processor time for each of them", each, millis),
        contention(case),
    ];
    evidence.into_iter().flatten().collect()
}

/// Processor time for each connection that was opened.
fn each(side: &Side<'_>) -> Option<f64> {
    Some(side.arm.cpu_seconds? / side.arm.connections.filter(|&opened| opened >= 1.0)?)
}

/// That the arm's connections take more processor time each than those of the same library where
/// fewer were opened at once.
fn contention(case: &Case<'_>) -> Option<String> {
    let library = |side: &Side<'_>| side.arm.strategy.split('/').next().map(str::to_owned);
    let same = |side: &&Side<'_>| library(side) == library(case.side);
    let opened = |side: &Side<'_>| side.arm.connections.unwrap_or(f64::INFINITY);
    let fewest =
        case.all.iter().filter(same).min_by(|one, other| opened(one).total_cmp(&opened(other)))?;
    let (own, alone) = (each(case.side)?, each(fewest)?);
    let contended = opened(case.side) >= 2.0 * opened(fewest) && own >= RISE * alone;
    contended.then(|| {
        format!(
            "they contend for it: {} each where {} opens {}",
            millis(alone),
            fewest.arm.arm,
            count(opened(fewest))
        )
    })
}

/// How many connections were opened on the critical path, at most.
fn openings_on_path(case: &Case<'_>) -> f64 {
    let arm = case.side.arm;
    let on_path = arm.path_requests.unwrap_or(1.0);
    arm.connections.unwrap_or(1.0).min(on_path).max(1.0)
}
