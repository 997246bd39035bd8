//! The delayed acknowledgement: a response whose end comes 40 ms after its beginning, though the
//! server wrote both at once.
//!
//! A server that writes head and body apart without TCP_NODELAY holds the body back until the head
//! is acknowledged (Nagle, RFC 896), and a client's kernel that has nothing to send acknowledges
//! after 40 ms at the earliest (Linux, TCP_DELACK_MIN; the timer runs some milliseconds late).

use model::time::Span;
use model::trace::Milestone;

use super::{Charge, Overlay, Scene};
use crate::join::Joined;

/// From when to when a delayed acknowledgement may end a response.
const SOONEST: Span = Span::from_millis(38);
const LATEST: Span = Span::from_millis(60);
/// A server that wrote a response so quickly wrote it at once.
const AT_ONCE: Span = Span::from_millis(5);
/// A body of more bytes than this takes its time on the way.
const SMALL: u64 = 65_536;

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    let mut found: Vec<Overlay> =
        scene.requests().filter_map(|request| of_trace(scene, request)).collect();
    if found.is_empty() {
        found.extend(scene.requests().filter_map(|request| of_witness(scene, request)));
    }
    found
}

/// One of which the client says both ends.
fn of_trace(scene: &Scene<'_>, request: usize) -> Option<Overlay> {
    let columns = &scene.run.columns;
    let from = columns.at(Milestone::FirstByte, request)?;
    let to = columns.at(Milestone::Done, request)?;
    let small = scene.told_bytes(request).is_none_or(|bytes| bytes <= SMALL);
    let late =
        is_delay(to.saturating_sub(from)) && small && written_at_once(&scene.joined[request]);
    late.then_some(Overlay { request, from, to, charge: Charge::DelayedAck })
}

/// One of which only the server's side is known: the next request on its connection came so late.
fn of_witness(scene: &Scene<'_>, request: usize) -> Option<Overlay> {
    let row = scene.joined[request].request?;
    let before = scene
        .witness?
        .requests
        .iter()
        .find(|other| other.connection == row.connection && other.ordinal + 1 == row.ordinal)?;
    let (from, to) = (before.last_byte_out?, row.last_byte_in);
    let told = scene.run.columns.at(Milestone::Done, request).is_some();
    let late = !told && is_delay(to.saturating_sub(from)) && before.body_bytes <= SMALL;
    late.then_some(Overlay { request, from, to, charge: Charge::DelayedAck })
}

fn is_delay(length: Span) -> bool {
    (SOONEST..=LATEST).contains(&length)
}

fn written_at_once(joined: &Joined<'_>) -> bool {
    let written = joined
        .request
        .and_then(|row| row.last_byte_out?.as_nanos().checked_sub(row.first_byte_out?.as_nanos()));
    written.is_none_or(|nanos| Span::from_nanos(nanos) <= AT_ONCE)
}
