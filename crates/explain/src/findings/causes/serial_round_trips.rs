//! Round trips one after another that could be made at once.

use crate::account::Charge;
use crate::findings::case::Case;
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more, sized};

const CHARGES: [Charge; 1] = [Charge::Turns];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    if super::client_serialised::takes_turns_by_force(case) {
        return None;
    }
    let size = case.excess(&CHARGES).or_else(|| case.alone(&CHARGES))?;
    let further = case.requests().saturating_sub(1);
    let on_path = |side: &crate::findings::case::Side<'_>| side.arm.path_requests;
    let each = size.seconds / further.max(1) as f64;
    let evidence = [
        Some(format!("exchanges that waited for the one before them: {}", sized(size))),
        Some(format!("that is {} for each request after the first", crate::figures::millis(each))),
        beside(case, "requests on the critical path", on_path, count),
    ];
    Some(Draft {
        code: Code::SerialRoundTrips,
        size: Some(size),
        because: false,
        sentence: format!(
            "{} makes its {} requests one after another, and waits {}.",
            case.name(),
            case.requests(),
            more(case, size)
        ),
        remedy: "have the requests under way at once: an async client, or a pool of as many \
                 threads as there are requests"
            .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
