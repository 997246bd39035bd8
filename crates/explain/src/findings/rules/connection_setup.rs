//! Round trips that open connections: TCP's and those of the TLS handshake; and the retries before
//! them where a server does not answer at first.
//!
//! A server whose backlog is full drops a SYN. The client's system sends it again after a second,
//! then after two more.

use super::{Rule, at_least, several};
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;
use stats::estimate::Estimate;

const CHARGES: [Charge; 1] = [Charge::Setup];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::ConnectionSetup, charges: &CHARGES, find }];

/// Retried connections in a trial from which on they are worth a word: a packet is lost now and
/// then.
const RETRIED: f64 = 0.5;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let size = comparison.excess(&CHARGES).or_else(|| needless(comparison))?;
    let retried = comparison.arm.observed.retried_connects.filter(|&mean| mean >= RETRIED);
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::Setup, size }),
        comparison.connections_opened(),
        retried.map(FindingEvidence::RetriedConnects),
    ];
    let remedy = if retried.is_some() { Remedy::OpenFewerAtOnce } else { Remedy::Usual };
    Some(DraftFinding::observed(Some(size), remedy, evidence))
}

/// What an arm alone pays for more connections than it ever has requests in flight.
fn needless(comparison: &Comparison<'_>) -> Option<Estimate> {
    let opened = comparison.arm.analysis.connections?;
    let on_path = comparison.arm.analysis.path_requests?;
    let one_each = several(on_path) && several(opened) && at_least(opened, on_path);
    if one_each { comparison.alone(&CHARGES) } else { None }
}
