//! Counts how often something happens in repetitions, and compares the share with bounds.

use crate::quantity::{Interval, LogRatio};

/// How many repetitions there are in full.
const IN_FULL: usize = 10_000;

/// Whether the simulations run in full.
fn in_full() -> bool {
    std::env::var_os("BATCHMARK_SLOW_TESTS").is_some_and(|value| value == "1")
}

/// The number of repetitions: `short`, or the full number.
pub(crate) fn repetitions(short: usize) -> usize {
    if in_full() { IN_FULL } else { short }
}

/// How often something happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Coverage {
    hits: usize,
    of: usize,
}

impl Coverage {
    /// How often an interval contains a true ratio of 1.05.
    pub(crate) fn count(
        short: usize,
        mut interval: impl FnMut(LogRatio) -> Option<Interval>,
    ) -> Self {
        let truth = LogRatio(1.05_f64.ln());
        let mut coverage = Self::default();
        for _ in 0..repetitions(short) {
            coverage.add(interval(truth).expect("has an interval").contains(truth));
        }
        coverage
    }

    pub(crate) fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    pub(crate) fn share(self) -> f64 {
        self.hits as f64 / self.of as f64
    }

    /// Asserts that the share is between the bounds. A short simulation may miss them by two
    /// binomial standard errors.
    pub(crate) fn assert_between(self, low: f64, high: f64, what: &str) {
        let error = |bound: f64| {
            if in_full() { 0.0 } else { 2.0 * (bound * (1.0 - bound) / self.of as f64).sqrt() }
        };
        let share = self.share();
        println!("{what}: {share:.4} of {}", self.of);
        assert!(
            low - error(low) <= share && share <= high + error(high),
            "{what}: {share} of {} is not between {low} and {high}",
            self.of
        );
    }
}
