//! The probe: a client reports one request through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::Version;
use model::failure::Failure;
use model::http_version::HttpVersion;
use model::time::Moment;
use model::trace::Milestone;

use crate::time_limit::TimeLimit;
use crate::trial::{RunningTrial, Tracing};
use host::clock::now;

/// A connection's number, unique in the driver's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionOrdinal(u64);

impl ConnectionOrdinal {
    /// The number of a connection that has just been opened.
    pub(crate) fn next() -> Self {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        Self(OPENED.fetch_add(1, Ordering::Relaxed))
    }
}

/// One request of a trial, as the client that makes it sees it.
#[derive(Clone)]
pub(crate) struct Probe {
    trial: Arc<RunningTrial>,
    request: usize,
}

impl Probe {
    /// The probe of a request of `trial`.
    pub(crate) fn new(trial: &Arc<RunningTrial>, request: usize) -> Self {
        Self { trial: Arc::clone(trial), request }
    }

    /// Which of the batch's requests it is.
    pub(crate) fn request(&self) -> usize {
        self.request
    }

    /// The trial's time limit.
    pub(crate) fn limit(&self) -> &TimeLimit {
        self.trial.limit()
    }

    /// Whether milestones are taken.
    pub(crate) fn is_traced(&self) -> bool {
        self.trial.tracing() == Tracing::On
    }

    /// The request passes a milestone now. Only the first time counts: a second address that is
    /// tried does not move the start of connecting.
    pub(crate) fn mark(&self, milestone: Milestone) {
        if self.is_traced() {
            self.trial.keep_first(self.request, milestone, now());
        }
    }

    /// The request is submitted and started at the same moment.
    pub(crate) fn submit_and_start(&self, at: Moment) {
        self.mark_at(Milestone::Submitted, at);
        self.mark_at(Milestone::Started, at);
    }

    /// Bytes of the request go to `connection` now. The first of them set `writing`, the last of them
    /// set `sent`.
    pub(crate) fn writes(&self, connection: ConnectionOrdinal) {
        if self.is_traced() {
            let at = now();
            self.connection(connection);
            self.trial.keep_first(self.request, Milestone::Writing, at);
            self.trial.keep_last(self.request, Milestone::Sent, at);
        }
    }

    /// The request passed a milestone at `moment`.
    pub(crate) fn mark_at(&self, milestone: Milestone, moment: Moment) {
        if self.is_traced() {
            self.trial.keep_first(self.request, milestone, moment);
        }
    }

    /// When the request passed a milestone, where that was observed.
    pub(crate) fn at(&self, milestone: Milestone) -> Option<Moment> {
        self.trial.at(self.request, milestone)
    }

    /// The connection that carries the request.
    pub(crate) fn connection(&self, ConnectionOrdinal(ordinal): ConnectionOrdinal) {
        if self.is_traced() {
            self.trial.keep_connection(self.request, ordinal);
        }
    }

    /// The worker that makes the request.
    pub(crate) fn worker(&self, ordinal: u64) {
        if self.is_traced() {
            self.trial.keep_worker(self.request, ordinal);
        }
    }

    /// The response's version of HTTP.
    pub(crate) fn version(&self, version: Version) {
        let version = match version {
            Version::HTTP_11 => HttpVersion::Http1,
            Version::HTTP_2 => HttpVersion::Http2,
            Version::HTTP_3 => HttpVersion::Http3,
            _ => return,
        };
        self.trial.count_response(version);
    }

    /// The response's status.
    pub(crate) fn status(&self, status: u16) {
        self.trial.keep_status(self.request, status);
    }

    /// How many bytes of the body have been read.
    pub(crate) fn bytes(&self, bytes: u64) {
        self.trial.keep_bytes(self.request, bytes);
    }

    /// Ends the request: checks the answer and keeps the outcome. Returns when that was.
    pub(crate) fn conclude(&self, fetched: Result<(), Failure>) -> Moment {
        let verdict = fetched.map(|()| self.trial.check(self.request));
        let at = now();
        // After the limit every result is a timeout: a cut-off body can look complete.
        let outcome = if self.limit().has_passed_at(at) {
            Err(self.limit().failure())
        } else {
            verdict.inspect(|_| self.mark_at(Milestone::Done, at)).flatten()
        };
        self.trial.settle(self.request, outcome);
        at
    }
}
