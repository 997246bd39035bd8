//! Several threads of the client of which only one went on at a time: a lock, or Python's global
//! interpreter lock (GIL).
//!
//! Either they computed, together no more than one core could, and the client's own time is theirs;
//! or they made their requests one after another, though there were several, and these turns are.

use super::{client_cpu, serial_round_trips, several};
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{count, more};

/// The share of one core that threads behind one lock can use together: about all of it, and not
/// more.
const ONE_CORE: std::ops::Range<f64> = 0.7..1.25;

/// Threads that computed one after another.
pub(super) fn find_computing(case: &Case<'_>) -> Option<Draft> {
    let size = client_cpu::computed(case).filter(|_| is_serialised(case))?;
    Some(draft(case, size, client_cpu::evidence(case, size)))
}

/// Threads that made their requests one after another.
pub(super) fn find_turns(case: &Case<'_>) -> Option<Draft> {
    let size = serial_round_trips::turns(case).filter(|_| takes_turns_by_force(case))?;
    let turns = format!("exchanges that waited for the one before them: {}", sized(size));
    Some(draft(case, size, vec![turns]))
}

/// Whether the client's threads computed one after another.
pub(super) fn is_serialised(case: &Case<'_>) -> bool {
    let one_core = case.side.arm.cpu_share.is_some_and(|share| ONE_CORE.contains(&share));
    one_core && threads(case).is_some_and(several)
}

/// Whether requests were made one after another though there were threads to make them at once.
pub(super) fn takes_turns_by_force(case: &Case<'_>) -> bool {
    threads(case).is_some_and(several)
}

fn draft(case: &Case<'_>, size: Estimate, mut evidence: Vec<String>) -> Draft {
    evidence.extend(told(case));
    Draft {
        code: Code::ClientSerialised,
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
    Some(format!("threads that took part: {}", count(threads(case)?)))
}

/// How many threads of the client took part, as far as is known.
fn threads(case: &Case<'_>) -> Option<f64> {
    case.side.seen.threads
}
