//! Delayed acknowledgements: a response whose end comes 40 ms after its beginning, though the server
//! wrote both at once.
//!
//! A server that writes head and body separately without TCP_NODELAY keeps the body until the head
//! is acknowledged (Nagle, RFC 896), and a client's kernel that has nothing to send acknowledges
//! after 40 ms at the earliest (Linux, TCP_DELACK_MIN; the timer runs some milliseconds late).

use std::collections::BTreeMap;

use model::time::Span;
use model::trace::Milestone;
use model::witness::RequestRow;

use super::{AccountInput, Charge, Overlay};
use crate::join::Joined;
use crate::milestones::by_sockets;
use crate::pauses::LONG_PAUSE;

/// From when to when a delayed acknowledgement may end a response.
const SOONEST: Span = Span::from_millis(38);
const LATEST: Span = Span::from_millis(60);
/// A server that wrote a response within this time wrote it at once.
const AT_ONCE: Span = Span::from_millis(5);
/// A body of more bytes than this takes long on the link by itself.
const SMALL: u64 = 65_536;

/// The least share of the responses with a pause in which it has the length of the delay.
const NEARLY_ALL: f64 = 0.75;

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let mut found: Vec<Overlay> =
        input.requests().filter_map(|request| find_in_trace(input, request)).collect();
    if found.is_empty() {
        let by_place = by_place(input);
        found.extend(
            input.requests().filter_map(|request| find_in_witness(input, &by_place, request)),
        );
    }
    let pauses = input.requests().filter(|request| has_pause(&input.joined[*request])).count();
    if input.witness.is_none() && (found.len() as f64) < NEARLY_ALL * pauses as f64 {
        Vec::new()
    } else {
        found
    }
}

/// A delay of which the client or its system calls show both ends.
fn find_in_trace(input: &AccountInput<'_, '_>, request: usize) -> Option<Overlay> {
    let (columns, joined) = (&input.run.columns, &input.joined[request]);
    // Where a request was redirected, a trace may show the beginning of the first response.
    let at = |milestone| by_sockets(milestone, joined).or_else(|| columns.at(milestone, request));
    let (from, to) = (at(Milestone::FirstByte)?, at(Milestone::Done)?);
    let small = input.bytes_read(request).is_none_or(|bytes| bytes <= SMALL);
    let late = is_delay(to.saturating_sub(from)) && small && written_at_once(joined);
    (late && is_one_pause(joined)).then_some(Overlay {
        request,
        from,
        to,
        charge: Charge::DelayedAck,
    })
}

/// The witness's rows by their connections and their places on them.
type ByPlace<'a> = BTreeMap<(u64, u64), &'a RequestRow>;

fn by_place<'a>(input: &AccountInput<'_, 'a>) -> ByPlace<'a> {
    let mut by_place = ByPlace::new();
    for row in input.witness.iter().flat_map(|witness| &witness.requests) {
        by_place.entry((row.connection, row.ordinal)).or_insert(row);
    }
    by_place
}

/// A delay that only the server shows: the next request on the connection came that much later.
fn find_in_witness(
    input: &AccountInput<'_, '_>,
    by_place: &ByPlace<'_>,
    request: usize,
) -> Option<Overlay> {
    let row = input.joined[request].request?;
    let before = by_place.get(&(row.connection, row.ordinal.checked_sub(1)?))?;
    let (from, to) = (before.last_byte_out?, row.last_byte_in);
    let by_sockets = by_sockets(Milestone::Done, &input.joined[request]);
    let reported = input.run.columns.at(Milestone::Done, request).or(by_sockets).is_some();
    let late = !reported && is_delay(to.saturating_sub(from)) && before.body_bytes <= SMALL;
    late.then_some(Overlay { request, from, to, charge: Charge::DelayedAck })
}

fn is_delay(length: Span) -> bool {
    (SOONEST..=LATEST).contains(&length)
}

/// Whether the delay is one pause between two reads, which an acknowledgement may have ended.
fn is_one_pause(joined: &Joined<'_>) -> bool {
    joined
        .socket
        .is_none_or(|row| row.read_pause.is_some_and(is_delay) && row.acknowledged != Some(false))
}

/// Whether a response came in parts with a pause between them.
fn has_pause(joined: &Joined<'_>) -> bool {
    joined.socket.and_then(|row| row.read_pause).is_some_and(|pause| pause >= LONG_PAUSE)
}

fn written_at_once(joined: &Joined<'_>) -> bool {
    let written = joined
        .request
        .and_then(|row| row.last_byte_out?.as_nanos().checked_sub(row.first_byte_out?.as_nanos()));
    written.is_none_or(|nanos| Span::from_nanos(nanos) <= AT_ONCE)
}
