//! Requests that had arrived, and that the server had no room for yet.

use crate::account::Charge;
use crate::findings::case::{Case, Side};
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more, sized};

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&[Charge::ServerQueue])?;
    let at_once = |side: &Side<'_>| side.seen.handled_at_once.map(|most| most as f64);
    let evidence = [
        Some(format!("between arriving and being handled, on the critical path: {}", sized(size))),
        beside(case, "most requests that the server handled at once", at_once, count),
    ];
    Some(Draft {
        code: Code::ServerCapacity,
        size: Some(size),
        because: false,
        sentence: format!(
            "the server handles fewer requests at once than {} sends: they wait there {}.",
            case.name(),
            more(case, size)
        ),
        remedy: "give the server more room, or expect no more of further concurrency".to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
