//! Lookups that waited for a thread: few threads make them, one after another.
//!
//! Node looks names up on the threads of libuv, of which at most half do so at once; Python's event loops
//! do so on their executor.

use std::collections::BTreeMap;

use model::socket::{Lookup, ThreadPlace};
use model::time::Span;

use super::{AccountInput, Charge, Overlay};

/// A thread takes up to this long from one lookup to the next that waited for it.
const AT_ONCE: Span = Span::from_millis(1);

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let Some(sockets) = input.sockets else { return Vec::new() };
    let queued = QueuedLookups::new(&sockets.lookups);
    let find_in_request = |request: usize| {
        let lookup = input.joined[request].opening?.lookup?;
        let (from, to) = (queued.since(lookup)?, lookup.began);
        (from < to).then_some(Overlay { request, from, to, charge: Charge::Lookup })
    };
    input.requests().filter_map(find_in_request).collect()
}

/// Since when the thread of each lookup was busy with lookups, by the thread and the lookup's beginning.
struct QueuedLookups(BTreeMap<(ThreadPlace, Span), Span>);

impl QueuedLookups {
    fn new(lookups: &[Lookup]) -> Self {
        let mut sorted: Vec<&Lookup> = lookups.iter().collect();
        sorted.sort_by_key(|lookup| (lookup.thread, lookup.began));
        let mut since = BTreeMap::new();
        let mut before: Option<&Lookup> = None;
        let mut from = Span::ZERO;
        for lookup in sorted {
            let follows = before.is_some_and(|before| {
                before.thread == lookup.thread && lookup.began <= before.ended + AT_ONCE
            });
            from = if follows { from } else { lookup.began };
            since.insert((lookup.thread, lookup.began), from);
            before = Some(lookup);
        }
        Self(since)
    }

    fn since(&self, lookup: &Lookup) -> Option<Span> {
        self.0.get(&(lookup.thread, lookup.began)).copied()
    }
}
