//! How late this process is woken, measured continuously.
//!
//! Between a deadline and its write lie the interrupt, the wake-up of a sleeping core, the
//! scheduler and cold caches: some ten microseconds, more in a virtual machine. Timers are set
//! earlier by the median of the last wake-ups. A median ignores a single preempted wake-up.

use std::sync::{Mutex, PoisonError};

use model::time::Span;

/// How many wake-ups are kept. It is odd, so that the median is one of them.
const KEPT: usize = 63;

/// The maximum correction. A machine that wakes its processes later than this is overloaded. A
/// larger correction would make responses too early once the load is gone.
const MOST: Span = Span::from_nanos(300_000);

/// The lateness of the last wake-ups, shared by all connections.
#[derive(Debug, Default)]
pub(crate) struct Lateness {
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    last: Vec<Span>,
    oldest: usize,
    median: Span,
}

impl Lateness {
    /// Records a wake-up.
    pub(crate) fn observe(&self, late: Span) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.push(late);
    }

    /// The median lateness, by which to set a timer earlier; zero before the first wake-up.
    pub(crate) fn median(&self) -> Span {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).median
    }
}

impl Window {
    fn push(&mut self, late: Span) {
        if self.last.len() < KEPT {
            self.last.push(late);
        } else {
            self.last[self.oldest] = late;
            self.oldest = (self.oldest + 1) % KEPT;
        }
        let mut sorted = self.last.clone();
        let middle = sorted.len() / 2;
        self.median = (*sorted.select_nth_unstable(middle).1).min(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median_after(micros: &[u64]) -> u64 {
        let lateness = Lateness::default();
        for &late in micros {
            lateness.observe(Span::from_nanos(late * 1000));
        }
        lateness.median().as_nanos() / 1000
    }

    #[test]
    fn ignores_a_single_preempted_wake_up() {
        assert_eq!(median_after(&[]), 0);
        assert_eq!(median_after(&[50, 52, 9_000, 51, 49]), 51);
    }

    #[test]
    fn forgets_old_wake_ups() {
        let mut micros = vec![200; KEPT];
        assert_eq!(median_after(&micros), 200);
        micros.extend([50; KEPT / 2 + 1]);
        assert_eq!(median_after(&micros), 50);
    }

    #[test]
    fn limits_the_correction_under_overload() {
        assert_eq!(median_after(&[5_000; 10]), MOST.as_nanos() / 1000);
    }
}
