//! Requests that were redirected: each costs another exchange, or has no answer.

use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Redirect];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES);
    let no_time = super::has_no_time(case)
        && case.side.seen.redirected.is_some_and(|redirected| redirected > 0.0);
    if size.is_none() && !no_time {
        return None;
    }
    let redirected = |side: &Side<'_>| side.seen.redirected;
    let evidence = [
        size.map(|size| {
            format!("from redirects to the requests that followed them: {}", sized(size))
        }),
        beside(case, "requests that were redirected", redirected, count),
    ];
    Some(Draft {
        code: FindingCode::Redirects,
        size,
        because: false,
        sentence: match size {
            Some(size) => {
                format!(
                    "the server redirects the requests of {}: {}.",
                    case.name(),
                    more(case, size)
                )
            }
            None => format!(
                "the server redirects the requests of {}, which does not follow.",
                case.name()
            ),
        },
        remedy: "ask for the address that the redirect names".to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
