//! Connections that requests share as streams of HTTP/2.

use model::time::Span;

use super::simulation::Simulation;
use super::task::{Connection, Work};
use crate::batch::{Batch, Connecting, Resource, Step};

/// The connections that carry requests as streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SharedConnections {
    /// How many are being opened.
    pub(super) opening: usize,
    /// How many are open.
    pub(super) open: usize,
    /// How many requests they carry.
    pub(super) streams: usize,
    /// Whether the client waits for the server's SETTINGS.
    pub(super) awaits_settings: bool,
}

impl SharedConnections {
    pub(super) fn new(batch: &Batch) -> Self {
        let sharing = batch.sharing.max(1);
        let open = if batch.openings.is_empty() { sharing } else { batch.kept.min(batch.sharing) };
        Self { open, ..Self::default() }
    }
}

impl Simulation<'_> {
    /// Gives a request a stream, or lets it wait for one. Where there are too few connections, it has one opened.
    pub(super) fn await_stream(&mut self, task: usize, place: usize) {
        if self.take_stream() {
            self.exchange(task, place, None);
            return;
        }
        self.tasks[task].set_connection(Connection::Awaited);
        self.connections.awaiting.push_back(task);
        if self.needs_connection() {
            let openings = &self.batch.openings;
            let repeated = self.connections.opened % openings.len().max(1);
            let opening = openings.get(repeated).cloned();
            self.shared.opening += 1;
            self.connections.opened += 1;
            // The client connects after all other work that is ready.
            let mut steps = vec![Step::new(Resource::Client, Span::ZERO)];
            steps.extend(opening.unwrap_or_default());
            self.start_opening(steps, repeated);
        }
    }

    /// Whether another shared connection is opened for a request that waits. A client whose requests take the first
    /// connection has one opened for each of them until one is open.
    fn needs_connection(&self) -> bool {
        let SharedConnections { opening, open, streams, .. } = self.shared;
        if open == 0 && self.batch.connecting == Connecting::TakesFirst {
            return true;
        }
        let carried = (opening + open).saturating_mul(self.most_streams());
        opening + open < self.batch.sharing.max(1)
            && carried < streams + self.connections.awaiting.len()
    }

    /// How many requests one connection carries at once.
    fn most_streams(&self) -> usize {
        if self.shared.awaits_settings {
            return 1;
        }
        self.batch.streams.unwrap_or(usize::MAX).max(1)
    }

    /// Takes a stream of an open connection; false where none is to be had.
    fn take_stream(&mut self) -> bool {
        let is_free = self.shared.streams < self.shared.open.saturating_mul(self.most_streams());
        self.shared.streams += usize::from(is_free);
        is_free
    }

    /// Gives streams to the requests that have waited longest for one, as many as are allowed.
    fn open_streams(&mut self) {
        while !self.connections.awaiting.is_empty() && self.take_stream() {
            let Some(task) = self.connections.awaiting.pop_front() else { return };
            if let Work::Request { place, .. } = self.tasks[task].work {
                self.exchange(task, place, None);
                self.proceed(task);
            }
        }
    }

    /// Ends a stream, or the opening of a connection that requests share. Of connections that were opened side by
    /// side, no more carry requests than the client uses.
    pub(super) fn free_stream(&mut self, work: Work) {
        let shared = &mut self.shared;
        match work {
            Work::Request { .. } => shared.streams = shared.streams.saturating_sub(1),
            Work::Opening => {
                shared.opening = shared.opening.saturating_sub(1);
                shared.open = (shared.open + 1).min(self.batch.sharing.max(1));
                if self.batch.awaits_settings {
                    shared.awaits_settings = true;
                    self.await_settings();
                }
            }
            Work::Settings => shared.awaits_settings = false,
            Work::Beside => {}
        }
        self.open_streams();
    }

    /// Has the server's SETTINGS arrive after a round trip.
    fn await_settings(&mut self) {
        let trip = Step::new(Resource::Delay, self.batch.round_trip.unwrap_or_default());
        self.start_task(Work::Settings, vec![trip], self.now);
    }
}
