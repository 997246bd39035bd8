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
    let one_at_a_time = threads::run_one_at_a_time(comparison);
    let size = client_cpu::computed(comparison).filter(|_| one_at_a_time)?;
    let [own, ran, waited, seconds, share] = client_cpu::evidence(comparison, size);
    let evidence = [own, ran, waited, seconds, share, threads(comparison)];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}

/// Threads that send their requests one after another. Where it is known what they did, those that
/// wait for a lock are another cause.
fn find_turns(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let several = threads::are_several(comparison) && !threads::are_known(comparison);
    let size = serial_round_trips::turns(comparison).filter(|_| several)?;
    let turns = FindingEvidence::Charged { charge: Charge::Turns, size };
    let evidence = [Some(turns), threads(comparison)];
    Some(DraftFinding::observed(Some(size), Remedy::ReleaseLock, evidence))
}

fn threads(comparison: &Comparison<'_>) -> Option<FindingEvidence> {
    Some(FindingEvidence::Threads(threads::count(comparison)?))
}
