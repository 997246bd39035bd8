//! Several client threads of which only one runs at a time: a lock, or Python's global interpreter
//! lock (GIL).
//!
//! Either they compute, together no more than one core can, and the client's own time is theirs; or
//! their requests run one after another although there are several threads.

use super::{Rule, client_cpu, serial_round_trips, threads};
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

pub(super) const RULES: [Rule; 2] = [
    Rule::Special {
        code: FindingCode::ClientSerialised,
        charges: &client_cpu::CHARGES,
        find: find_computing,
    },
    Rule::Special {
        code: FindingCode::ClientSerialised,
        charges: &serial_round_trips::CHARGES,
        find: find_turns,
    },
];

/// Threads that compute one after another.
fn find_computing(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let shares = threads::share_one_core(comparison);
    let size = client_cpu::computed(comparison).filter(|_| shares)?;
    let [own, seconds, share] = client_cpu::evidence(comparison, size);
    let evidence = [own, seconds, share, threads(comparison)];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

/// Threads that send their requests one after another.
fn find_turns(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let several = threads::are_several(comparison);
    let size = serial_round_trips::turns(comparison).filter(|_| several)?;
    let turns = FindingEvidence::Charged { charge: Charge::Turns, size };
    let evidence = [Some(turns), threads(comparison)];
    Some(DraftFinding::observed(Some(size), Remedy::ReleaseLock, evidence))
}

fn threads(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    Some(FindingEvidence::Threads(threads::count(comparison)?))
}
