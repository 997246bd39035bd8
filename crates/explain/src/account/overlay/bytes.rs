//! Large bodies on their way: from a response's first byte to its last, and what the link held its
//! first byte beyond a usual one because the bytes of others were before it.

use model::time::Span;
use model::trace::Milestone;

use super::{Charge, Overlay, Scene};

/// What fits into TCP's first flight (RFC 6928: ten segments) takes no further round trip and no
/// time that is worth a name.
const LARGE: u64 = 14_600;

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    (0..scene.courses.len()).flat_map(|request| of_request(scene, request)).collect()
}

fn of_request(scene: &Scene<'_>, request: usize) -> Vec<Overlay> {
    let row = scene.joined[request].request;
    let told = scene.run.columns.bytes.as_ref().and_then(|bytes| *bytes.get(request)?);
    if row.map(|row| row.body_bytes).or(told).is_none_or(|bytes| bytes < LARGE) {
        return Vec::new();
    }
    let charge = Charge::Bytes;
    let milestones = &scene.courses[request].milestones;
    let observed = milestones.at(Milestone::FirstByte).zip(milestones.at(Milestone::Done));
    let written = row.and_then(|row| row.first_byte_out.zip(row.last_byte_out));
    let mut found = Vec::new();
    if let Some((from, to)) = written.or(observed) {
        found.push(Overlay { request, from, to, charge });
    }
    if let Some((to, held)) = row.and_then(|row| row.first_byte_out.zip(row.hold_out)) {
        let usual = scene.setting.round_trip.half();
        let from = to.saturating_sub(held.saturating_sub(usual));
        found.push(Overlay { request, from, to, charge });
    }
    found.retain(|over| over.from < over.to && over.to > Span::ZERO);
    found
}
