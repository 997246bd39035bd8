//! The stretches in which a client worked: how long it had waited before each, and what it did in it.

use evidence::thread_states::ThreadHistory;
use model::socket::SocketConnection;
use model::time::Span;

use super::view::TrialView;
use crate::work_costs::WorkStretch;

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
    /// The first bytes of responses, and their ends.
    begun: Vec<Span>,
    read: Vec<Span>,
    /// When something was done to open a connection.
    opening: Vec<Span>,
    connections: OpenConnections,
}

/// The connections that each carry one request at a time; without any where requests share them.
#[derive(Default)]
struct OpenConnections {
    /// How many were open from the beginning.
    before: usize,
    /// When the others were open, and when any was closed, each in order.
    opened: Vec<Span>,
    closed: Vec<Span>,
}

/// The stretches in which at least one thread worked for requests, but for those in which connections were opened.
/// Before the first one, nothing is known of how long the client had waited.
pub(super) fn work_stretches(view: &TrialView<'_, '_>) -> Vec<WorkStretch> {
    let until = view.worked_until();
    let histories = view.examined.threads.histories();
    let mut work: Vec<Work> =
        histories.flat_map(|(_, history)| work_of_thread(history, until)).collect();
    work.sort_by_key(|work| work.from);
    let calls = Calls::new(view);
    let stretches = merged(work);
    let pairs = stretches.windows(2);
    let seen =
        pairs.filter_map(|pair| calls.stretch(&pair[1], pair[1].from.saturating_sub(pair[0].to)));
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
        let connections = OpenConnections::new(view);
        let mut calls = Self {
            written: Vec::new(),
            begun: Vec::new(),
            read: Vec::new(),
            opening: Vec::new(),
            connections,
        };
        for joined in &view.examined.joined {
            let Some(row) = joined.socket else { continue };
            calls.written.push(row.writing);
            calls.begun.extend(row.first_byte);
            calls.read.extend(row.last_byte);
            if let Some(opening) = joined.opening {
                let connection = opening.connection;
                calls.opening.extend(opening.connecting());
                let later = [connection.connected, connection.securing, connection.secured];
                calls.opening.extend(later.into_iter().flatten());
            }
        }
        let Self { written, begun, read, opening, .. } = &mut calls;
        for list in [written, begun, read, opening] {
            list.sort_unstable();
        }
        calls
    }

    fn stretch(&self, work: &Work, waited: Span) -> Option<WorkStretch> {
        let within = |list: &[Span]| {
            let before = list.partition_point(|&call| call < work.from);
            before..list.partition_point(|&call| call <= work.to)
        };
        let written = within(&self.written);
        let (begun, read) = (within(&self.begun).len(), within(&self.read).len());
        let is_usual = written.len() + begun + read > 0 && within(&self.opening).is_empty();
        let idle = self.written[written.clone()].iter().map(|&moment| self.idle_at(moment)).sum();
        is_usual.then_some(WorkStretch {
            waited,
            worked: work.length,
            written: written.len(),
            open: self.connections.open_at(work.to),
            idle,
            begun,
            read,
        })
    }

    /// How many connections carry no request when one was just written.
    fn idle_at(&self, moment: Span) -> usize {
        let until = |list: &[Span]| list.partition_point(|&call| call <= moment);
        let in_flight = until(&self.written).saturating_sub(until(&self.read));
        self.connections.open_at(moment).saturating_sub(in_flight)
    }
}

impl OpenConnections {
    fn new(view: &TrialView<'_, '_>) -> Self {
        if view.has_streams() {
            return Self::default();
        }
        let seen = view.examined.sockets().map_or(&[][..], |sockets| &sockets.connections);
        let is_new = |connection: &&SocketConnection| connection.connecting.is_some();
        let open = |it: &SocketConnection| it.secured.or(it.connected);
        let mut opened: Vec<Span> = seen.iter().filter(is_new).filter_map(open).collect();
        let mut closed: Vec<Span> = seen.iter().filter_map(|it| it.closed).collect();
        opened.sort_unstable();
        closed.sort_unstable();
        Self { before: seen.iter().filter(|it| !is_new(it)).count(), opened, closed }
    }

    fn open_at(&self, moment: Span) -> usize {
        let until = |list: &[Span]| list.partition_point(|&at| at <= moment);
        (self.before + until(&self.opened)).saturating_sub(until(&self.closed))
    }
}
