//! Responses that begin early and end late: the server works meanwhile, or its kernel waits for an
//! acknowledgement.
//!
//! A single trial cannot always tell the two apart, all trials of an arm can.

use super::{Rule, compression};
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

const DELAYED: [Charge; 1] = [Charge::DelayedAck];
const SLOW: [Charge; 1] = [Charge::SlowBody];
const BOTH: [Charge; 2] = [Charge::DelayedAck, Charge::SlowBody];

pub(super) const RULES: [Rule; 2] = [
    Rule::Special { code: FindingCode::DelayedAck, charges: &BOTH, find: find_delayed },
    Rule::Special { code: FindingCode::SlowBody, charges: &BOTH, find: find_slow },
];

fn find_delayed(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    match by_acknowledgement(comparison) {
        Some(true) => find(comparison, Charge::DelayedAck, &BOTH),
        Some(false) => None,
        None => find(comparison, Charge::DelayedAck, &DELAYED),
    }
}

fn find_slow(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    if compression::is_compressed(comparison) {
        return None;
    }
    match by_acknowledgement(comparison) {
        Some(true) => None,
        Some(false) => find(comparison, Charge::SlowBody, &BOTH),
        None => find(comparison, Charge::SlowBody, &SLOW),
    }
}

fn find(comparison: &Comparison<'_>, charge: Charge, charges: &[Charge]) -> Option<DraftFinding> {
    let size = comparison.waste(charges)?;
    let evidence = [Some(FindingEvidence::Charged { charge, size })];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

/// Whether the pauses of responses are those of delayed acknowledgements. The embedded endpoint itself
/// reports when it wrote a response.
fn by_acknowledgement(comparison: &Comparison<'_>) -> Option<bool> {
    let observed = &comparison.arm.observed;
    observed.delayed_acknowledgements.filter(|_| observed.body_bytes.is_none())
}
