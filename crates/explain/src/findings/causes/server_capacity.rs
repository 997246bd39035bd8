//! Requests that had arrived, and that the server had no room for yet.
//!
//! The embedded endpoint says so itself. Another server is seen to by waits that grow in the order in
//! which requests were sent, or by exchanges that take longer when many are under way than when few
//! are, while the client has little to do.

use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{more, most_at_server};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::ServerQueue];

/// By what factor exchanges must be longer than the shortest, on a server that is not ours.
const LONGER: f64 = 1.5;
/// From this share of one core on, exchanges may have been long because the client was busy.
const BUSY: f64 = 0.6;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let queued = case.waste(&CHARGES);
    let size = queued.or_else(|| by_longer_exchanges(case))?;
    let seen = if has_witness(case) {
        format!("between arriving and being handled, on the critical path: {}", sized(size))
    } else if queued.is_some() {
        format!(
            "beyond the shortest wait, growing in the order of sending, on the critical path: {}",
            sized(size)
        )
    } else {
        format!("an exchange takes longer than where fewer are under way, by {}", sized(size))
    };
    let evidence = [Some(seen), most_at_server(case)];
    Some(Draft {
        code: FindingCode::ServerCapacity,
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

fn has_witness(case: &Case<'_>) -> bool {
    case.side.seen.handled_at_once.is_some()
}

fn by_longer_exchanges(case: &Case<'_>) -> Option<Estimate> {
    if case.versus.is_some() || has_witness(case) {
        return None;
    }
    let exchange = |side: &Side<'_>| side.ledger.charged(&[Charge::Exchange]);
    let seconds = |side: &Side<'_>| exchange(side).map_or(f64::INFINITY, |found| found.seconds);
    let shortest = case.others().min_by(|one, other| seconds(one).total_cmp(&seconds(other)))?;
    let under_way =
        |side: &Side<'_>| side.arm.in_flight.map_or(f64::INFINITY, |found| found.most as f64);
    let fewer = 2.0 * under_way(shortest) <= under_way(case.side);
    let idle = case.side.arm.cpu_share.is_some_and(|share| share < BUSY);
    let longer = exchange(case.side)?.seconds >= LONGER * seconds(shortest);
    let size = case.side.ledger.excess(&shortest.ledger, &[Charge::Exchange])?;
    let surely = size.low.is_some_and(|low| low > 0.0);
    (fewer && idle && longer && surely).then_some(size)
}
