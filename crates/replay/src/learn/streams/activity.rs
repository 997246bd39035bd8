//! When a client worked as a whole, and what it waited for in between.

use std::collections::BTreeMap;

use evidence::account::{Charge, ChargedPiece};
use evidence::path::SegmentLabel;
use evidence::thread_states::{ThreadHistory, ThreadStretch};
use model::phase::Phase;
use model::socket::ThreadWait;
use model::time::Span;
use model::trace::Milestone;

use crate::learn::view::TrialView;

/// From a moment on. Any of the client's threads that use the network may work.
pub(super) fn activity(view: &TrialView<'_, '_>, from: Span) -> Vec<ThreadStretch> {
    let uses_network =
        |history: &&ThreadHistory<'_>| !history.thread().waited.of(ThreadWait::Network).is_zero();
    let histories = view.examined.threads.histories().map(|(_, history)| history);
    let used: Vec<&ThreadHistory<'_>> = histories.filter(uses_network).collect();
    let end = view.worked_until();
    match used.as_slice() {
        [] => reported(view, from),
        [one] => one.stretches(from, end),
        several => merge(several, from, end),
    }
}

/// From when to when something worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Worked {
    from: Span,
    to: Span,
}

/// Where no thread was seen: the client works while a request waits for it.
fn reported(view: &TrialView<'_, '_>, from: Span) -> Vec<ThreadStretch> {
    let timelines = || view.examined.timelines.iter();
    let open = timelines().filter_map(|timeline| {
        let milestones = &timeline.milestones;
        milestones.at(Milestone::Secured).or_else(|| milestones.at(Milestone::Connected))
    });
    let from = open.min().unwrap_or_default().max(from);
    let mut answered: Vec<Span> =
        timelines().filter_map(|timeline| Some(timeline.delivery?.whole)).collect();
    answered.sort_unstable();
    // Nothing but its own beginning or a response lets the client write a request.
    let since = |to: Span| {
        let before = answered.partition_point(|&at| at < to);
        answered[..before].last().copied().unwrap_or_default()
    };
    let pieces = view.pieces.iter().flat_map(|request| &request.pieces);
    let own = pieces
        .filter(|piece| is_own(piece))
        .map(|piece| Worked { from: piece.from.max(since(piece.to)).max(from), to: piece.to });
    let mut own: Vec<Worked> = own.filter(|worked| worked.from < worked.to).collect();
    own.sort_unstable();
    lay(&own, from)
}

/// Whether a piece of a request is spent by the client itself.
fn is_own(piece: &ChargedPiece) -> bool {
    let is_client = piece.label == SegmentLabel::Phase(Phase::Client);
    is_client && matches!(piece.charge, None | Some(Charge::Client))
}

/// Stretches of work, which may overlap, with waits for the network between them.
fn lay(worked: &[Worked], from: Span) -> Vec<ThreadStretch> {
    let mut stretches: Vec<ThreadStretch> = Vec::new();
    let mut cursor = from;
    for &Worked { from, to } in worked {
        if from > cursor {
            let wait = Some(ThreadWait::Network);
            stretches.push(ThreadStretch { from: cursor, to: from, wait });
        }
        if to > cursor {
            stretches.push(ThreadStretch { from: from.max(cursor), to, wait: None });
            cursor = to;
        }
    }
    stretches
}

/// What a thread does, by what counts for the client as a whole: where several threads do different things, the
/// first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Doing {
    Work,
    Network,
    Timer,
    Other(ThreadWait),
}

impl Doing {
    const fn new(wait: Option<ThreadWait>) -> Self {
        match wait {
            None => Self::Work,
            Some(ThreadWait::Network) => Self::Network,
            Some(ThreadWait::Timer) => Self::Timer,
            Some(wait) => Self::Other(wait),
        }
    }

    const fn wait(self) -> Option<ThreadWait> {
        match self {
            Self::Work => None,
            Self::Network => Some(ThreadWait::Network),
            Self::Timer => Some(ThreadWait::Timer),
            Self::Other(wait) => Some(wait),
        }
    }
}

/// A thread begins or ends to do something.
#[derive(Clone, Copy, Debug)]
struct Turn {
    at: Span,
    doing: Doing,
    begins: bool,
}

/// One history of several threads. Where none of them lives, the client waits.
fn merge(histories: &[&ThreadHistory<'_>], from: Span, end: Span) -> Vec<ThreadStretch> {
    let mut turns: Vec<Turn> = Vec::new();
    for history in histories {
        let (born, dead) = (from.max(history.began()), end.min(history.thread().ended));
        for stretch in history.stretches(born, dead.max(born)) {
            let doing = Doing::new(stretch.wait);
            turns.push(Turn { at: stretch.from, doing, begins: true });
            turns.push(Turn { at: stretch.to, doing, begins: false });
        }
    }
    turns.sort_by_key(|turn| turn.at);
    let mut counts: BTreeMap<Doing, usize> = BTreeMap::new();
    let mut stretches: Vec<ThreadStretch> = Vec::new();
    let mut cursor = from;
    for Turn { at, doing, begins } in turns {
        if at > cursor {
            let first = counts.iter().find(|(_, count)| **count > 0);
            let wait = first.map_or(Some(ThreadWait::Network), |(doing, _)| doing.wait());
            match stretches.last_mut().filter(|last| last.wait == wait) {
                Some(last) => last.to = at,
                None => stretches.push(ThreadStretch { from: cursor, to: at, wait }),
            }
            cursor = at;
        }
        let count = counts.entry(doing).or_default();
        *count = if begins { *count + 1 } else { count.saturating_sub(1) };
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::sample::client_threads::client_thread;

    const fn millis(millis: u64) -> Span {
        Span::from_millis(millis)
    }

    fn stretch(from: u64, to: u64, wait: Option<ThreadWait>) -> ThreadStretch {
        ThreadStretch { from: millis(from), to: millis(to), wait }
    }

    #[test]
    fn a_client_works_while_any_of_its_threads_does() {
        use ThreadWait::{Lock, Network};
        let threads = [
            client_thread(0, 20, &[(Network, 2, 8), (Lock, 12, 20)]),
            client_thread(6, 18, &[(Network, 7, 16)]),
        ];
        let histories = threads.each_ref().map(ThreadHistory::new);
        let merged = merge(&histories.each_ref(), millis(1), millis(20));
        let expected = [
            stretch(1, 2, None),
            stretch(2, 6, Some(Network)),
            stretch(6, 7, None),
            stretch(7, 8, Some(Network)),
            stretch(8, 12, None),
            stretch(12, 16, Some(Network)),
            stretch(16, 18, None),
            stretch(18, 20, Some(Lock)),
        ];
        assert_eq!(merged, expected);
    }

    #[test]
    fn stretches_of_work_that_overlap_are_laid_once() {
        let worked = |from, to| Worked { from: millis(from), to: millis(to) };
        let laid = lay(&[worked(2, 5), worked(3, 4), worked(4, 7), worked(9, 10)], millis(1));
        let network = Some(ThreadWait::Network);
        let expected = [
            stretch(1, 2, network),
            stretch(2, 5, None),
            stretch(5, 7, None),
            stretch(7, 9, network),
            stretch(9, 10, None),
        ];
        assert_eq!(laid, expected);
    }
}
