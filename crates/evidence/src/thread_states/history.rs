//! The history of one thread: its waits in order, and how the time between them is divided.

use model::socket::{CertificateLoad, ClientThread, ThreadWait, Wait};
use model::time::Span;

use super::{PerThreadState, ThreadState, may_wait_for_others};

/// A thread that lets another one sample the code waits for less than this.
const SAMPLING: Span = Span::from_millis(1);

/// What one thread did from its beginning to its end.
#[derive(Clone, Debug)]
pub struct ThreadHistory<'a> {
    thread: &'a ClientThread,
    /// Its long waits, in order and without overlaps.
    waits: Vec<Wait>,
    /// The rest of its life by state. A thread's totals say how long it ran and waited for a core,
    /// but not when, so every moment outside of the long waits counts in the same proportion.
    rest: PerThreadState<u128>,
    /// When it loaded certificates, in order and without overlaps; of a client that did so several times.
    loads: Vec<CertificateLoad>,
}

/// A part of a thread's history in which it waited for one thing, or for nothing that is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadStretch {
    /// When it begins.
    pub from: Span,
    /// When it ends.
    pub to: Span,
    /// What the thread waited for.
    pub wait: Option<ThreadWait>,
}

impl ThreadStretch {
    /// How long it is.
    pub const fn length(&self) -> Span {
        self.to.saturating_sub(self.from)
    }
}

impl<'a> ThreadHistory<'a> {
    /// The history of a thread as the witness reports it.
    pub fn new(thread: &'a ClientThread) -> Self {
        let waits = in_order(thread);
        let rest = rest(thread, &waits);
        Self { thread, waits, rest, loads: Vec::new() }
    }

    /// Shows when it loaded certificates.
    pub(super) fn show_loads(&mut self) {
        let mut cursor = self.thread.began;
        for load in &self.thread.certificates {
            let (from, to) = (load.from.max(cursor), load.to.min(self.thread.ended));
            if from < to {
                self.loads.push(CertificateLoad { from, to });
                cursor = to;
            }
        }
    }

    /// Leaves out the short waits for the interpreter lock in which the code was sampled at one of these
    /// times.
    pub(super) fn join_around(&mut self, times: &[Span]) {
        let is_sampled = |wait: &Wait| {
            let next = times.partition_point(|time| *time < wait.from);
            times.get(next).is_some_and(|time| *time <= wait.to)
        };
        self.waits.retain(|wait| {
            let is_short = wait.to.saturating_sub(wait.from) < SAMPLING;
            wait.kind != ThreadWait::InterpreterLock || !is_short || !is_sampled(wait)
        });
    }

    /// The thread as the witness reports it.
    pub const fn thread(&self) -> &'a ClientThread {
        self.thread
    }

    /// When it began to be observed.
    pub const fn began(&self) -> Span {
        self.thread.began
    }

    /// Its long waits, in order.
    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }

    /// Its long waits in a stretch, cut to it.
    pub fn waits_in(&self, from: Span, to: Span) -> impl DoubleEndedIterator<Item = Wait> + '_ {
        let first = self.waits.partition_point(|wait| wait.to <= from);
        let end = self.waits.partition_point(|wait| wait.from < to).max(first);
        self.waits[first..end].iter().map(move |&Wait { kind, from: began, to: ended }| Wait {
            kind,
            from: began.max(from),
            to: ended.min(to),
        })
    }

    /// When it loaded certificates in a stretch, of a client that did so several times in the batch.
    pub fn loads_in(&self, from: Span, to: Span) -> impl Iterator<Item = CertificateLoad> + '_ {
        let first = self.loads.partition_point(|load| load.to <= from);
        let end = self.loads.partition_point(|load| load.from < to).max(first);
        let clip = move |load: &CertificateLoad| CertificateLoad {
            from: load.from.max(from),
            to: load.to.min(to),
        };
        self.loads[first..end].iter().map(clip)
    }

    /// The last long wait that began before a moment.
    pub fn last_wait_before(&self, moment: Span) -> Option<Wait> {
        let until = self.waits.partition_point(|wait| wait.from < moment);
        self.waits[..until].last().copied()
    }

    /// A stretch, cut where a long wait begins or ends.
    pub fn stretches(&self, from: Span, to: Span) -> Vec<ThreadStretch> {
        let mut stretches = Vec::new();
        let mut cursor = from;
        let mut lay = |end: Span, wait: Option<ThreadWait>| {
            if end > cursor {
                stretches.push(ThreadStretch { from: cursor, to: end, wait });
                cursor = end;
            }
        };
        for wait in self.waits_in(from, to) {
            lay(wait.from, None);
            lay(wait.to, Some(wait.kind));
        }
        lay(to, None);
        stretches
    }

    /// What the thread did in a stretch. The times sum to its length.
    pub fn times(&self, from: Span, to: Span) -> PerThreadState<Span> {
        let mut times = PerThreadState::<Span>::default();
        let length = to.saturating_sub(from);
        let (born, dead) = (from.max(self.thread.began), to.min(self.thread.ended));
        let mut left = dead.saturating_sub(born);
        times[ThreadState::Unknown] = length.saturating_sub(left);
        for wait in self.waits_in(born, dead) {
            let waited = wait.to.saturating_sub(wait.from);
            let state = ThreadState::from(wait.kind);
            times[state] = times[state] + waited;
            left = left.saturating_sub(waited);
        }
        for (state, time) in self.divide(left) {
            times[state] = times[state] + time;
        }
        times
    }

    /// How much of some time outside of its long waits the thread waited in calls that the witness does not see.
    pub fn unseen(&self, length: Span) -> Span {
        self.divide(length)[ThreadState::Unseen]
    }

    /// Divides time outside of the long waits.
    fn divide(&self, length: Span) -> PerThreadState<Span> {
        let mut times = PerThreadState::<Span>::default();
        let whole: u128 = self.rest.values().sum();
        let mut left = length;
        for state in ThreadState::ALL {
            let part = u128::from(length.as_nanos()) * self.rest[state];
            if let Some(share) = part.checked_div(whole) {
                let share = Span::from_nanos(u64::try_from(share).unwrap_or(u64::MAX)).min(left);
                times[state] = share;
                left = left.saturating_sub(share);
            }
        }
        // What rounding leaves over.
        let largest = ThreadState::ALL.into_iter().max_by_key(|&state| self.rest[state]);
        let largest = largest.filter(|_| whole > 0).unwrap_or(ThreadState::Unknown);
        times[largest] = times[largest] + left;
        times
    }

    /// Until when the thread did anything but wait for other threads, up to `moment`; nothing where it
    /// had not begun.
    pub(super) fn active_until(&self, moment: Span) -> Option<Span> {
        if self.thread.began >= moment {
            return None;
        }
        let end = moment.min(self.thread.ended);
        let passive = |wait: &Wait| may_wait_for_others(wait.kind) && wait.to >= end;
        let last = self.last_wait_before(end).filter(passive);
        Some(last.map_or(end, |wait| wait.from))
    }
}

/// The waits of a thread that lie in its life. Those of a faulty witness may overlap.
fn in_order(thread: &ClientThread) -> Vec<Wait> {
    let mut waits: Vec<Wait> = thread.waits.iter().collect();
    waits.sort_by_key(|wait| (wait.from, wait.to));
    let mut cursor = thread.began;
    waits.retain_mut(|wait| {
        wait.from = wait.from.max(cursor);
        wait.to = wait.to.min(thread.ended);
        let is_there = wait.from < wait.to;
        if is_there {
            cursor = wait.to;
        }
        is_there
    });
    waits
}

/// The life of a thread outside of its long waits, by state. Where the system does not tell how long
/// a thread ran, it ran whenever it did not wait.
fn rest(thread: &ClientThread, waits: &[Wait]) -> PerThreadState<u128> {
    let nanos = |span: Span| u128::from(span.as_nanos());
    let long = |kind: ThreadWait| {
        waits
            .iter()
            .filter(move |wait| wait.kind == kind)
            .map(|wait| nanos(wait.to) - nanos(wait.from))
    };
    let mut rest = PerThreadState::<u128>::default();
    let all_long: u128 = ThreadWait::ALL.into_iter().flat_map(long).sum();
    let mut left = nanos(thread.ended.saturating_sub(thread.began)).saturating_sub(all_long);
    let mut take = |state: ThreadState, time: u128| {
        let taken = time.min(left);
        rest[state] = taken;
        left -= taken;
    };
    for kind in ThreadWait::ALL {
        let short = nanos(thread.waited.of(kind)).saturating_sub(long(kind).sum());
        take(kind.into(), short);
    }
    take(ThreadState::WaitingForCore, thread.runnable.map_or(0, nanos));
    take(ThreadState::Running, thread.running.map_or(u128::MAX, nanos));
    take(ThreadState::Unseen, u128::MAX);
    rest
}
