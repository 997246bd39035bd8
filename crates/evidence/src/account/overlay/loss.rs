//! Waits for what the link lost: a part of a request, a response or a handshake, until it was sent again; and the
//! slower sending of responses after a loss.
//!
//! The endpoint counts every datagram that its link loses, and knows what it had sent in it. Of a datagram to the
//! server only the moment is known: a request that was on its way then, and arrived later, waited for it.

mod slowed;

use model::time::Span;
use model::trace::Milestone;
use model::witness::{LinkEnd, LossRow, RequestRow, Witness};

use super::{AccountInput, Charge, Overlay};
use crate::milestones::MilestoneSource;

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let Some(witness) = input.witness.filter(|witness| !witness.losses.is_empty()) else {
        return Vec::new();
    };
    let mut found: Vec<(usize, Wait)> = slowed::find(input, witness);
    for request in input.requests() {
        let Some(row) = input.joined[request].request else { continue };
        let mut waits = in_handshake(input, witness, request);
        waits.extend(of_request(input, witness, request, row));
        waits.extend(of_response(row));
        found.extend(waits.into_iter().map(|wait| (request, wait)));
    }
    found.retain(|(_, wait)| wait.from < wait.to);
    let overlay =
        |(request, Wait { from, to })| Overlay { request, from, to, charge: Charge::Loss };
    found.into_iter().map(overlay).collect()
}

/// From a loss until what was lost arrived or left.
#[derive(Clone, Copy, Debug)]
struct Wait {
    from: Span,
    to: Span,
}

/// The losses in the handshake that a request waited for, each until the next flight of the handshake.
fn in_handshake(input: &AccountInput<'_, '_>, witness: &Witness, request: usize) -> Vec<Wait> {
    let joined = &input.joined[request];
    let opened = joined.connection.filter(|_| joined.request.is_some_and(|row| row.ordinal == 0));
    let Some(connection) = opened else { return Vec::new() };
    let flights = [connection.first_byte_in, connection.handshake_out, connection.handshake_in];
    let last = flights.into_iter().flatten().max().unwrap_or_default();
    let wait = |loss: &LossRow| {
        let next = flights.into_iter().flatten().filter(|flight| *flight > loss.at).min()?;
        Some(Wait { from: loss.at, to: next })
    };
    let lost = losses(witness, connection.accepted, last);
    lost.filter(|loss| loss.connection == connection.id).filter_map(wait).collect()
}

/// From the first loss while the request was on its way until it was whole. One that was written before the server
/// had the client's part of the handshake waited for that too.
fn of_request(
    input: &AccountInput<'_, '_>,
    witness: &Witness,
    request: usize,
    row: &RequestRow,
) -> Option<Wait> {
    let milestones = &input.timelines[request].milestones;
    let is_reported = milestones.source(Milestone::Writing) == Some(MilestoneSource::Trace);
    let begun = if is_reported { Milestone::Writing } else { Milestone::Started };
    let begun = milestones.at(begun)?;
    let opening = input.joined[request].connection;
    let opening = opening.filter(|opening| opening.handshake_in.is_some_and(|end| end > begun));
    let since = opening.map_or(begun, |opening| opening.accepted.min(begun));
    let mut lost = losses(witness, since, row.last_byte_in);
    let first =
        lost.find(|loss| loss.connection == row.connection && loss.to == LinkEnd::Server)?;
    Some(Wait { from: first.at.max(begun), to: row.last_byte_in })
}

/// From when the response had been sent once until nothing of it was missing.
fn of_response(row: &RequestRow) -> Option<Wait> {
    Some(Wait { from: row.stream?.sent_once?, to: row.last_byte_out? })
}

/// The losses between two moments.
fn losses(witness: &Witness, from: Span, to: Span) -> impl Iterator<Item = &LossRow> {
    let first = witness.losses.partition_point(|loss| loss.at < from);
    witness.losses[first..].iter().take_while(move |loss| loss.at <= to)
}
