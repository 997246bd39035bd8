//! By how much this process is woken too late, measured all the time.
//!
//! Between a timer's deadline and the write for which it was set lie the interrupt, the wake-up of
//! a sleeping core, the scheduler, and caches that have gone cold: some ten microseconds, more in a
//! virtual machine. The median of the last wake-ups is taken off the deadlines that are set. It is
//! a median so that one preempted wake-up changes nothing.

use std::sync::{Mutex, PoisonError};

use model::time::Span;

/// How many wake-ups are remembered: odd, so that the median is one of them.
const REMEMBERED: usize = 63;

/// The most that is taken off. A machine that wakes its processes later than this is overloaded,
/// and what is taken off would come out as answers that are too early once the load is gone.
const MOST: Span = Span::from_nanos(300_000);

/// The lateness of the last wake-ups, shared by all connections of the process.
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
    /// Takes note of a wake-up.
    pub(crate) fn observe(&self, late: Span) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.push(late);
    }

    /// What to take off a deadline: the median lateness; nothing before the first wake-up.
    pub(crate) fn usual(&self) -> Span {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).median
    }
}

impl Window {
    fn push(&mut self, late: Span) {
        if self.last.len() < REMEMBERED {
            self.last.push(late);
        } else {
            self.last[self.oldest] = late;
            self.oldest = (self.oldest + 1) % REMEMBERED;
        }
        let mut sorted = self.last.clone();
        let middle = sorted.len() / 2;
        self.median = (*sorted.select_nth_unstable(middle).1).min(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual_after(micros: &[u64]) -> u64 {
        let lateness = Lateness::default();
        for &late in micros {
            lateness.observe(Span::from_nanos(late * 1000));
        }
        lateness.usual().as_nanos() / 1000
    }

    #[test]
    fn one_preempted_wake_up_changes_nothing() {
        assert_eq!(usual_after(&[]), 0);
        assert_eq!(usual_after(&[50, 52, 9_000, 51, 49]), 51);
    }

    #[test]
    fn old_wake_ups_are_forgotten() {
        let mut micros = vec![200; REMEMBERED];
        assert_eq!(usual_after(&micros), 200);
        micros.extend([50; REMEMBERED / 2 + 1]);
        assert_eq!(usual_after(&micros), 50);
    }

    #[test]
    fn an_overload_is_not_taken_for_lateness() {
        assert_eq!(usual_after(&[5_000; 10]), MOST.as_nanos() / 1000);
    }
}
