//! Requests that waited at the server before it began to handle them.
//!
//! The embedded endpoint reports this. On another server the responses may show its room; else the order of the
//! waits shows that there is a queue: of requests that were in flight together, each waited longer than those that
//! were sent before it. This holds only for small bodies, whose bytes do not delay each other, and for a client that
//! had time to read each response when it came.

use model::time::Span;
use model::trace::Milestone;
use stats::drift::Drift;

use super::{AccountInput, Charge, Overlay, Readiness};
use crate::join::Joined;
use crate::server_room::{Exchange, ServerRoom};

/// Below this probability the order of the waits is not by chance. (Where a server takes requests in
/// groups, those of one group are in any order.)
const BY_CHANCE: f64 = 0.05;
/// From this share of one core on, responses may have waited for the client.
const BUSY: f64 = 0.6;
/// The most time that all bodies together may take, as a share of the longest additional wait.
const ON_THE_WAY: f64 = 0.25;

pub(super) fn find(input: &AccountInput<'_, '_>, ready: &Readiness) -> Vec<Overlay> {
    if input.witness.is_none() {
        return elsewhere(input, ready).unwrap_or_default();
    }
    let queued = |(request, joined): (usize, &Joined<'_>)| {
        let row = joined.request?;
        let from = row.last_byte_in + row.hold_in;
        Some(Overlay { request, from, to: row.handled, charge: Charge::ServerQueue })
    };
    input.joined.iter().enumerate().filter_map(queued).filter(|over| over.from < over.to).collect()
}

/// The queue of a server that is not ours.
fn elsewhere(input: &AccountInput<'_, '_>, ready: &Readiness) -> Option<Vec<Overlay>> {
    let exchanges = exchanges(input, ready)?;
    let queued = |one: &Exchange, length: Span| Overlay {
        request: one.request,
        from: one.sent,
        to: one.sent + length,
        charge: Charge::ServerQueue,
    };
    let overlays: Vec<Overlay> = if let Some(room) = input.server_room(&exchanges) {
        exchanges.iter().map(|one| queued(one, room.queued(one.request))).collect()
    } else {
        by_order(&exchanges)?.into_iter().map(|(one, length)| queued(one, length)).collect()
    };
    Some(overlays.into_iter().filter(|over| over.from < over.to).collect())
}

/// The wait of each request beyond the shortest wait of its batch, where their order shows a queue.
fn by_order(exchanges: &[Exchange]) -> Option<Vec<(&Exchange, Span)>> {
    let shortest = exchanges.iter().map(Exchange::wait).min()?;
    let longest = exchanges.iter().map(Exchange::wait).max()?;
    let further = longest.saturating_sub(shortest);
    let is_queue = waits_grow(&together(exchanges)) && !are_slow(exchanges, further);
    let beyond = |one| (one, Exchange::wait(one).saturating_sub(shortest));
    is_queue.then(|| exchanges.iter().map(beyond).collect())
}

/// The room that a server has which is not ours, where the exchanges show it, or agree with what is `known` of it.
pub(crate) fn server_room(
    input: &AccountInput<'_, '_>,
    known: Option<usize>,
) -> Option<ServerRoom> {
    if input.witness.is_some() {
        return None;
    }
    let exchanges = exchanges(input, &Readiness::new(input))?;
    let known = known.and_then(|room| input.known_room(&exchanges, room));
    known.or_else(|| input.server_room(&exchanges))
}

/// The exchanges of a batch, where the client had time to read each response when it came.
fn exchanges(input: &AccountInput<'_, '_>, ready: &Readiness) -> Option<Vec<Exchange>> {
    let exchanges: Option<Vec<Exchange>> =
        input.requests().map(|request| exchange(input, ready, request)).collect();
    exchanges.filter(|_| !is_busy(input))
}

/// A request and its response, by the client's report.
fn exchange(input: &AccountInput<'_, '_>, ready: &Readiness, request: usize) -> Option<Exchange> {
    let at = |milestone| input.timelines[request].milestones.at(milestone);
    let (sent, read) = (at(Milestone::Sent)?, at(Milestone::FirstByte)?);
    // A response that lay ready has not waited at the server.
    let first_byte = ready.first(request).map_or(read, |ready| ready.clamp(sent, read));
    Some(Exchange { request, sent, first_byte, done: at(Milestone::Done)? })
}

/// Those that were sent before any response came, in the order of sending.
fn together(exchanges: &[Exchange]) -> Vec<Exchange> {
    let first = exchanges.iter().map(|one| one.first_byte).min().unwrap_or_default();
    let mut together: Vec<Exchange> =
        exchanges.iter().filter(|one| one.sent < first).copied().collect();
    together.sort_by_key(|one| one.sent);
    together
}

/// Whether requests that were sent later waited longer.
fn waits_grow(exchanges: &[Exchange]) -> bool {
    let waits: Vec<f64> = exchanges.iter().map(|one| one.wait().as_secs()).collect();
    Drift::new(&waits)
        .is_some_and(|found| found.correlation > 0.0 && found.probability.value() <= BY_CHANCE)
}

/// Whether the client computed for much of the batch; one that does not report it may have.
fn is_busy(input: &AccountInput<'_, '_>) -> bool {
    let usage = &input.run.usage;
    let used = usage.user.zip(usage.system).map(|(user, system)| user + system);
    used.is_none_or(|used| used.as_secs() >= BUSY * input.run.observed_time().as_secs())
}

/// Whether the transfer of the bodies took long.
fn are_slow(exchanges: &[Exchange], further: Span) -> bool {
    let receiving: Span = exchanges.iter().map(|one| one.done.saturating_sub(one.first_byte)).sum();
    receiving.as_secs() > ON_THE_WAY * further.as_secs()
}
