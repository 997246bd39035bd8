//! Round trips that open connections: TCP's, and those of the TLS handshake.

use super::{as_many, several};
use crate::account::Charge;
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{connections_opened, more};

pub(super) const CHARGES: [Charge; 1] = [Charge::Setup];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.excess(&CHARGES).or_else(|| needless(case))?;
    let evidence = [
        Some(format!("round trips that open connections, on the critical path: {}", sized(size))),
        connections_opened(case),
    ];
    Some(Draft {
        code: Code::ConnectionSetup,
        size: Some(size),
        because: false,
        sentence: format!("{} waits {} until connections are open.", case.name(), more(case, size)),
        remedy: "keep connections: one session for all requests, and for all batches".to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// What a batch that has no other beside it pays for more connections than requests are ever under
/// way at once.
fn needless(case: &Case<'_>) -> Option<Estimate> {
    let opened = case.side.arm.connections?;
    let on_path = case.side.arm.path_requests?;
    let one_each = several(on_path) && several(opened) && as_many(opened, on_path);
    if one_each { case.alone(&CHARGES) } else { None }
}
