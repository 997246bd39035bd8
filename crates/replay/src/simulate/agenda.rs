//! What is planned: events in the order of their moments, and those of one moment in the order in which they were
//! planned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::time::Span;

use crate::batch::Resource;

/// What happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// A worker is ready for a request.
    Ready { worker: usize },
    /// A request goes on with its next step.
    Proceed { task: usize },
    /// A step is over and gives its resource back.
    Release { task: usize },
    /// The first use of a shared resource may be over, if none has begun or ended since.
    SharedEnd { resource: Resource, changes: u64 },
}

/// The events that are planned.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    planned: BinaryHeap<Reverse<(Span, u64, Event)>>,
    plans: u64,
}

impl Agenda {
    pub(super) fn plan(&mut self, at: Span, event: Event) {
        self.plans += 1;
        self.planned.push(Reverse((at, self.plans, event)));
    }

    /// The next event, and when it happens.
    pub(super) fn next(&mut self) -> Option<(Span, Event)> {
        let Reverse((at, _, event)) = self.planned.pop()?;
        Some((at, event))
    }
}
