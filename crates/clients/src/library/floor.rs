//! The floor: the least that a client can cost, to measure the others by. Requests are bytes before
//! the first trial, one thread waits for all sockets, and no request allocates memory.
//!
//! It is not a client for use: it keeps nothing of an answer but its status and its length.

mod connection;
mod event_loop;
mod head;
mod requests;
mod response;

use std::sync::Arc;

use model::http_version::HttpVersion;

use self::event_loop::{Batch, FloorSession};
use self::requests::LaidOutRequests;
use crate::conditions::Resume;
use crate::mode::{Mode, submit_all};
use crate::request::BadTarget;
use crate::session_error::SessionError;
use crate::setup::ClientSetup;
use crate::tls::{Roots, client_config};
use crate::trial::RunningTrial;

/// When the requests of a batch are handed over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Submission {
    /// All of them when the batch starts.
    AtOnce,
    /// Each of them when the one before it is done.
    InTurn,
}

/// The mode of the floor: a loop over the sockets of all its requests.
pub(crate) struct Floor {
    requests: Arc<LaidOutRequests>,
    /// The trusted certificates, if a request needs TLS.
    roots: Option<Roots>,
    submission: Submission,
    concurrency: usize,
}

impl Floor {
    /// Lays out the requests. Those that are submitted at once obey the condition `concurrency`.
    ///
    /// # Errors
    /// Names the first request that cannot be made.
    pub(crate) fn new(setup: &ClientSetup, submission: Submission) -> Result<Self, BadTarget> {
        let concurrency = match submission {
            Submission::AtOnce => setup.settings.concurrency,
            Submission::InTurn => 1,
        };
        let requests = LaidOutRequests::new(&setup.target)?.into();
        let roots = setup.needs_tls.then(|| setup.roots.clone());
        Ok(Self { requests, roots, submission, concurrency })
    }
}

impl Mode for Floor {
    type Session = FloorSession;

    fn open(&self) -> Result<FloorSession, SessionError> {
        let tls = self
            .roots
            .as_ref()
            .map(|roots| client_config(roots, Resume::On, &[HttpVersion::Http1]));
        FloorSession::open(tls, &self.requests).map_err(SessionError::Sockets)
    }

    fn run(
        &self,
        session: &mut FloorSession,
        trial: &Arc<RunningTrial>,
    ) -> Result<(), SessionError> {
        if self.submission == Submission::AtOnce {
            submit_all(trial);
        }
        let batch = Batch { trial, started: 0, in_flight: 0 };
        session.run(batch, self.concurrency).map_err(SessionError::Sockets)
    }
}
