//! Connections that each carry one request at a time.

use std::collections::VecDeque;

use super::agenda::Event;
use super::simulation::Simulation;
use super::task::{Connection, OpeningSteps, Work};
use crate::batch::{Batch, Connecting, Flights, Step};

/// The connections of a batch, and who waits for one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    /// How many are open and carry no request.
    pub(super) idle: usize,
    /// The requests that wait for one, those for a stream too.
    pub(super) awaiting: VecDeque<usize>,
    /// How many were opened.
    pub(super) opened: usize,
    /// How many of the idle ones have carried no request.
    pub(super) unused: usize,
    /// What holds the first bytes of one that was opened for any request.
    pub(super) hold: Option<Step>,
}

/// Which of the openings that were seen the next one repeats, `seen` of which there are. All come in turn. The
/// first has what is done once for a batch, so that later ones repeat the others.
const fn seen_opening(opened: usize, seen: usize) -> usize {
    if opened < seen || seen < 2 { opened % seen } else { 1 + (opened - 1) % (seen - 1) }
}

/// The steps of an opening: those before the client can write to the connection, and what then holds its first bytes.
struct Opening {
    steps: Vec<Step>,
    hold: Option<Step>,
}

impl Opening {
    fn new(batch: &Batch, steps: &[Step]) -> Self {
        let is_plain = steps.iter().all(|step| step.handshake.is_none());
        let trip = batch.round_trip.filter(|_| batch.holds_first_bytes && is_plain);
        let mut opening = Self { steps: steps.to_vec(), hold: None };
        let passing = opening.steps.iter_mut().find(|step| step.flights == Flights::ROUND_TRIP);
        if let Some((step, trip)) = passing.zip(trip) {
            let length = step.length.min(trip);
            opening.hold = Some(Step { length, ..*step });
            *step =
                Step { length: step.length.saturating_sub(length), flights: Flights(0), ..*step };
        }
        opening
    }
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
        let mut hold = None;
        if !reopening.is_empty() {
            self.connections.idle = self.connections.idle.saturating_sub(1);
            let opening = Opening::new(batch, reopening);
            self.tasks[task].steps.extend(opening.steps);
            hold = opening.hold;
        } else if self.connections.idle > 0 {
            hold = self.connections.take_idle();
        } else if !batch.openings.is_empty() {
            let repeated = seen_opening(self.connections.opened, batch.openings.len());
            let opening = Opening::new(batch, &batch.openings[repeated]);
            self.connections.opened += 1;
            if batch.connecting == Connecting::TakesFirst {
                self.tasks[task].set_connection(Connection::Awaited);
                self.connections.awaiting.push_back(task);
                self.connections.hold = opening.hold;
                self.start_opening(opening.steps, repeated);
                return;
            }
            self.tasks[task].steps.extend(opening.steps);
            let until = self.tasks[task].steps.len();
            self.tasks[task].opening = Some(OpeningSteps { repeated, until });
            hold = opening.hold;
        }
        self.exchange(task, place, hold);
    }

    /// A connection that carried a request, or a new one, is idle, or goes to the request that has waited longest for
    /// one.
    pub(super) fn free_connection(&mut self, work: Work) {
        if work == Work::Beside {
            return;
        }
        let is_new = work == Work::Opening;
        let Some(task) = self.connections.awaiting.pop_front() else {
            self.connections.idle += 1;
            self.connections.unused += usize::from(is_new);
            return;
        };
        if let Work::Request { place, .. } = self.tasks[task].work {
            let hold = self.connections.hold.filter(|_| is_new);
            self.exchange(task, place, hold);
            self.agenda.plan(self.now, Event::Proceed { task });
        }
    }
}

impl Connections {
    /// Takes an idle connection, one that has carried a request if there is one; what holds its first bytes.
    fn take_idle(&mut self) -> Option<Step> {
        let is_new = self.unused >= self.idle;
        self.idle = self.idle.saturating_sub(1);
        self.unused = self.unused.min(self.idle);
        self.hold.filter(|_| is_new)
    }
}
