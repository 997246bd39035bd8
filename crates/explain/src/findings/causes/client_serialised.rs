//! Several threads of the client of which only one went on at a time: a lock, or Python's global
//! interpreter lock (GIL).
//!
//! Either they computed, together no more than one core could, and the client's own time is theirs;
//! or they made their requests one after another, though there were several, and these turns are.

use super::{client_cpu, serial_round_trips, threads};
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{count, more};

/// Threads that computed one after another.
pub(super) fn find_computing(case: &Case<'_>) -> Option<Draft> {
    let size = client_cpu::computed(case).filter(|_| threads::computed_in_turn(case))?;
    Some(draft(case, size, client_cpu::evidence(case, size)))
}

/// Threads that made their requests one after another.
pub(super) fn find_turns(case: &Case<'_>) -> Option<Draft> {
    let size = serial_round_trips::turns(case).filter(|_| threads::are_several(case))?;
    let turns = format!("exchanges that waited for the one before them: {}", sized(size));
    Some(draft(case, size, vec![turns]))
}

fn draft(case: &Case<'_>, size: Estimate, mut evidence: Vec<String>) -> Draft {
    evidence.extend(told(case));
    Draft {
        code: FindingCode::ClientSerialised,
        size: Some(size),
        because: false,
        sentence: format!(
            "{} has several threads, of which only one goes on at a time: {}.",
            case.name(),
            more(case, size)
        ),
        remedy: "hold no lock while a request is under way; give computing to other processes, \
                 or to a Python without the GIL"
            .to_owned(),
        evidence,
    }
}

fn told(case: &Case<'_>) -> Option<String> {
    Some(format!("threads that took part: {}", count(threads::that_took_part(case)?)))
}
