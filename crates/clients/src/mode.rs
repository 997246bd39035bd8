//! The modes: ways of using a client for a batch. A mode knows no library, and a library no mode.

pub(crate) mod concurrent;
pub(crate) mod sequential;
pub(crate) mod threads;

use std::sync::Arc;

use model::trace::Milestone;

use crate::clock::now;
use crate::library::BlockingClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::Trial;

/// A way of using a client for a batch.
pub(crate) trait Mode: Send {
    /// What is opened before the requests and closed after them.
    type Session: Send;

    /// Opens a session.
    ///
    /// # Errors
    /// When a runtime cannot be had.
    fn open(&self) -> Result<Self::Session, SessionError>;

    /// Makes the requests of a batch, and comes back when each of them is concluded or the time
    /// limit has passed.
    ///
    /// # Errors
    /// When a thread cannot be had.
    fn run(&self, session: &mut Self::Session, trial: &Arc<Trial>) -> Result<(), SessionError>;
}

/// Notes that every request of a batch is handed over now.
fn submit_all(trial: &Arc<Trial>) {
    let moment = now();
    for request in 0..trial.requests() {
        Probe::new(trial, request).mark_at(Milestone::Submitted, moment);
    }
}

/// Makes one request on the calling thread.
fn make<C: BlockingClient>(client: &C, probe: &Probe) {
    let limit = probe.limit();
    probe.conclude(if limit.has_passed() { Err(limit.failure()) } else { client.fetch(probe) });
}
