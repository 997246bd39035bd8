//! A resource whose users advance together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use model::time::Span;

/// A resource whose users take turns so short that all advance together: the cores, which the system's
/// scheduler divides. Of `k` users each advances at full speed or at a `k`th of what there is.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// How many users advance at full speed.
    capacity: u64,
    /// How far a user that began with the batch would be.
    progress: Span,
    /// When that was.
    at: Span,
    /// The users by how far `progress` is when they end.
    running: BinaryHeap<Reverse<(Span, usize)>>,
    /// How often a use began or ended.
    pub(super) changes: u64,
}

impl Shared {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1) as u64,
            progress: Span::ZERO,
            at: Span::ZERO,
            running: BinaryHeap::new(),
            changes: 0,
        }
    }

    pub(super) fn begin(&mut self, now: Span, task: usize, length: Span) {
        self.advance(now);
        self.running.push(Reverse((self.progress + length, task)));
        self.changes += 1;
    }

    /// How many users there are for each place; at least one.
    fn users(&self) -> u64 {
        (self.running.len() as u64).max(self.capacity)
    }

    fn advance(&mut self, now: Span) {
        let passed = u128::from(now.saturating_sub(self.at).as_nanos());
        let advanced = passed * u128::from(self.capacity) / u128::from(self.users());
        self.progress =
            self.progress + Span::from_nanos(u64::try_from(advanced).unwrap_or(u64::MAX));
        self.at = now;
    }

    /// When the first use ends if none begins before.
    pub(super) fn next_end(&self) -> Option<Span> {
        let Reverse((end, _)) = self.running.peek()?;
        let left = u128::from(end.saturating_sub(self.progress).as_nanos());
        let takes = (left * u128::from(self.users())).div_ceil(u128::from(self.capacity));
        Some(self.at + Span::from_nanos(u64::try_from(takes).unwrap_or(u64::MAX)))
    }

    /// Ends the first use, and all that end at the same moment.
    pub(super) fn end(&mut self, now: Span) -> Vec<usize> {
        let Some(&Reverse((first, _))) = self.running.peek() else { return Vec::new() };
        self.at = now;
        self.progress = self.progress.max(first);
        self.changes += 1;
        let mut ended = Vec::new();
        while let Some(&Reverse((end, task))) = self.running.peek() {
            if end > first {
                break;
            }
            self.running.pop();
            ended.push(task);
        }
        ended
    }
}
