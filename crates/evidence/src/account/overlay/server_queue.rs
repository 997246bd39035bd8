//! Requests that had arrived, and that the server had not begun to handle.
//!
//! The embedded endpoint says so itself. Of another server the client sees it by the order of what it
//! waits for: of requests that were under way together, each waited longer than those that were sent
//! before it. That is told only of small bodies, whose bytes do not stand in each other's way, and of
//! a client that had time to take each answer when it came.

use model::time::Span;
use model::trace::Milestone;
use stats::drift::Drift;

use super::{Charge, Overlay, Scene};
use crate::join::Joined;

/// Below this probability the order of the waits is none of chance. (Where a server takes requests up
/// in groups, those of one group stand in any order.)
const BY_CHANCE: f64 = 0.05;
/// From this share of one core on, answers may have waited for the client.
const BUSY: f64 = 0.6;
/// By so much of the longest further wait, at most, all bodies may have been on their way.
const ON_THE_WAY: f64 = 0.25;

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    if scene.witness.is_none() {
        return by_order(scene).unwrap_or_default();
    }
    let queued = |(request, joined): (usize, &Joined<'_>)| {
        let row = joined.request?;
        let from = row.last_byte_in + row.hold_in;
        Some(Overlay { request, from, to: row.handled, charge: Charge::ServerQueue })
    };
    scene.joined.iter().enumerate().filter_map(queued).filter(|over| over.from < over.to).collect()
}

/// An exchange by the client's word.
#[derive(Clone, Copy, Debug)]
struct Exchange {
    request: usize,
    sent: Span,
    first_byte: Span,
    done: Span,
}

impl Exchange {
    fn of(scene: &Scene<'_>, request: usize) -> Option<Self> {
        let at = |milestone| scene.courses[request].milestones.at(milestone);
        let (sent, first_byte) = (at(Milestone::Sent)?, at(Milestone::FirstByte)?);
        Some(Self { request, sent, first_byte, done: at(Milestone::Done)? })
    }

    const fn wait(&self) -> Span {
        self.first_byte.saturating_sub(self.sent)
    }
}

/// What each request waited beyond the shortest wait of its batch, where their order shows a queue.
fn by_order(scene: &Scene<'_>) -> Option<Vec<Overlay>> {
    let exchanges: Option<Vec<Exchange>> =
        scene.requests().map(|request| Exchange::of(scene, request)).collect();
    let exchanges = exchanges?;
    let shortest = exchanges.iter().map(Exchange::wait).min()?;
    let longest = exchanges.iter().map(Exchange::wait).max()?;
    let further = longest.saturating_sub(shortest);
    if !stand_in_order(&together(&exchanges)) || is_busy(scene) || are_slow(&exchanges, further) {
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

/// Those that were sent before any answer came, in the order of sending.
fn together(exchanges: &[Exchange]) -> Vec<Exchange> {
    let first = exchanges.iter().map(|one| one.first_byte).min().unwrap_or_default();
    let mut together: Vec<Exchange> =
        exchanges.iter().filter(|one| one.sent < first).copied().collect();
    together.sort_by_key(|one| one.sent);
    together
}

/// Whether those that were sent later waited longer.
fn stand_in_order(exchanges: &[Exchange]) -> bool {
    let waits: Vec<f64> = exchanges.iter().map(|one| one.wait().as_secs()).collect();
    Drift::new(&waits)
        .is_some_and(|found| found.correlation > 0.0 && found.probability.value() <= BY_CHANCE)
}

/// Whether the client computed for much of the batch; one that does not tell may have.
fn is_busy(scene: &Scene<'_>) -> bool {
    let usage = &scene.run.usage;
    let used = usage.user.zip(usage.system).map(|(user, system)| user + system);
    used.is_none_or(|used| used.as_secs() >= BUSY * scene.run.batch_time().as_secs())
}

/// Whether bodies took their time on the way.
fn are_slow(exchanges: &[Exchange], further: Span) -> bool {
    let receiving: Span = exchanges.iter().map(|one| one.done.saturating_sub(one.first_byte)).sum();
    receiving.as_secs() > ON_THE_WAY * further.as_secs()
}
