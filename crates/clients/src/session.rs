//! Runs the batches of a strategy, each with a session of its own or with one that is kept.
//!
//! The timed section of a cold session is its opening, the batch and its closing; of a warm session
//! it is the batch alone. Nothing else may run between the two readings of the clock.

use std::sync::Arc;

use crate::conditions::SessionKind;
use crate::mode::Mode;
use crate::session_error::SessionError;
use crate::timing::{BatchTiming, Measured, Stopwatch};
use crate::trial::RunningTrial;

/// Runs the batches of one prepared strategy.
pub(crate) trait BatchRunner: Send {
    /// Runs a batch and times it.
    ///
    /// # Errors
    /// When the system does not give what the strategy needs.
    fn run(&mut self, trial: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError>;
}

/// Runs batches in a mode, over cold sessions or over a warm one.
pub(crate) struct SessionRunner<M: Mode> {
    mode: M,
    kind: SessionKind,
    warm: Option<M::Session>,
}

impl<M: Mode> SessionRunner<M> {
    /// A runner that has opened no session yet.
    pub(crate) fn new(mode: M, kind: SessionKind) -> Self {
        Self { mode, kind, warm: None }
    }

    fn run_cold(&self, trial: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError> {
        let stopwatch = Stopwatch::start(Measured::ThisProcess);
        let mut session = self.mode.open()?;
        self.mode.run(&mut session, trial)?;
        drop(session);
        Ok(stopwatch.stop())
    }

    fn run_warm(&mut self, trial: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError> {
        let mut session = match self.warm.take() {
            Some(session) => session,
            None => self.mode.open()?,
        };
        let stopwatch = Stopwatch::start(Measured::ThisProcess);
        self.mode.run(&mut session, trial)?;
        let timing = stopwatch.stop();
        // An interrupted session cannot be used again: the next trial opens another.
        if !trial.limit().has_passed() {
            self.warm = Some(session);
        }
        Ok(timing)
    }
}

impl<M: Mode> BatchRunner for SessionRunner<M> {
    fn run(&mut self, trial: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError> {
        match self.kind {
            SessionKind::Cold => self.run_cold(trial),
            SessionKind::Warm => self.run_warm(trial),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Tracing;
    use host::clock::now;
    use model::target::Checks;
    use model::time::{Moment, Span};
    use std::sync::Mutex;

    /// A mode that records when its sessions are opened, used and closed.
    #[derive(Clone, Default)]
    struct RecordingMode(Arc<Mutex<Vec<(&'static str, Moment)>>>);

    impl RecordingMode {
        fn record(&self, what: &'static str) {
            self.0.lock().unwrap().push((what, now()));
        }

        /// Takes the recorded events, each with its place: before, during or after the timed
        /// section.
        fn take_events(&self, timing: &BatchTiming) -> Vec<(&'static str, &'static str)> {
            let placed = |(what, moment)| match moment {
                moment if moment < timing.started => (what, "before"),
                moment if moment > timing.finished => (what, "after"),
                _ => (what, "during"),
            };
            self.0.lock().unwrap().drain(..).map(placed).collect()
        }
    }

    struct RecordedSession(RecordingMode);

    impl Drop for RecordedSession {
        fn drop(&mut self) {
            self.0.record("close");
        }
    }

    impl Mode for RecordingMode {
        type Session = RecordedSession;

        fn open(&self) -> Result<RecordedSession, SessionError> {
            self.record("open");
            Ok(RecordedSession(self.clone()))
        }

        fn run(
            &self,
            session: &mut RecordedSession,
            _: &Arc<RunningTrial>,
        ) -> Result<(), SessionError> {
            session.0.record("run");
            Ok(())
        }
    }

    fn trial(time_limit: Span) -> Arc<RunningTrial> {
        let checks = Checks { statuses: vec![200], min_bytes: 0 };
        Arc::new(RunningTrial::new(1, Tracing::Off, checks, time_limit))
    }

    #[test]
    fn a_cold_trial_includes_opening_and_closing_its_session() {
        let mode = RecordingMode::default();
        let mut runner = SessionRunner::new(mode.clone(), SessionKind::Cold);
        for _ in 0..2 {
            let timing = runner.run(&trial(Span::from_secs(60))).expect("runs");
            let during = ["open", "run", "close"].map(|what| (what, "during"));
            assert_eq!(mode.take_events(&timing), during);
        }
    }

    #[test]
    fn a_warm_trial_excludes_both_and_keeps_its_session_unless_it_timed_out() {
        let mode = RecordingMode::default();
        let mut runner = SessionRunner::new(mode.clone(), SessionKind::Warm);
        let timing = runner.run(&trial(Span::from_secs(60))).expect("runs");
        assert_eq!(mode.take_events(&timing), [("open", "before"), ("run", "during")]);
        let timing = runner.run(&trial(Span::ZERO)).expect("runs");
        assert_eq!(mode.take_events(&timing), [("run", "during"), ("close", "after")]);
        let timing = runner.run(&trial(Span::from_secs(60))).expect("runs");
        assert_eq!(mode.take_events(&timing), [("open", "before"), ("run", "during")]);
    }
}
