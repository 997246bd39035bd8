//! The modes: ways of using a client for a batch. A mode does not depend on a library.

pub(crate) mod concurrent;
pub(crate) mod sequential;
pub(crate) mod threads;

use std::sync::Arc;

use crate::library::BlockingClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::{RunningTrial, Tracing};
use host::clock::now;

/// A way of using a client for a batch.
pub(crate) trait Mode: Send {
    /// What is opened before the requests and closed after them.
    type Session: Send;

    /// Opens a session.
    ///
    /// # Errors
    /// When the system gives no runtime.
    fn open(&self) -> Result<Self::Session, SessionError>;

    /// Makes the requests of a batch. Returns when each of them has an outcome or the time limit has
    /// passed.
    ///
    /// # Errors
    /// When the system gives no thread.
    fn run(
        &self,
        session: &mut Self::Session,
        trial: &Arc<RunningTrial>,
    ) -> Result<(), SessionError>;
}

/// Marks every request of a batch as submitted now.
pub(crate) fn submit_all(trial: &Arc<RunningTrial>) {
    let moment = now();
    if trial.tracing() == Tracing::On {
        trial.submit_all(moment);
    }
}

/// Makes one request on the calling thread.
fn make_request<C: BlockingClient>(client: &C, probe: &Probe) {
    let limit = probe.limit();
    probe.conclude(if limit.has_passed() { Err(limit.failure()) } else { client.fetch(probe) });
}
