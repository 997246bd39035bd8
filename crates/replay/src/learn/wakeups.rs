//! The stretches in which a client worked, and how long it had waited before each.

use evidence::thread_states::ThreadHistory;
use model::time::Span;

use super::view::TrialView;
use crate::wake::Wakeup;

/// A stretch of a thread's work.
struct Work {
    from: Span,
    to: Span,
    /// How long the thread worked in it.
    length: Span,
}

/// What the client wrote and read, each list in order.
struct Calls {
    written: Vec<Span>,
    read: Vec<Span>,
    /// When something was done to open a connection.
    opening: Vec<Span>,
}

/// The stretches in which at least one thread worked for requests, but for those in which connections were opened.
/// Before the first one, nothing is known of how long the client had waited.
pub(super) fn wakeups(view: &TrialView<'_, '_>) -> Vec<Wakeup> {
    let until = view.worked_until();
    let histories = view.examined.threads.histories();
    let mut work: Vec<Work> =
        histories.flat_map(|(_, history)| work_of_thread(history, until)).collect();
    work.sort_by_key(|work| work.from);
    let calls = Calls::new(view);
    let stretches = merged(work);
    let pairs = stretches.windows(2);
    let seen =
        pairs.filter_map(|pair| calls.wakeup(&pair[1], pair[1].from.saturating_sub(pair[0].to)));
    seen.collect()
}

fn work_of_thread(history: &ThreadHistory<'_>, until: Span) -> Vec<Work> {
    let stretches = history.stretches(history.began(), until.min(history.thread().ended));
    let working = stretches.into_iter().filter(|stretch| stretch.wait.is_none());
    let work = working.map(|stretch| Work {
        from: stretch.from,
        to: stretch.to,
        length: stretch.length().saturating_sub(history.unseen(stretch.length())),
    });
    work.collect()
}

/// Stretches in which any thread works, of stretches of all threads in the order of their beginnings.
fn merged(work: Vec<Work>) -> Vec<Work> {
    let mut merged: Vec<Work> = Vec::new();
    for next in work {
        match merged.last_mut().filter(|last| next.from <= last.to) {
            Some(last) => {
                last.to = last.to.max(next.to);
                last.length = last.length + next.length;
            }
            None => merged.push(next),
        }
    }
    merged
}

impl Calls {
    fn new(view: &TrialView<'_, '_>) -> Self {
        let mut calls = Self { written: Vec::new(), read: Vec::new(), opening: Vec::new() };
        for joined in &view.examined.joined {
            let Some(row) = joined.socket else { continue };
            calls.written.push(row.writing);
            calls.read.extend(row.last_byte);
            if let Some(opening) = joined.opening {
                let connection = opening.connection;
                calls.opening.extend(opening.connecting());
                let later = [connection.connected, connection.securing, connection.secured];
                calls.opening.extend(later.into_iter().flatten());
            }
        }
        for list in [&mut calls.written, &mut calls.read, &mut calls.opening] {
            list.sort_unstable();
        }
        calls
    }

    fn wakeup(&self, work: &Work, waited: Span) -> Option<Wakeup> {
        let count = |list: &[Span]| {
            let before = list.partition_point(|&call| call < work.from);
            list.partition_point(|&call| call <= work.to) - before
        };
        let (written, read) = (count(&self.written), count(&self.read));
        let is_usual = written + read > 0 && count(&self.opening) == 0;
        is_usual.then_some(Wakeup { waited, worked: work.length, written, read })
    }
}
