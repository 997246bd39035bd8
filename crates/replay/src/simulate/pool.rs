//! A resource that a limited number of steps can use at once.

use std::collections::VecDeque;

use model::time::Span;

/// What comes to an event loop this soon after it looked for more, it finds with the rest.
const LOOKING: Span = Span::from_nanos(200_000);

/// Where a step comes from that wants a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Whoever has the resource knows of it.
    Known,
    /// It comes from the network to an event loop, which has to look for it.
    Network,
}

/// The resource, and the steps that wait for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    pub(super) free: usize,
    pub(super) waiting: VecDeque<usize>,
    /// What an event loop does not know of yet: it looks for more when it has done all that waits.
    arrived: VecDeque<usize>,
    /// When it last looked.
    looked: Option<Span>,
}

impl Pool {
    /// Takes a place for a step; false where it has to wait for one.
    pub(super) fn take(&mut self, now: Span, task: usize, origin: Origin) -> bool {
        if self.free > 0 {
            if self.free < usize::MAX {
                self.free -= 1;
                self.looked = Some(now);
            }
            return true;
        }
        let is_found =
            origin == Origin::Known || self.looked.is_some_and(|looked| now <= looked + LOOKING);
        let queue = if is_found { &mut self.waiting } else { &mut self.arrived };
        queue.push_back(task);
        false
    }

    /// The step that has waited longest, which takes the place that another gives up.
    pub(super) fn next(&mut self, now: Span) -> Option<usize> {
        if self.waiting.is_empty() {
            std::mem::swap(&mut self.waiting, &mut self.arrived);
            self.looked = Some(now);
        }
        self.waiting.pop_front()
    }

    /// Gives a place back for which nothing waits.
    pub(super) const fn give_back(&mut self) {
        if self.free < usize::MAX {
            self.free += 1;
        }
    }
}
