//! Connections that each carry one request at a time.

use std::collections::VecDeque;

use super::agenda::Event;
use super::simulation::Simulation;
use super::task::{Connection, Work};
use crate::batch::Connecting;

/// The connections of a batch, and who waits for one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    /// How many are open and carry no request.
    pub(super) idle: usize,
    /// The requests that wait for one, those for a stream too.
    pub(super) awaiting: VecDeque<usize>,
    /// How many were opened.
    pub(super) opened: usize,
}

/// Which of the openings that were seen the next one repeats, `seen` of which there are. All come in turn. The
/// first has what is done once for a batch, so that later ones repeat the others.
const fn seen_opening(opened: usize, seen: usize) -> usize {
    if opened < seen || seen < 2 { opened % seen } else { 1 + (opened - 1) % (seen - 1) }
}

impl Simulation<'_> {
    /// Gives a request a connection: one that is idle, unless the request needs a new one.
    pub(super) fn connect(&mut self, task: usize, place: usize) {
        let batch = self.batch;
        if batch.streams.is_some() {
            self.await_stream(task, place);
            return;
        }
        let reopening = &batch.requests[place].reopening;
        if !reopening.is_empty() {
            self.connections.idle = self.connections.idle.saturating_sub(1);
            self.tasks[task].steps.extend(reopening);
        } else if self.connections.idle > 0 {
            self.connections.idle -= 1;
        } else if !batch.openings.is_empty() {
            let opening =
                &batch.openings[seen_opening(self.connections.opened, batch.openings.len())];
            self.connections.opened += 1;
            if batch.connecting == Connecting::TakesFirst {
                self.tasks[task].set_connection(Connection::Awaited);
                self.connections.awaiting.push_back(task);
                self.start_task(Work::Opening, opening.clone(), self.now);
                return;
            }
            self.tasks[task].steps.extend(opening);
        }
        self.exchange(task, place);
    }

    /// A connection is idle, or goes to the request that has waited longest for one.
    pub(super) fn free_connection(&mut self) {
        let Some(task) = self.connections.awaiting.pop_front() else {
            self.connections.idle += 1;
            return;
        };
        if let Work::Request { place, .. } = self.tasks[task].work {
            self.exchange(task, place);
            self.agenda.plan(self.now, Event::Proceed { task });
        }
    }
}
