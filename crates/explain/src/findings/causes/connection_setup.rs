//! Round trips that open connections: TCP's, and those of the TLS handshake.

use crate::account::Charge;
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more};

pub(super) const CHARGES: [Charge; 1] = [Charge::Setup];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.excess(&CHARGES).or_else(|| needless(case))?;
    let opened = |side: &Side<'_>| side.arm.connections;
    let evidence = [
        Some(format!("round trips that open connections, on the critical path: {}", sized(size))),
        beside(case, "connections opened", opened, count),
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
    let one_each = on_path > 1.5 && opened > 1.5 && opened + 0.5 > on_path;
    if one_each { case.alone(&CHARGES) } else { None }
}
