//! What the threads of a client did during a trial, by the socket witness: for any stretch of time,
//! which thread matters and how long it ran or waited for what.
//!
//! Nothing is known without that witness. Causes are decided in `account`.

mod history;
mod rows;

use std::collections::BTreeSet;

use model::profile::Profile;
use model::socket::{ClientThread, SocketWitness, ThreadPlace, ThreadWait, Wait};
use model::time::Span;

use crate::join::Joined;
use crate::openings::Opening;
use crate::path::Segment;

pub use history::{ThreadHistory, ThreadStretch};
pub use rows::{Rows, WrittenRequest};

model::closed_list! {
    /// What a thread does at a moment.
    pub enum ThreadState with PerThreadState {
        /// It runs on a core.
        Running = "running",
        /// It is ready to run, and waits for a core.
        WaitingForCore = "waiting_for_core",
        /// It waits for the network.
        Network = "network",
        /// It waits for a timer of an event loop.
        Timer = "timer",
        /// It sleeps.
        Sleep = "sleep",
        /// It waits for the interpreter lock of CPython.
        InterpreterLock = "interpreter_lock",
        /// It waits for another lock, a condition, a semaphore or the end of another thread.
        Lock = "lock",
        /// It waits for the end of a child process.
        Child = "child",
        /// It looks up a name.
        Lookup = "lookup",
        /// It waits for a pipe or a file.
        File = "file",
        /// It waits in a call that the witness does not see, such as one that writes to a disk.
        Unseen = "unseen",
        /// It does not exist, or the witness does not know it.
        Unknown = "unknown",
    }
}

model::closed_list! {
    /// What a thread is there for, by what it did.
    pub enum ThreadRole with PerThreadRole {
        /// It had several requests in flight at once.
        EventLoop = "event_loop",
        /// It sent requests, one after another.
        Sender = "sender",
        /// It is the first of its process, and sent no request.
        Main = "main",
        /// It sent no request.
        Other = "other",
    }
}

impl From<ThreadWait> for ThreadState {
    fn from(wait: ThreadWait) -> Self {
        match wait {
            ThreadWait::Network => Self::Network,
            ThreadWait::Timer => Self::Timer,
            ThreadWait::Sleep => Self::Sleep,
            ThreadWait::InterpreterLock => Self::InterpreterLock,
            ThreadWait::Lock => Self::Lock,
            ThreadWait::Child => Self::Child,
            ThreadWait::Lookup => Self::Lookup,
            ThreadWait::File => Self::File,
        }
    }
}

/// A thread that gets a request wakes up at most this long after the one that hands it over.
const SHORTLY: Span = Span::from_millis(20);

/// A stretch of time, and the thread that matters in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActingThread {
    /// When the stretch begins.
    pub from: Span,
    /// When it ends.
    pub to: Span,
    /// The thread.
    pub thread: ThreadPlace,
    /// Whether it is the thread that wrote the stretch's request.
    pub is_writer: bool,
}

/// What the threads of a trial did, and which of them wrote its requests.
#[derive(Clone, Debug, Default)]
pub struct ThreadStates<'a> {
    histories: Vec<ThreadHistory<'a>>,
    /// The request of each item that made its response, in the order of the columns.
    written: Vec<Option<WrittenRequest>>,
    rows: Rows,
    event_loops: Vec<bool>,
    /// The processes that wrote a request.
    senders: BTreeSet<u32>,
    /// The system's number of the thread that sampled the code.
    sampler: Option<u32>,
}

impl<'a> ThreadStates<'a> {
    /// What the witness shows of a trial; nothing where there is none. `openings` are those of its
    /// rows, `joined` the rows of each item.
    pub fn new(
        socket: Option<&'a SocketWitness>,
        openings: &[Option<Opening<'_>>],
        joined: &[Joined<'_>],
    ) -> Self {
        let Some(socket) = socket else { return Self::default() };
        let rows = Rows::new(rows::all(socket, openings));
        let is_event_loop = |thread| rows.overlap(thread);
        let process = |(place, thread): (ThreadPlace, &ClientThread)| {
            (!rows.of_thread(place).is_empty()).then_some(thread.process)
        };
        let mut histories: Vec<ThreadHistory<'a>> =
            socket.threads.iter().map(ThreadHistory::new).collect();
        // What a batch loads once belongs to the beginning of its session.
        let loads: usize = socket.threads.iter().map(|thread| thread.certificates.len()).sum();
        if loads > 1 {
            histories.iter_mut().for_each(ThreadHistory::show_loads);
        }
        Self {
            senders: (0..).zip(&socket.threads).filter_map(process).collect(),
            histories,
            written: rows::by_item(joined),
            event_loops: (0..).take(socket.threads.len()).map(is_event_loop).collect(),
            rows,
            sampler: None,
        }
    }

    /// Leaves out the thread that sampled the code, and the short waits for the interpreter lock that it
    /// caused: they are not the client's.
    pub(crate) fn leave_out_sampler(&mut self, profile: &Profile) {
        self.sampler = profile.sampler;
        for history in &mut self.histories {
            history.join_around(&profile.times);
        }
    }

    /// Whether anything is known.
    pub const fn are_known(&self) -> bool {
        !self.histories.is_empty()
    }

    /// The threads of the client, in the order of the witness.
    pub fn histories(&self) -> impl Iterator<Item = (ThreadPlace, &ThreadHistory<'a>)> {
        let is_of_client = |(_, history): &(ThreadPlace, &ThreadHistory<'a>)| {
            self.sampler.is_none() || history.thread().id != self.sampler
        };
        (0..).zip(&self.histories).filter(is_of_client)
    }

    /// The history of a thread.
    pub fn history(&self, thread: ThreadPlace) -> Option<&ThreadHistory<'a>> {
        self.histories.get(usize::try_from(thread).ok()?)
    }

    /// The request that made an item's response, by the item's place in the columns.
    pub fn written(&self, request: usize) -> Option<WrittenRequest> {
        *self.written.get(request)?
    }

    /// All requests of the trial.
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether a thread wrote a request while another of its own was in flight.
    pub fn is_event_loop(&self, thread: ThreadPlace) -> bool {
        let place = usize::try_from(thread).ok();
        place.and_then(|place| self.event_loops.get(place)).copied().unwrap_or(false)
    }

    /// What a thread is there for.
    pub fn role(&self, thread: ThreadPlace) -> ThreadRole {
        let is_main = || self.history(thread).is_some_and(|history| history.thread().main);
        if self.is_event_loop(thread) {
            ThreadRole::EventLoop
        } else if !self.rows.of_thread(thread).is_empty() {
            ThreadRole::Sender
        } else if is_main() {
            ThreadRole::Main
        } else {
            ThreadRole::Other
        }
    }

    /// The long waits of a request's thread for a lock since its request before, or since it began.
    pub fn lock_waits_before(&self, row: WrittenRequest) -> impl Iterator<Item = Wait> + '_ {
        let from = self.rows.end_before(row).or_else(|| Some(self.history(row.thread)?.began()));
        let history = self.history(row.thread).zip(from);
        let waits =
            history.into_iter().flat_map(move |(history, from)| history.waits_in(from, row.start));
        waits.filter(|wait| wait.kind == ThreadWait::Lock)
    }

    /// Whether the main thread woke up shortly before `moment`, at which another thread ended a wait, and
    /// after the last response. Then it may have handed that thread its next request, and the thread had nothing to
    /// do before.
    pub fn is_handed_over(&self, thread: ThreadPlace, moment: Span) -> bool {
        let main = self.main_thread(Some(thread)).filter(|main| *main != thread);
        let ended = self.rows.last_end_by(moment).unwrap_or_default();
        let since = ended.max(moment.saturating_sub(SHORTLY));
        let woke = |history: &ThreadHistory<'_>| {
            history.waits_in(since, moment).any(|wait| since < wait.to && wait.to < moment)
        };
        main.and_then(|main| self.history(main)).is_some_and(woke)
    }

    /// The threads that matter in a part of a segment, in order; together they tile it. Nothing where
    /// no thread is known.
    pub fn acting(&self, segment: Segment, from: Span, to: Span) -> Vec<ActingThread> {
        let writer = segment.request.and_then(|request| self.written(request));
        let main = self.main_thread(writer.map(|row| row.thread));
        let Some(main) = main else { return Vec::new() };
        let born = writer.and_then(|row| Some(self.history(row.thread)?.began()));
        // Before its request's thread exists, the thread that starts it matters.
        let born = born.unwrap_or(to).clamp(from, to);
        let mut acting = Vec::new();
        self.follow(ActingThread { from, to: born, thread: main, is_writer: false }, &mut acting);
        if let Some(WrittenRequest { thread, .. }) = writer.filter(|_| born < to) {
            acting.push(ActingThread { from: born, to, thread, is_writer: true });
        }
        acting
    }

    /// The threads that make requests, where they wait for a lock in a stretch.
    pub(crate) fn waiting_for_lock(&self, from: Span, to: Span) -> Vec<ActingThread> {
        let senders = self.histories().filter(|(place, _)| !self.rows.of_thread(*place).is_empty());
        let waits = senders.flat_map(|(thread, history)| {
            let waits = history.waits_in(from, to).filter(|wait| wait.kind == ThreadWait::Lock);
            waits.map(move |Wait { from, to, .. }| ActingThread {
                from,
                to,
                thread,
                is_writer: true,
            })
        });
        waits.collect()
    }

    /// What the threads that matter in a segment did in it. The times sum to the segment's length.
    pub fn times(&self, segment: Segment) -> PerThreadState<Span> {
        let mut times = PerThreadState::<Span>::default();
        let acting = self.acting(segment, segment.start, segment.end);
        if acting.is_empty() {
            times[ThreadState::Unknown] = segment.length();
        }
        for ActingThread { from, to, thread, .. } in acting {
            let Some(history) = self.history(thread) else { continue };
            for (state, time) in history.times(from, to) {
                times[state] = times[state] + time;
            }
        }
        times
    }

    /// The longest time for which another thread waits for the interpreter lock in a stretch.
    pub fn interpreter_wait_beside(&self, acting: ActingThread) -> Span {
        let others = self.histories().filter(|(place, _)| *place != acting.thread);
        let waited = |(_, history): (ThreadPlace, &ThreadHistory<'_>)| {
            history.times(acting.from, acting.to)[ThreadState::InterpreterLock]
        };
        others.map(waited).max().unwrap_or_default()
    }

    /// The first thread of the process to which `thread` belongs, otherwise of the driver.
    fn main_thread(&self, thread: Option<ThreadPlace>) -> Option<ThreadPlace> {
        let process = thread.and_then(|thread| Some(self.history(thread)?.thread().process));
        let first = |process: u32| {
            let is_first = |thread: &ClientThread| thread.main && thread.process == process;
            self.histories().find(|(_, history)| is_first(history.thread()))
        };
        let main = process.and_then(first).or_else(|| first(0));
        main.or_else(|| self.histories().next()).map(|(place, _)| place)
    }

    /// Replaces a thread by the ones that it waited for: while it waits for other threads or
    /// processes, the one that ended its wait matters.
    fn follow(&self, acting: ActingThread, into: &mut Vec<ActingThread>) {
        let Some(history) = self.history(acting.thread) else { return };
        let sends = self.process_sends(history.thread().process);
        // What a process that sends no requests gets from a connection comes from its children.
        let may_wait = |wait| may_wait_for_others(wait) || (wait == ThreadWait::Network && !sends);
        for ThreadStretch { from, to, wait } in history.stretches(acting.from, acting.to) {
            let waker =
                wait.is_some_and(may_wait).then(|| self.waker(acting.thread, from, to)).flatten();
            let thread = waker.unwrap_or(acting.thread);
            match into.last_mut().filter(|last| last.thread == thread && last.to == from) {
                Some(last) => last.to = to,
                None => into.push(ActingThread { from, to, thread, is_writer: false }),
            }
        }
    }

    /// Whether a thread of a process wrote a request.
    fn process_sends(&self, process: u32) -> bool {
        self.senders.contains(&process)
    }

    /// The thread that probably ended a wait of `waiting`: of those that were active in it, the one
    /// that was active last.
    fn waker(&self, waiting: ThreadPlace, from: Span, to: Span) -> Option<ThreadPlace> {
        let others = self.histories().filter(|(place, _)| *place != waiting);
        let active = others.filter_map(|(place, history)| {
            let until = history.active_until(to)?;
            (until > from).then_some((until, place))
        });
        active
            .max_by_key(|&(until, place)| (until, std::cmp::Reverse(place)))
            .map(|(_, place)| place)
    }
}

/// Whether what ends a wait may be another thread or process of the client.
const fn may_wait_for_others(wait: ThreadWait) -> bool {
    matches!(wait, ThreadWait::Lock | ThreadWait::Child | ThreadWait::File)
}

#[cfg(test)]
mod tests;
