//! Requests that waited for a worker or a permit: the batch went in waves.

use super::limit::{self, Of};
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::cost;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let limit = limit::find(case).filter(|limit| limit.of == Of::Places)?;
    Some(Draft {
        code: FindingCode::WorkerLimit,
        size: Some(limit.size),
        because: limit.toggled.is_some(),
        sentence: format!(
            "{} has too few workers for {} requests, which go in waves: {}.",
            case.name(),
            case.requests(),
            cost(case, limit.size, limit.toggled)
        ),
        remedy: format!(
            "let {} requests be under way at once: as many workers, or a wider semaphore",
            case.requests()
        ),
        evidence: limit.evidence,
    })
}
