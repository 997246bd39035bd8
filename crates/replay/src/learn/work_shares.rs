//! How much of the time in which threads of one interpreter work is each thread's own.
//!
//! Threads behind an interpreter lock work one at a time. What looks like work of several at once is that of one:
//! the others have just been woken, or wait for a core or the lock.

use evidence::thread_states::ThreadHistory;
use model::time::Span;

use crate::shorten::seconds;

/// The time in which threads work, shared equally by those that work at once.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkShares {
    /// What each of them had done at some moments, in order.
    marks: Vec<Mark>,
}

/// From a moment on, each thread that works does the same share of the time.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Span,
    /// What one thread had done that has worked ever since the beginning, in seconds.
    done: f64,
    /// How many threads work from here on.
    working: usize,
}

impl WorkShares {
    pub(super) fn new<'h, 'a: 'h>(
        histories: impl Iterator<Item = &'h ThreadHistory<'a>>,
        until: Span,
    ) -> Self {
        let mut turns: Vec<(Span, bool)> = Vec::new();
        for history in histories {
            let stretches = history.stretches(history.began(), until.min(history.thread().ended));
            for stretch in stretches.iter().filter(|stretch| stretch.wait.is_none()) {
                turns.extend([(stretch.from, true), (stretch.to, false)]);
            }
        }
        turns.sort_unstable();
        let mut shares = Self::default();
        let mut last = Mark { at: Span::ZERO, done: 0.0, working: 0 };
        for (at, begins) in turns {
            let done = last.done_at(at);
            let working = if begins { last.working + 1 } else { last.working.saturating_sub(1) };
            last = Mark { at, done, working };
            shares.marks.push(last);
        }
        shares
    }

    /// What a thread did from one moment to another.
    pub(super) fn of_thread(&self, history: &ThreadHistory<'_>, from: Span, to: Span) -> Span {
        let (from, to) = (from.max(history.began()), to.min(history.thread().ended));
        let stretches = history.stretches(from, to);
        let working = stretches.iter().filter(|stretch| stretch.wait.is_none());
        let done = working.map(|it| self.done_at(it.to) - self.done_at(it.from));
        let done = seconds(done.sum());
        done.saturating_sub(history.unseen(done))
    }

    fn done_at(&self, moment: Span) -> f64 {
        let next = self.marks.partition_point(|mark| mark.at <= moment);
        next.checked_sub(1).map_or(0.0, |last| self.marks[last].done_at(moment))
    }
}

impl Mark {
    fn done_at(&self, moment: Span) -> f64 {
        self.done + moment.saturating_sub(self.at).as_secs() / self.working.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::socket::{ClientThread, ThreadWait};
    use test_support::sample::client_threads::client_thread;

    /// What each thread did of the first 100 ms.
    fn done(threads: &[ClientThread]) -> Vec<Span> {
        let histories: Vec<ThreadHistory<'_>> = threads.iter().map(ThreadHistory::new).collect();
        let end = Span::from_millis(100);
        let shares = WorkShares::new(histories.iter(), end);
        histories.iter().map(|history| shares.of_thread(history, Span::ZERO, end)).collect()
    }

    #[test]
    fn threads_that_work_at_once_share_the_time() {
        let millis = |each: [u64; 2]| each.map(Span::from_millis).to_vec();
        let alone = client_thread(0, 100, &[(ThreadWait::Network, 40, 100)]);
        let later = client_thread(0, 100, &[(ThreadWait::Network, 0, 60)]);
        assert_eq!(done(&[alone.clone(), later]), millis([40, 40]));
        // From 20 to 40 ms both work.
        let beside = client_thread(20, 100, &[(ThreadWait::Network, 80, 100)]);
        assert_eq!(done(&[alone.clone(), beside]), millis([30, 50]));
        assert_eq!(done(&[alone.clone(), alone]), millis([20, 20]));
    }

    #[test]
    fn a_stretch_of_a_thread_holds_the_work_of_that_stretch_only() {
        let threads =
            [client_thread(0, 100, &[(ThreadWait::Lock, 30, 50)]), client_thread(0, 100, &[])];
        let histories = threads.each_ref().map(ThreadHistory::new);
        let shares = WorkShares::new(histories.iter(), Span::from_millis(100));
        let of = |history: &ThreadHistory<'_>, from, to| {
            shares.of_thread(history, Span::from_millis(from), Span::from_millis(to))
        };
        assert_eq!(of(&histories[0], 20, 60), Span::from_millis(10));
        assert_eq!(of(&histories[1], 20, 60), Span::from_millis(30));
        assert_eq!(of(&histories[0], 30, 50), Span::ZERO);
        assert_eq!(of(&histories[0], 90, 500), Span::from_millis(5));
    }
}
