//! Responses that lay ready on a server that is not ours: the rest of the wait is the client's own.
//! On the embedded endpoint the path itself ends the wait where the response was written.

use model::trace::Milestone;

use super::{AccountInput, Charge, ClientTime, Overlay, Readiness};
use crate::path::Segment;
use model::phase::Phase;

pub(super) fn find(
    input: &AccountInput<'_, '_>,
    ready: &Readiness,
    client: &ClientTime<'_, '_, '_>,
) -> Vec<Overlay> {
    let elsewhere = |request: &usize| input.timelines[*request].delivery.is_none();
    let requests = input.requests().filter(elsewhere);
    requests.flat_map(|request| find_in_request(input, ready, client, request)).collect()
}

fn find_in_request(
    input: &AccountInput<'_, '_>,
    ready: &Readiness,
    client: &ClientTime<'_, '_, '_>,
    request: usize,
) -> Vec<Overlay> {
    let at = |milestone| input.timelines[request].milestones.at(milestone);
    let parts = [
        (ready.first(request), at(Milestone::FirstByte)),
        (ready.last(request), at(Milestone::Done)),
    ];
    let late = parts.into_iter().filter_map(|(from, to)| Some((from?, to?)));
    let overlays = late.filter(|(from, to)| from < to).flat_map(|(start, end)| {
        let label = Phase::Client.into();
        let part = Segment { start, end, label, request: Some(request) };
        client.split(part, true).into_iter().map(move |piece| Overlay {
            request,
            from: piece.from,
            to: piece.to,
            charge: piece.charge.unwrap_or(Charge::Client),
        })
    });
    overlays.collect()
}
