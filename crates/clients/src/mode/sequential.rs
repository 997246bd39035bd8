//! One request after another, on one thread, over one session.

use std::sync::Arc;

use super::{Mode, make_request};
use crate::library::BlockingClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::RunningTrial;
use host::clock::now;

/// The sequential mode of the client that `open` opens.
pub(crate) struct Sequential<O> {
    open: O,
}

impl<O> Sequential<O> {
    /// The mode whose sessions `open` opens.
    pub(crate) fn new(open: O) -> Self {
        Self { open }
    }
}

impl<C: BlockingClient, O: Fn() -> C + Send> Mode for Sequential<O> {
    type Session = Arc<C>;

    fn open(&self) -> Result<Arc<C>, SessionError> {
        Ok(Arc::new((self.open)()))
    }

    fn run(&self, client: &mut Arc<C>, trial: &Arc<RunningTrial>) -> Result<(), SessionError> {
        trial.limit().guard(Arc::clone(client) as _);
        for request in 0..trial.requests() {
            let probe = Probe::new(trial, request);
            probe.submit_and_start(now());
            make_request(client.as_ref(), &probe);
        }
        trial.limit().release();
        Ok(())
    }
}
