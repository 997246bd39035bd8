//! Large bodies on their way: from a response's first byte to its last, and what the link held its
//! first byte beyond a usual one because the bytes of others were before it.

use model::trace::Milestone;
use model::witness::RequestRow;

use super::{Charge, Overlay, Scene};

/// What fits into TCP's first flight (RFC 6928: ten segments) takes no further round trip: on a server
/// that is not ours it is not worth a name.
const LARGE: u64 = 14_600;
/// What fits into one segment waits for no other bytes of its own.
const SEGMENT: u64 = 1448;

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    scene.requests().flat_map(|request| of_request(scene, request)).collect()
}

fn of_request(scene: &Scene<'_>, request: usize) -> Vec<Overlay> {
    let mut found = match scene.joined[request].request {
        Some(row) if row.body_bytes <= SEGMENT => Vec::new(),
        Some(row) => of_witness(scene, request, row),
        None => of_trace(scene, request).into_iter().collect(),
    };
    found.retain(|over| over.from < over.to);
    found
}

/// What the link let pass late: the response's first piece, and all after it.
fn of_witness(scene: &Scene<'_>, request: usize, row: &RequestRow) -> Vec<Overlay> {
    let (Some(first), Some(last)) = (row.first_byte_out, row.last_byte_out) else {
        return Vec::new();
    };
    let charge = Charge::Bytes;
    let mut found = vec![Overlay { request, from: first, to: last, charge }];
    if let Some(held) = row.hold_out {
        let late = held.saturating_sub(scene.setting.round_trip.half());
        found.push(Overlay { request, from: first.saturating_sub(late), to: first, charge });
    }
    found
}

fn of_trace(scene: &Scene<'_>, request: usize) -> Option<Overlay> {
    let told = scene.told_bytes(request)?;
    let milestones = &scene.courses[request].milestones;
    let (from, to) = (milestones.at(Milestone::FirstByte)?, milestones.at(Milestone::Done)?);
    (told >= LARGE).then_some(Overlay { request, from, to, charge: Charge::Bytes })
}
