//! Requests that waited at the server before it began to handle them.
//!
//! The embedded endpoint reports this. On another server the order of the waits shows it: of requests
//! that were in flight together, each waited longer than those that were sent before it. This holds
//! only for small bodies, whose bytes do not delay each other, and for a client that had time to
//! read each response when it came.

use model::time::Span;
use model::trace::Milestone;
use stats::drift::Drift;

use super::{AccountInput, Charge, Overlay, Readiness};
use crate::join::Joined;

/// Below this probability the order of the waits is not by chance. (Where a server takes requests in
/// groups, those of one group are in any order.)
const BY_CHANCE: f64 = 0.05;
/// From this share of one core on, responses may have waited for the client.
const BUSY: f64 = 0.6;
/// The most time that all bodies together may take, as a share of the longest additional wait.
const ON_THE_WAY: f64 = 0.25;

pub(super) fn find(input: &AccountInput<'_, '_>, ready: &Readiness) -> Vec<Overlay> {
    if input.witness.is_none() {
        return by_order(input, ready).unwrap_or_default();
    }
    let queued = |(request, joined): (usize, &Joined<'_>)| {
        let row = joined.request?;
        let from = row.last_byte_in + row.hold_in;
        Some(Overlay { request, from, to: row.handled, charge: Charge::ServerQueue })
    };
    input.joined.iter().enumerate().filter_map(queued).filter(|over| over.from < over.to).collect()
}

/// A request and its response, by the client's report.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    request: usize,
    sent: Span,
    first_byte: Span,
    done: Span,
}

impl Exchange {
    fn of_request(input: &AccountInput<'_, '_>, ready: &Readiness, request: usize) -> Option<Self> {
        let at = |milestone| input.timelines[request].milestones.at(milestone);
        let (sent, read) = (at(Milestone::Sent)?, at(Milestone::FirstByte)?);
        // A response that lay ready has not waited at the server.
        let first_byte = ready.first(request).map_or(read, |ready| ready.clamp(sent, read));
        Some(Self { request, sent, first_byte, done: at(Milestone::Done)? })
    }

    const fn wait(&self) -> Span {
        self.first_byte.saturating_sub(self.sent)
    }
}

/// The wait of each request beyond the shortest wait of its batch, where their order shows a queue.
fn by_order(input: &AccountInput<'_, '_>, ready: &Readiness) -> Option<Vec<Overlay>> {
    let exchanges: Option<Vec<Exchange>> =
        input.requests().map(|request| Exchange::of_request(input, ready, request)).collect();
    let exchanges = exchanges?;
    let shortest = exchanges.iter().map(Exchange::wait).min()?;
    let longest = exchanges.iter().map(Exchange::wait).max()?;
    let further = longest.saturating_sub(shortest);
    if !waits_grow(&together(&exchanges)) || is_busy(input) || are_slow(&exchanges, further) {
        return None;
    }
    let queued = |one: &Exchange| Overlay {
        request: one.request,
        from: one.sent,
        to: one.first_byte.saturating_sub(shortest),
        charge: Charge::ServerQueue,
    };
    Some(exchanges.iter().map(queued).filter(|over| over.from < over.to).collect())
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
