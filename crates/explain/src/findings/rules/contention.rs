//! Threads that wait for each other: for the interpreter lock, or for another one.

use model::socket::ThreadWait;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

pub(super) const RULES: [Rule; 2] = [
    Rule::Special {
        code: FindingCode::GilWait,
        charges: &[Charge::InterpreterLock],
        find: |comparison| find(comparison, Charge::InterpreterLock, ThreadWait::InterpreterLock),
    },
    Rule::Special {
        code: FindingCode::LockWait,
        charges: &[Charge::Lock],
        find: |comparison| find(comparison, Charge::Lock, ThreadWait::Lock),
    },
];

fn find(comparison: &Comparison<'_>, charge: Charge, wait: ThreadWait) -> Option<DraftFinding> {
    let size = comparison.contention(&[charge])?;
    let evidence = [Some(FindingEvidence::Charged { charge, size }), comparison.waited(wait)];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence))
}
