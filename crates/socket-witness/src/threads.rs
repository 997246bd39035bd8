//! Follows the threads of the client: when they live, what they wait for, and how long they run.

use std::collections::BTreeMap;

use model::socket::{CertificateLoad, ClientThread, ThreadWait, Wait};
use model::time::{Moment, Span};

use crate::connection::Window;
use crate::event::ThreadKey;

/// A wait is shown on its own if it is at least this long, and a call of the network waited if it took so long.
pub(crate) const SHORTEST_WAIT: Span = Span::from_nanos(20_000);
/// A thread that ran for less than this, and did nothing else, is left out.
const LEAST_RUNNING: Span = Span::from_nanos(50_000);

/// The place of the driver's process. Its main thread prepares batches and reports them.
const DRIVER: u32 = 0;

/// What the scheduler has counted for a thread since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scheduled {
    /// How long it ran on a core.
    pub(crate) running: Span,
    /// How long it was ready to run and waited for a core, where the system says.
    pub(crate) ready: Option<Span>,
}

impl Scheduled {
    const NEW: Self = Self { running: Span::ZERO, ready: Some(Span::ZERO) };

    fn since(self, before: Self) -> Self {
        let ready =
            self.ready.zip(before.ready).map(|(after, before)| after.saturating_sub(before));
        Self { running: self.running.saturating_sub(before.running), ready }
    }

    fn without(self, running: Span) -> Self {
        Self { running: self.running.saturating_sub(running), ..self }
    }
}

/// What the scheduler has counted for each thread.
pub(crate) type ScheduledTimes = BTreeMap<ThreadKey, Scheduled>;

#[derive(Clone, Copy, Debug)]
struct RawWait {
    kind: ThreadWait,
    from: Moment,
    to: Moment,
}

/// One thread.
#[derive(Clone, Debug, Default)]
struct Thread {
    started: Option<Moment>,
    ended: Option<Moment>,
    scheduled_at_end: Option<Scheduled>,
    is_main: bool,
    waits: Vec<RawWait>,
    /// When it began and ended to load certificates.
    loads: Vec<[Moment; 2]>,
    /// When a wait for the network last ended.
    reported: Option<Moment>,
    /// Whether it used a connection, or looked up a name.
    uses_network: bool,
}

/// The threads of a driver and of what it starts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Threads {
    threads: BTreeMap<ThreadKey, Thread>,
    /// The processes, in the order in which they started.
    processes: Vec<u32>,
}

impl Threads {
    pub(crate) fn start_process(&mut self, key: ThreadKey, at: Moment) {
        if !self.processes.contains(&key.process) {
            self.processes.push(key.process);
        }
        let thread = Thread { started: Some(at), is_main: true, ..Thread::default() };
        self.threads.insert(key, thread);
    }

    pub(crate) fn start(&mut self, key: ThreadKey, at: Moment) {
        self.threads.insert(key, Thread { started: Some(at), ..Thread::default() });
    }

    pub(crate) fn end(&mut self, key: ThreadKey, at: Moment, scheduled: Scheduled) {
        let thread = self.threads.entry(key).or_default();
        thread.ended = Some(at);
        thread.scheduled_at_end = Some(scheduled);
    }

    /// The threads of a process end with it, at the latest.
    pub(crate) fn end_process(&mut self, process: u32, at: Moment) {
        let of_process = self.threads.iter_mut().filter(|(key, _)| key.process == process);
        for (_, thread) in of_process {
            thread.ended.get_or_insert(at);
        }
    }

    pub(crate) fn wait(&mut self, key: ThreadKey, kind: ThreadWait, from: Moment, to: Moment) {
        let thread = self.threads.entry(key).or_default();
        thread.waits.push(RawWait { kind, from, to });
        if kind == ThreadWait::Network {
            thread.reported = Some(to);
        }
    }

    pub(crate) fn load_certificates(&mut self, key: ThreadKey, from: Moment, to: Moment) {
        self.threads.entry(key).or_default().loads.push([from, to]);
    }

    /// A call that uses the network. It waited if it took long.
    pub(crate) fn use_network(
        &mut self,
        key: ThreadKey,
        kind: ThreadWait,
        from: Moment,
        to: Moment,
    ) {
        let thread = self.threads.entry(key).or_default();
        thread.uses_network = true;
        if to.since(from) >= SHORTEST_WAIT {
            thread.waits.push(RawWait { kind, from, to });
        }
    }

    /// When the system last reported something about the network to a thread.
    pub(crate) fn reported(&self, key: ThreadKey) -> Option<Moment> {
        self.threads.get(&key)?.reported
    }

    /// The threads of a window in which they did something, with their keys: those of the driver first.
    pub(crate) fn rows(
        &self,
        window: Window,
        present: &BTreeMap<ThreadKey, (Moment, ThreadWait)>,
        scheduled: ScheduledIn<'_>,
    ) -> Vec<(ThreadKey, ClientThread)> {
        let outside = self.outside(window, scheduled);
        let row = |(&key, thread): (&ThreadKey, &Thread)| {
            let waiting =
                present.get(&key).map(|&(from, kind)| RawWait { kind, from, to: window.to });
            let counted = scheduled.of(key, thread, window);
            let prepares = thread.is_main && self.process_of(key) == DRIVER;
            let scheduled = counted.map(|it| if prepares { it.without(outside) } else { it });
            let row = thread.row(window, waiting, scheduled, self.process_of(key))?;
            Some((thread.started, key, ClientThread { id: Some(key.thread), ..row }))
        };
        let mut rows: Vec<_> = self.threads.iter().filter_map(row).collect();
        rows.sort_by_key(|(started, key, row)| (row.process, !row.main, *started, *key));
        rows.into_iter().map(|(_, key, row)| (key, row)).collect()
    }

    /// How long the driver's threads ran outside of the batch, between the two readings of the scheduler's counts. A first
    /// process that began in the window is not the driver.
    fn outside(&self, window: Window, scheduled: ScheduledIn<'_>) -> Span {
        let of_driver = |key: &ThreadKey| self.process_of(*key) == DRIVER;
        let Some(batch) = scheduled.batch.filter(|_| scheduled.before.keys().any(of_driver)) else {
            return Span::ZERO;
        };
        let threads = self.threads.iter().filter(|(key, _)| of_driver(key));
        let counted = threads.filter_map(|(key, thread)| scheduled.of(*key, thread, window));
        let ran: Span = counted.map(|counted| counted.running).sum();
        ran.saturating_sub(batch)
    }

    fn process_of(&self, key: ThreadKey) -> u32 {
        let place = self.processes.iter().position(|&process| process == key.process);
        place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
    }

    /// Forgets the threads that have ended, and what the others did.
    pub(crate) fn forget(&mut self) {
        self.threads.retain(|_, thread| thread.ended.is_none());
        for thread in self.threads.values_mut() {
            thread.waits.clear();
            thread.loads.clear();
            thread.uses_network = false;
        }
    }
}

/// What the scheduler had counted for threads before and after a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScheduledIn<'a> {
    pub(crate) before: &'a ScheduledTimes,
    pub(crate) after: &'a ScheduledTimes,
    /// How long the driver's process ran for the batch, where it says so.
    pub(crate) batch: Option<Span>,
}

impl ScheduledIn<'_> {
    /// What it counted for a thread in the window.
    fn of(&self, key: ThreadKey, thread: &Thread, window: Window) -> Option<Scheduled> {
        let is_new = thread.started.is_some_and(|started| started >= window.from);
        let before = if is_new { Some(Scheduled::NEW) } else { self.before.get(&key).copied() };
        let after = thread.scheduled_at_end.or_else(|| self.after.get(&key).copied());
        Some(after?.since(before?))
    }
}

impl Thread {
    fn row(
        &self,
        window: Window,
        waiting: Option<RawWait>,
        scheduled: Option<Scheduled>,
        process: u32,
    ) -> Option<ClientThread> {
        let lives = self.started.is_none_or(|at| at <= window.to)
            && self.ended.is_none_or(|at| at >= window.from);
        if !lives {
            return None;
        }
        let mut row = ClientThread {
            process,
            main: self.is_main,
            began: self.started.map_or(Span::ZERO, |at| window.clip(at)),
            ended: window.clip(self.ended.unwrap_or(window.to)),
            ..ClientThread::default()
        };
        let mut waits = self.waits.clone();
        waits.extend(waiting);
        lay_waits(&mut row, waits, window);
        row.certificates = self.loads_in(window);
        let awake = row.ended.saturating_sub(row.began).saturating_sub(row.waited.total());
        if let Some(Scheduled { running, ready }) = scheduled {
            let running = running.min(awake);
            let rest = awake.saturating_sub(running);
            row.running = Some(running);
            // What is left over, the thread waited in a call that is not observed.
            row.runnable = Some(ready.map_or(rest, |ready| ready.min(rest)));
        }
        let ran = scheduled.map(|scheduled| scheduled.running);
        let does_nothing = !self.uses_network && row.certificates.is_empty();
        let is_idle = does_nothing && ran.is_none_or(|ran| ran < LEAST_RUNNING);
        (!is_idle).then_some(row)
    }

    /// When it loaded certificates in a window, as far as that took a while. OpenSSL may make such a call inside
    /// another: the outer one counts.
    fn loads_in(&self, window: Window) -> Vec<CertificateLoad> {
        let mut loads = self.loads.clone();
        loads.sort_by_key(|&[from, to]| (from, std::cmp::Reverse(to)));
        let mut until = Span::ZERO;
        let mut shown = Vec::new();
        for [from, to] in loads {
            let load = CertificateLoad { from: window.clip(from), to: window.clip(to) };
            let is_long = load.to.saturating_sub(load.from) >= SHORTEST_WAIT;
            if is_long && load.from >= until {
                until = load.to;
                shown.push(load);
            }
        }
        shown
    }
}

/// Adds the waits of a thread that lie in its life and in the window. Where a call waits inside another,
/// the outer one counts.
fn lay_waits(row: &mut ClientThread, mut waits: Vec<RawWait>, window: Window) {
    waits.sort_by_key(|wait| (wait.from, std::cmp::Reverse(wait.to)));
    let mut until = row.began;
    for wait in waits {
        let from = window.clip(wait.from).max(until);
        let to = window.clip(wait.to).min(row.ended);
        if to <= from {
            continue;
        }
        until = to;
        let length = to.saturating_sub(from);
        row.waited.add(wait.kind, length);
        if length >= SHORTEST_WAIT {
            row.waits.push(Wait { kind: wait.kind, from, to });
        }
    }
}
