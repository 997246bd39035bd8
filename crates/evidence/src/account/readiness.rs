//! When the response of each request lay ready to be read.
//!
//! On the embedded endpoint that is when the endpoint had written it. Elsewhere it shows in what the
//! request's thread did: while it waits for the network, nothing is there. A thread that stopped
//! waiting, or did something else, and then read at once found the response ready.

use model::socket::{ThreadWait, Wait};
use model::time::Span;

use super::AccountInput;
use crate::path::RequestTimeline;
use crate::thread_states::{ThreadHistory, WrittenRequest};

/// A thread takes up to this long from its wake-up to its read without any other work.
const AT_ONCE: Span = Span::from_millis(1);

/// When the first and the last byte of each response lay ready, in the order of the columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Readiness {
    first: Vec<Option<Span>>,
    last: Vec<Option<Span>>,
}

impl Readiness {
    pub(super) fn new(input: &AccountInput<'_, '_>) -> Self {
        let soonest = soonest(input);
        let first = |request: usize| {
            let timeline: &RequestTimeline = &input.timelines[request];
            let delivered = timeline.delivery.map(|delivery| delivery.first);
            delivered.or_else(|| observed_first(input, request, soonest))
        };
        let last = |request: usize| {
            let timeline: &RequestTimeline = &input.timelines[request];
            let delivered = timeline.delivery.map(|delivery| delivery.whole);
            delivered.or_else(|| observed_last(input, request))
        };
        Self {
            first: input.requests().map(first).collect(),
            last: input.requests().map(last).collect(),
        }
    }

    /// When the first byte of a response lay ready, if it lay there before it was read.
    pub(super) fn first(&self, request: usize) -> Option<Span> {
        *self.first.get(request)?
    }

    /// When all of a response lay ready, if it lay there before it was read.
    pub(super) fn last(&self, request: usize) -> Option<Span> {
        *self.last.get(request)?
    }
}

/// The thread of a request, and its request.
fn writer<'e, 'a>(
    input: &AccountInput<'e, 'a>,
    request: usize,
) -> Option<(WrittenRequest, &'e ThreadHistory<'a>)> {
    let row = input.threads.written(request)?;
    Some((row, input.threads.history(row.thread)?))
}

fn listens(wait: &Wait) -> bool {
    matches!(wait.kind, ThreadWait::Network | ThreadWait::Timer)
}

/// Until when a thread waited for the network in a stretch: its beginning where it never did.
fn listened_until(history: &ThreadHistory<'_>, from: Span, to: Span) -> Span {
    history.waits_in(from, to).rev().find(listens).map_or(from, |wait| wait.to)
}

/// The shortest time that any response took whose thread waited for it; without one, the round trip of
/// a connection.
fn soonest(input: &AccountInput<'_, '_>) -> Span {
    let awaited = |request| {
        let (row, history) = writer(input, request)?;
        let read = row.first_byte?;
        let idle = read.saturating_sub(listened_until(history, row.sent, read));
        (idle <= AT_ONCE).then(|| read.saturating_sub(row.sent))
    };
    let shortest = input.requests().filter_map(awaited).min();
    shortest.or_else(|| input.least_round_trip()).unwrap_or_default()
}

fn observed_first(input: &AccountInput<'_, '_>, request: usize, soonest: Span) -> Option<Span> {
    let (row, history) = writer(input, request)?;
    let read = row.first_byte?;
    let listened = listened_until(history, row.sent, read);
    // The thread of an event loop may have woken up for another response. Then this one came later,
    // but not sooner than any other did.
    let woke_for_it = listened > row.sent && !input.threads.is_event_loop(row.thread);
    let ready = if woke_for_it { listened } else { listened.max(row.sent + soonest) };
    (ready + AT_ONCE < read).then_some(ready)
}

fn observed_last(input: &AccountInput<'_, '_>, request: usize) -> Option<Span> {
    let (row, history) = writer(input, request)?;
    let first = row.first_byte?;
    let ready = listened_until(history, first, row.end);
    (ready + AT_ONCE < row.end).then_some(ready)
}
