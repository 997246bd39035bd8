//! What is done in steps: requests, and openings of connections.

use model::time::Span;

use super::pool::Origin;
use crate::batch::Step;

/// What is done in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// A request that a worker makes.
    Request {
        /// Its place in the batch.
        place: usize,
        worker: usize,
        connection: Connection,
    },
    /// A connection that is opened for whichever request needs one first.
    Opening,
    /// The SETTINGS of the server, on their way to the client.
    Settings,
    /// What the client does for a request while that passes the network.
    Beside,
}

/// Whether a request has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connection {
    /// It has not come to it.
    NotYet,
    /// It waits for one.
    Awaited,
    /// It has one.
    Given,
}

/// Work in progress.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) work: Work,
    pub(super) steps: Vec<Step>,
    /// The number of steps that it has begun.
    pub(super) begun: usize,
    /// When it began.
    pub(super) from: Span,
    /// When it began to wait for a resource.
    pub(super) asked: Span,
    /// The steps, by their places, before which the client does all other work that is ready.
    pub(super) turns: [Option<usize>; 2],
    /// When the client had written it.
    pub(super) written: Option<Span>,
    /// Which of its steps open its connection; none where it has one.
    pub(super) opening: Option<OpeningSteps>,
}

/// The steps that open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpeningSteps {
    /// Which opening of the batch they repeat.
    pub(super) repeated: usize,
    /// The place of the first step after them.
    pub(super) until: usize,
}

impl Task {
    pub(super) const fn new(work: Work, steps: Vec<Step>, from: Span, now: Span) -> Self {
        Self {
            work,
            steps,
            begun: 0,
            from,
            asked: now,
            turns: [None; 2],
            written: None,
            opening: None,
        }
    }

    /// The step that it is at; none after its last one.
    pub(super) fn step(&self) -> Option<Step> {
        self.steps.get(self.begun).copied()
    }

    /// The opening that its step is a part of.
    pub(super) fn opens(&self) -> Option<usize> {
        self.opening.filter(|opening| self.begun < opening.until).map(|opening| opening.repeated)
    }

    /// The place of a request that has come to where it needs a connection.
    pub(super) const fn needs_connection(&self) -> Option<usize> {
        match self.work {
            Work::Request { place, connection: Connection::NotYet, .. }
                if self.begun >= self.steps.len() =>
            {
                Some(place)
            }
            _ => None,
        }
    }

    /// Whether it is a request that waits for a connection.
    pub(super) const fn awaits_connection(&self) -> bool {
        matches!(self.work, Work::Request { connection: Connection::Awaited, .. })
    }

    pub(super) const fn set_connection(&mut self, now: Connection) {
        if let Work::Request { connection, .. } = &mut self.work {
            *connection = now;
        }
    }

    /// Where its next step comes from if an event loop has to look for it.
    pub(super) fn origin(&self, step: Step) -> Origin {
        let before = self.begun.checked_sub(1).and_then(|last| self.steps.get(last));
        let arrives = step.is_work() && before.is_some_and(|step| !step.is_work());
        if arrives { Origin::Network } else { Origin::Known }
    }
}
