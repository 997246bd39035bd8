//! The transfer of large bodies: from a response's first byte to its last, and the time for which
//! the link held the first byte longer than usual because bytes of other responses came before it.

use model::trace::Milestone;
use model::witness::RequestRow;

use super::{AccountInput, Charge, Overlay};

/// A body that fits into TCP's first flight (RFC 6928: ten segments) needs no further round trip. On
/// a server that is not ours it is not counted.
pub(super) const LARGE: u64 = 14_600;
/// A body that fits into one segment does not wait for bytes of its own.
pub(super) const SEGMENT: u64 = 1448;

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    input.requests().flat_map(|request| find_in_request(input, request)).collect()
}

fn find_in_request(input: &AccountInput<'_, '_>, request: usize) -> Vec<Overlay> {
    let mut found = match input.joined[request].request {
        Some(row) if row.body_bytes <= SEGMENT => Vec::new(),
        Some(row) => find_in_witness(input, request, row),
        None => find_in_trace(input, request).into_iter().collect(),
    };
    found.retain(|over| over.from < over.to);
    found
}

/// The parts that the link delayed: the response's first piece, and everything after it.
fn find_in_witness(input: &AccountInput<'_, '_>, request: usize, row: &RequestRow) -> Vec<Overlay> {
    let (Some(first), Some(last)) = (row.first_byte_out, row.last_byte_out) else {
        return Vec::new();
    };
    let charge = Charge::Bytes;
    let mut found = vec![Overlay { request, from: first, to: last, charge }];
    // Without a bottleneck, a first byte that comes late does not wait for bytes of others.
    if let Some(held) = row.hold_out.filter(|_| has_bottleneck(input)) {
        let late = held.saturating_sub(input.setting.round_trip.half());
        found.push(Overlay { request, from: first.saturating_sub(late), to: first, charge });
    }
    found
}

fn has_bottleneck(input: &AccountInput<'_, '_>) -> bool {
    input.setting.link.is_some_and(|link| link.bandwidth.is_some())
}

fn find_in_trace(input: &AccountInput<'_, '_>, request: usize) -> Option<Overlay> {
    let bytes = input.bytes_read(request)?;
    let milestones = &input.timelines[request].milestones;
    let (from, to) = (milestones.at(Milestone::FirstByte)?, milestones.at(Milestone::Done)?);
    (bytes >= LARGE).then_some(Overlay { request, from, to, charge: Charge::Bytes })
}
