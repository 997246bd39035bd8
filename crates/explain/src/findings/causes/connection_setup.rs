//! Round trips that open connections: TCP's, and those of the TLS handshake; and what passes before
//! them where a server does not answer at first.
//!
//! A server whose queue of connections is full drops what asks for another. The client's system asks
//! again after a second, and after two more.

use super::{as_many, several};
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{connections_opened, count, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Setup];

/// How often in a trial a connection must have been asked for again to be worth a word: a packet is
/// lost now and then.
const ONCE: f64 = 0.5;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.excess(&CHARGES).or_else(|| needless(case))?;
    let asked_again = |side: &Side<'_>| side.seen.asked_again.filter(|&times| times >= ONCE);
    let evidence = [
        Some(format!("round trips that open connections, on the critical path: {}", sized(size))),
        connections_opened(case),
        asked_again(case.side).map(|times| {
            format!(
                "of these, open only after a second or more, when asked for again: {}",
                count(times)
            )
        }),
    ];
    let remedy = if asked_again(case.side).is_some() {
        "open fewer connections at once, or have the server queue more of them (its backlog)"
    } else {
        "keep connections: one session for all requests, and for all batches"
    };
    Some(Draft {
        code: FindingCode::ConnectionSetup,
        size: Some(size),
        because: false,
        sentence: format!("{} waits {} until connections are open.", case.name(), more(case, size)),
        remedy: remedy.to_owned(),
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
