//! What is timed: a batch, with or without the session around it.
//!
//! The stretch from `started` to `finished` holds, for a cold session, its opening, the batch and
//! its closing; for a warm one the batch alone. Nothing else may come between the two readings.

use std::sync::Arc;

use host::usage::Usage;
use model::time::Moment;
use model::trial;

use crate::clock::now;
use crate::conditions::Keeping;
use crate::mode::Mode;
use crate::session_error::SessionError;
use crate::trial::Trial;

/// When a batch ran, and what the process used meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    pub(crate) started: Moment,
    pub(crate) finished: Moment,
    pub(crate) usage: trial::Usage,
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
        let stretch = Stretch::begin(Usage::of_this_process);
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
        let stretch = Stretch::begin(Usage::of_this_process);
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

/// Reads what those have used so far whose work is measured.
pub(crate) type ReadUsage = fn() -> Option<Usage>;

/// A stretch of time that is being measured.
pub(crate) struct Stretch {
    read: ReadUsage,
    used: Option<Usage>,
    started: Moment,
}

impl Stretch {
    /// Begins now. What is used is read by `read`.
    pub(crate) fn begin(read: ReadUsage) -> Self {
        let used = read();
        Self { read, used, started: now() }
    }

    /// Ends now.
    pub(crate) fn end(self) -> Timing {
        let finished = now();
        let usage = (self.read)().zip(self.used).map(|(after, before)| after.since(before));
        Timing { started: self.started, finished, usage: usage.map(told).unwrap_or_default() }
    }
}

fn told(usage: Usage) -> trial::Usage {
    trial::Usage {
        user: Some(usage.user.into()),
        system: Some(usage.system.into()),
        voluntary_switches: Some(usage.voluntary_switches),
        involuntary_switches: Some(usage.involuntary_switches),
        peak_memory: Some(usage.peak_memory),
        thread_starts: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Tracing;
    use model::target::Checks;
    use model::time::Span;
    use std::sync::Mutex;

    /// A mode that notes when its sessions are opened, used and closed.
    #[derive(Clone, Default)]
    struct Noting(Arc<Mutex<Vec<(&'static str, Moment)>>>);

    impl Noting {
        fn note(&self, what: &'static str) {
            self.0.lock().unwrap().push((what, now()));
        }

        /// What was noted since the last time, and whether it was before, during or after a
        /// stretch.
        fn noted(&self, timing: &Timing) -> Vec<(&'static str, &'static str)> {
            let placed = |(what, moment)| match moment {
                moment if moment < timing.started => (what, "before"),
                moment if moment > timing.finished => (what, "after"),
                _ => (what, "during"),
            };
            self.0.lock().unwrap().drain(..).map(placed).collect()
        }
    }

    struct NotedSession(Noting);

    impl Drop for NotedSession {
        fn drop(&mut self) {
            self.0.note("close");
        }
    }

    impl Mode for Noting {
        type Session = NotedSession;

        fn open(&self) -> Result<NotedSession, SessionError> {
            self.note("open");
            Ok(NotedSession(self.clone()))
        }

        fn run(&self, session: &mut NotedSession, _: &Arc<Trial>) -> Result<(), SessionError> {
            session.0.note("run");
            Ok(())
        }
    }

    fn trial(time_limit: Span) -> Arc<Trial> {
        let checks = Checks { statuses: vec![200], min_bytes: 0 };
        Arc::new(Trial::new(1, Tracing::Off, checks, time_limit))
    }

    #[test]
    fn a_cold_trial_times_the_opening_and_the_closing_of_its_session() {
        let noting = Noting::default();
        let mut sessions = Sessions::new(noting.clone(), Keeping::Cold);
        for _ in 0..2 {
            let timing = sessions.run(&trial(Span::from_secs(60))).expect("runs");
            let during = ["open", "run", "close"].map(|what| (what, "during"));
            assert_eq!(noting.noted(&timing), during);
        }
    }

    #[test]
    fn a_warm_trial_times_neither_and_keeps_its_session_unless_it_was_late() {
        let noting = Noting::default();
        let mut sessions = Sessions::new(noting.clone(), Keeping::Warm);
        let timing = sessions.run(&trial(Span::from_secs(60))).expect("runs");
        assert_eq!(noting.noted(&timing), [("open", "before"), ("run", "during")]);
        let timing = sessions.run(&trial(Span::ZERO)).expect("runs");
        assert_eq!(noting.noted(&timing), [("run", "during"), ("close", "after")]);
        let timing = sessions.run(&trial(Span::from_secs(60))).expect("runs");
        assert_eq!(noting.noted(&timing), [("open", "before"), ("run", "during")]);
    }
}
