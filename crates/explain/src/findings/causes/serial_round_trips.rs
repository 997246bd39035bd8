//! Round trips one after another that could be made at once.

use super::{as_many, threads};
use crate::estimate::Estimate;
use crate::figures::{millis, sized};
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Turns];

/// Fewer requests than this wait at the same time where they take turns.
const ONE_AT_A_TIME: f64 = 1.5;

/// What a server that thinks longer does to the batch.
#[derive(Clone, Copy, Debug)]
struct Answered {
    /// By how many milliseconds the batch is longer for each by which the server thinks longer.
    slope: f64,
    /// Whether requests wait one after another, and surely not at the same time.
    shows_turns: bool,
}

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    if threads::are_several(case) {
        return None;
    }
    let size = turns(case)?;
    let further = case.requests().saturating_sub(1);
    let on_path = |side: &Side<'_>| side.arm.path_requests;
    let each = size.seconds / further.max(1) as f64;
    let answered = answered(case);
    let evidence = [
        Some(format!("exchanges that waited for the one before them: {}", sized(size))),
        Some(format!("that is {} for each request after the first", millis(each))),
        beside(case, "requests on the critical path", on_path, count),
        answered.map(|Answered { slope, .. }| {
            format!("each ms that the server thinks longer makes the batch {slope:.1} ms longer")
        }),
    ];
    Some(Draft {
        code: FindingCode::SerialRoundTrips,
        size: Some(size),
        because: answered.is_some_and(|answered| answered.shows_turns),
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

/// By how much longer the batch was for each millisecond that the server thought longer, and whether
/// that shows that requests wait one after another.
fn answered(case: &Case<'_>) -> Option<Answered> {
    let dose = case.side.dose?;
    let at_once = dose.effective_concurrency?;
    Some(Answered {
        slope: dose.slope?.mean,
        shows_turns: at_once.high.is_some_and(|high| high < ONE_AT_A_TIME),
    })
}

/// What a batch waits because its requests take turns; nothing beside one in which as many do.
pub(super) fn turns(case: &Case<'_>) -> Option<Estimate> {
    let on_path = |side: &Side<'_>| side.arm.path_requests.unwrap_or(1.0);
    match case.versus {
        Some(versus) if as_many(on_path(versus), on_path(case.side)) => None,
        Some(_) => case.excess(&CHARGES),
        None => case.alone(&CHARGES),
    }
}
