//! What is timed: a batch, with or without the session around it.
//!
//! The stretch from `started` to `finished` holds, for a cold session, its opening, the batch and
//! its closing; for a warm one the batch alone. Nothing else may come between the two readings.

use std::io;
use std::sync::Arc;

use model::time::Moment;
use model::trial::Usage;

use crate::clock::now;
use crate::conditions::Keeping;
use crate::mode::Mode;
use crate::trial::Trial;

/// Why the driver could not run a trial at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    Thread(io::Error),
    /// The system gave no runtime.
    #[error("the asynchronous runtime could not be started: {0}")]
    Runtime(io::Error),
    /// A client ran into its own fault.
    #[error("the client panicked: {0}")]
    Panic(String),
}

/// When a batch ran, and what the process used meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) started: Moment,
    pub(crate) finished: Moment,
    pub(crate) usage: Usage,
}

/// Runs trials of one strategy, one after another.
pub(crate) trait Bench: Send {
    /// Runs a batch and times it.
    ///
    /// # Errors
    /// When what the strategy needs cannot be had.
    fn run(&mut self, trial: &Arc<Trial>) -> Result<Timing, SessionError>;
}

/// A mode whose sessions are kept or not.
pub(crate) struct Sessions<M: Mode> {
    mode: M,
    keeping: Keeping,
    kept: Option<M::Session>,
}

impl<M: Mode> Sessions<M> {
    /// No session is open yet.
    pub(crate) fn new(mode: M, keeping: Keeping) -> Self {
        Self { mode, keeping, kept: None }
    }

    fn run_cold(&mut self, trial: &Arc<Trial>) -> Result<Timing, SessionError> {
        let stretch = Stretch::begin();
        let mut session = self.mode.open()?;
        self.mode.run(&mut session, trial)?;
        drop(session);
        Ok(stretch.end())
    }

    fn run_warm(&mut self, trial: &Arc<Trial>) -> Result<Timing, SessionError> {
        let mut session = match self.kept.take() {
            Some(session) => session,
            None => self.mode.open()?,
        };
        let stretch = Stretch::begin();
        self.mode.run(&mut session, trial)?;
        let timing = stretch.end();
        // After an interrupt the session is of no use: the next trial opens another.
        if !trial.limit().has_passed() {
            self.kept = Some(session);
        }
        Ok(timing)
    }
}

impl<M: Mode> Bench for Sessions<M> {
    fn run(&mut self, trial: &Arc<Trial>) -> Result<Timing, SessionError> {
        match self.keeping {
            Keeping::Cold => self.run_cold(trial),
            Keeping::Warm => self.run_warm(trial),
        }
    }
}

/// A stretch of time that is being measured.
pub(crate) struct Stretch {
    used: Option<host::usage::Usage>,
    started: Moment,
}

impl Stretch {
    /// Begins now.
    pub(crate) fn begin() -> Self {
        let used = host::usage::Usage::of_this_process();
        Self { used, started: now() }
    }

    /// Ends now.
    pub(crate) fn end(self) -> Timing {
        let finished = now();
        let usage = host::usage::Usage::of_this_process()
            .zip(self.used)
            .map(|(after, before)| after.since(before));
        Timing { started: self.started, finished, usage: usage.map(told).unwrap_or_default() }
    }
}

fn told(usage: host::usage::Usage) -> Usage {
    Usage {
        user: Some(usage.user.into()),
        system: Some(usage.system.into()),
        voluntary_switches: Some(usage.voluntary_switches),
        involuntary_switches: Some(usage.involuntary_switches),
        peak_memory: Some(usage.peak_memory),
    }
}
