//! Connections that the server closed, and that had to be opened again.

use model::failure::FailureKind;

use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, connections_opened, count, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::ClosedByServer];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES);
    let no_time = super::has_no_time(case) && was_cut_off(case);
    if size.is_none() && !no_time {
        return None;
    }
    let closed = |side: &Side<'_>| side.seen.closed_by_server;
    let evidence = [
        size.map(|size| format!("opening connections anew, on the critical path: {}", sized(size))),
        beside(case, "closed by the server before the batch was done", closed, count),
        connections_opened(case),
    ];
    Some(Draft {
        code: FindingCode::ClosedByServer,
        size,
        because: false,
        sentence: match size {
            Some(size) => format!(
                "the server closes connections of {}, which opens others: {}.",
                case.name(),
                more(case, size)
            ),
            None => format!(
                "the server closes connections of {} while requests are on them.",
                case.name()
            ),
        },
        remedy: "raise the server's limit of requests a connection, or its keep-alive time"
            .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// Whether requests failed because their connection ended, which the server had closed.
fn was_cut_off(case: &Case<'_>) -> bool {
    let cut = |kind| matches!(kind, FailureKind::Reset | FailureKind::Protocol);
    case.side.seen.closed_by_server.is_some_and(|closed| closed > 0.0)
        && case.side.failures.iter().any(|failure| cut(failure.kind))
}
