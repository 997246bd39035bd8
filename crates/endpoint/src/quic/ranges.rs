//! A set of whole numbers that grows from 0 on, with few gaps: the bytes of a stream that were written, in parts
//! that come in any order and more than once.

use std::collections::BTreeMap;

/// The set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranges {
    /// All below this.
    whole: u64,
    /// The ranges beyond a gap, from their start to their end.
    beyond: BTreeMap<u64, u64>,
}

impl Ranges {
    /// Adds `length` numbers from `start` on.
    pub(crate) fn add(&mut self, start: u64, length: u64) {
        let end = self.beyond.entry(start).or_default();
        *end = (*end).max(start.saturating_add(length));
        while let Some(next) = self.beyond.first_entry().filter(|next| *next.key() <= self.whole) {
            self.whole = self.whole.max(next.remove());
        }
    }

    /// Whether it holds all numbers below `end`.
    pub(crate) fn reach(&self, end: u64) -> bool {
        self.whole >= end
    }

    /// Whether it holds a number.
    pub(crate) fn holds(&self, number: u64) -> bool {
        let mut before = self.beyond.range(..=number).rev();
        number < self.whole || before.any(|(_, end)| number < *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_as_far_as_there_is_no_gap() {
        let mut written = Ranges::default();
        assert!(written.reach(0) && !written.reach(1));
        written.add(10, 10);
        written.add(0, 5);
        assert!(written.reach(5) && !written.reach(6));
        written.add(3, 4);
        written.add(15, 1);
        written.add(10, 2);
        assert!(written.reach(7) && !written.reach(8));
        let held: Vec<u64> = (0..25).filter(|&number| written.holds(number)).collect();
        assert_eq!(held, (0..7).chain(10..20).collect::<Vec<_>>());
        written.add(7, 3);
        assert!(written.reach(20) && !written.reach(21));
        assert!(written.beyond.is_empty());
    }
}
