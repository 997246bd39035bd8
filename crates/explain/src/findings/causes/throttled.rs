//! Requests that the server refused because there were too many of them (429).

use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Throttle];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES);
    let no_time =
        super::has_no_time(case) && case.side.seen.refused.is_some_and(|refused| refused > 0.0);
    if size.is_none() && !no_time {
        return None;
    }
    let refused = |side: &Side<'_>| side.seen.refused;
    let evidence = [
        size.map(|size| {
            format!("from refusals until the requests were made again: {}", sized(size))
        }),
        beside(case, "requests that were refused with 429", refused, count),
    ];
    Some(Draft {
        code: FindingCode::Throttled,
        size,
        because: false,
        sentence: match size {
            Some(size) => format!(
                "the server refuses requests of {} for a while, as there are too many: {}.",
                case.name(),
                more(case, size)
            ),
            None => format!(
                "the server refuses requests of {}, as there are too many, and it does not ask again.",
                case.name()
            ),
        },
        remedy: "send fewer requests at once, and ask again after the time that Retry-After names"
            .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
