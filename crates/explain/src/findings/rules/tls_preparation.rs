//! What the client prepares between an open connection and the first byte of its TLS handshake: it
//! loads certificates and creates a context, again for each connection.
//!
//! Contention for it shows in CPU time per connection that rises with the number opened at once.

use model::experiment::FactorKind;

use super::{Rule, several};
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::{ContextScope, Remedy};
use evidence::account::Charge;
use stats::estimate::Estimate;

const CHARGES: [Charge; 1] = [Charge::Preparation];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::TlsPreparation, charges: &CHARGES, find }];

/// What every client needs for a connection: less than 1 ms of preparation is no finding.
const LEAST_EACH: f64 = 0.001;

/// By what factor CPU time per connection must rise before connections contend for it.
const RISE: f64 = 1.25;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let observed = observed(comparison);
    let gain = comparison.gain(FactorKind::SharedContext);
    if observed.is_none() && gain.is_none() {
        return None;
    }
    let evidence = [
        observed.map(|size| FindingEvidence::Charged { charge: Charge::Preparation, size }),
        gain.map(FindingEvidence::from),
        comparison.connections_opened(),
        comparison.figure(FindingFigure::CpuPerConnection, cpu_per_connection),
        less_contention(comparison),
    ];
    let scope = scope(comparison);
    let remedy = Remedy::ShareContext(scope);
    Some(DraftFinding::observed(observed, remedy, evidence).confirmed_by(gain))
}

/// Whether the client prepares for each of several connections, or for the only one of a batch.
fn scope(comparison: &Comparison<'_>) -> ContextScope {
    let opens_several = comparison.arm.analysis.connections.is_none_or(several);
    if opens_several { ContextScope::Connection } else { ContextScope::Batch }
}

/// What is charged to it, where that is more than every client needs. To prepare once for all connections of a batch
/// is possible for any client.
fn observed(comparison: &Comparison<'_>) -> Option<Estimate> {
    let charged = match scope(comparison) {
        ContextScope::Connection => comparison.waste(&CHARGES),
        ContextScope::Batch => comparison.excess(&CHARGES).or_else(|| comparison.alone(&CHARGES)),
    };
    charged.filter(|size| size.seconds >= LEAST_EACH * openings_on_path(comparison))
}

fn cpu_per_connection(arm: &ExaminedArm<'_>) -> Option<f64> {
    Some(arm.analysis.cpu_seconds? / arm.analysis.connections.filter(|&opened| opened >= 1.0)?)
}

/// The arm of the same library that opens fewest connections, where its CPU time per connection is
/// clearly lower.
fn less_contention(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    let library =
        |arm: &ExaminedArm<'_>| arm.analysis.strategy.split('/').next().map(str::to_owned);
    let same = |arm: &&ExaminedArm<'_>| library(arm) == library(comparison.arm);
    let opened = |arm: &ExaminedArm<'_>| arm.analysis.connections.unwrap_or(f64::INFINITY);
    let same = comparison.all.iter().filter(same);
    let fewest = same.min_by(|a, b| opened(a).total_cmp(&opened(b)))?;
    let (own, least) = (cpu_per_connection(comparison.arm)?, cpu_per_connection(fewest)?);
    let contended = opened(comparison.arm) >= 2.0 * opened(fewest) && own >= RISE * least;
    contended.then(|| FindingEvidence::LessContention {
        each: least,
        arm: fewest.analysis.arm.clone(),
        opened: opened(fewest),
    })
}

/// How many connections were opened on the critical path, at most.
fn openings_on_path(comparison: &Comparison<'_>) -> f64 {
    let arm = comparison.arm.analysis;
    let on_path = arm.path_requests.unwrap_or(1.0);
    arm.connections.unwrap_or(1.0).min(on_path).max(1.0)
}
