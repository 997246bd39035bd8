//! The driver's side of the driver protocol: commands in, replies out, one trial at a time.
//!
//! One thread reads the input, so that its end is noticed during a trial too. Another thread runs
//! the batches. The calling thread waits for both and writes every reply. Nothing is written and no
//! command is looked at while a batch runs.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use model::driver_protocol::{
    Command, DriverError, DriverErrorKind, DriverHello, Preparation, Reply, TrialDone, TrialOrder,
    VERSION,
};
use model::facts::Facts;
use model::json_lines::write_line;
use model::trial::ImposedEffects;

use crate::batch_thread::BatchThread;
use crate::event::{DriverEvent, read_lines};
use crate::provider::{PreparedStrategy, StrategyProvider};
use crate::session_error::SessionError;
use crate::timing::{BatchTiming, Stopwatch};
use crate::trial::{RunningTrial, Tracing};
use host::clock::now;

/// How long an interrupted batch may take to end before the driver stops waiting for it. A DNS
/// lookup, for example, cannot be interrupted.
const GRACE: Duration = Duration::from_secs(1);

/// Why the driver ended without `quit` and before the end of its input.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A command could not be read.
    #[error("the driver cannot read its input: {0}")]
    Input(io::Error),
    /// A reply could not be written.
    #[error("the driver cannot write its output: {0}")]
    Output(io::Error),
    /// The system gave no thread to read the input.
    #[error("the driver cannot start a thread to read its input: {0}")]
    Thread(io::Error),
}

/// Serves the provider's strategies until `quit` or the end of `input`. The end of input ends the
/// driver even during a trial: threads that still run end with the process.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub(crate) fn serve(
    provider: impl StrategyProvider,
    input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<(), ServeError> {
    let (events, inbox) = mpsc::channel();
    read_lines(input, events.clone()).map_err(ServeError::Thread)?;
    let mut driver = Driver {
        provider,
        output,
        events,
        inbox,
        early: VecDeque::new(),
        preparation: None,
        batch_thread: None,
        grace: GRACE,
    };
    driver.serve()
}

struct Driver<P, W> {
    provider: P,
    output: W,
    events: Sender<DriverEvent>,
    inbox: Receiver<DriverEvent>,
    /// Commands that arrived during a trial.
    early: VecDeque<Vec<u8>>,
    /// What the trials run.
    preparation: Option<Box<Preparation>>,
    /// The thread that runs the trials; none after the driver stopped waiting for a batch.
    batch_thread: Option<BatchThread>,
    grace: Duration,
}

/// What the driver does after a command.
enum Next {
    /// It waits for another command.
    Continue,
    /// It ends.
    Quit,
}

/// Why a command was not carried out.
enum CommandError {
    /// The command is invalid; the driver answers and waits for another.
    Refused(DriverError),
    /// The driver cannot continue.
    Fatal(ServeError),
}

impl From<DriverError> for CommandError {
    fn from(error: DriverError) -> Self {
        Self::Refused(error)
    }
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        Self::Fatal(error)
    }
}

/// How the driver's wait for a batch ended.
enum BatchEnd {
    Finished(Result<BatchTiming, SessionError>),
    /// The batch did not end in time, even after the interrupt.
    Abandoned,
    /// The input ended first.
    InputEnded,
}

impl<P: StrategyProvider, W: Write> Driver<P, W> {
    /// Carries out one command after another, until a command or the end of input ends the driver.
    fn serve(&mut self) -> Result<(), ServeError> {
        while let Some(line) = self.next_line()? {
            match self.obey(&line) {
                Ok(Next::Continue) => {}
                Ok(Next::Quit) => return Ok(()),
                Err(CommandError::Refused(error)) => self.reply(&Reply::Error(error))?,
                Err(CommandError::Fatal(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next command; none at the end of the input.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, ServeError> {
        if let Some(line) = self.early.pop_front() {
            return Ok(Some(line));
        }
        loop {
            match self.inbox.recv() {
                Ok(DriverEvent::Line(line)) => return Ok(Some(line)),
                Ok(DriverEvent::InputFailed(error)) => return Err(ServeError::Input(error)),
                Ok(DriverEvent::InputEnded) | Err(_) => return Ok(None),
                // An abandoned batch has ended after all.
                Ok(DriverEvent::BatchFinished(_)) => {}
            }
        }
    }

    fn obey(&mut self, line: &[u8]) -> Result<Next, CommandError> {
        let command = serde_json::from_slice(line)
            .map_err(|error| bad_command(format!("this is not a command: {error}")))?;
        match command {
            Command::Hello { protocol } => self.hello(protocol),
            Command::Prepare(preparation) => self.prepare(preparation),
            Command::Trial(order) => self.trial(&order),
            Command::Quit => Ok(Next::Quit),
        }
    }

    fn hello(&mut self, protocol: u32) -> Result<Next, CommandError> {
        if protocol != VERSION {
            let message =
                format!("this driver speaks version {VERSION} of the protocol, not {protocol}");
            return Err(DriverError { kind: DriverErrorKind::UnsupportedVersion, message }.into());
        }
        self.reply(&Reply::Hello(DriverHello {
            protocol: VERSION,
            driver: P::DRIVER.to_owned(),
            now: now(),
            versions: self.provider.versions(),
            strategies: self.provider.strategies(),
            missing: Vec::new(),
            profiles: false,
            packed: true,
            samples: true,
        }))?;
        Ok(Next::Continue)
    }

    fn prepare(&mut self, preparation: Box<Preparation>) -> Result<Next, CommandError> {
        let (batch_thread, facts) = self.start_batch_thread(&preparation)?;
        self.batch_thread = Some(batch_thread);
        self.preparation = Some(preparation);
        self.reply(&Reply::Ready { facts })?;
        Ok(Next::Continue)
    }

    fn start_batch_thread(
        &self,
        preparation: &Preparation,
    ) -> Result<(BatchThread, Facts), DriverError> {
        let PreparedStrategy { runner, facts } = self.provider.prepare(preparation)?;
        let events = self.events.clone();
        let report = move |finished| {
            // Fails only when the driver has ended before the batch.
            let _ = events.send(DriverEvent::BatchFinished(finished));
        };
        let thread = BatchThread::start(runner, report).map_err(|error| internal(&error))?;
        Ok((thread, facts))
    }

    fn trial(&mut self, order: &TrialOrder) -> Result<Next, CommandError> {
        let preparation = self.preparation.as_ref().ok_or_else(|| {
            bad_command("a trial needs a prepared strategy: send prepare first".to_owned())
        })?;
        let trial = Arc::new(start_trial(preparation, order)?);
        let batch_thread = match self.batch_thread.take() {
            Some(batch_thread) => batch_thread,
            None => self.start_batch_thread(preparation)?.0,
        };
        let stopwatch = Stopwatch::start(P::MEASURED);
        batch_thread.run(Arc::clone(&trial));
        let timing = match self.wait_for(&trial)? {
            BatchEnd::Finished(timing) => {
                self.batch_thread = Some(batch_thread);
                timing.map_err(|error| internal(&error))?
            }
            BatchEnd::Abandoned => stopwatch.stop(),
            BatchEnd::InputEnded => return Ok(Next::Quit),
        };
        self.report(order, &trial, timing)?;
        Ok(Next::Continue)
    }

    /// Waits for the end of a trial, and interrupts it when its time limit passes.
    fn wait_for(&mut self, trial: &Arc<RunningTrial>) -> Result<BatchEnd, ServeError> {
        let mut patience = trial.limit().remaining();
        let mut is_enforced = false;
        loop {
            match self.inbox.recv_timeout(patience) {
                Ok(DriverEvent::BatchFinished(batch)) if Arc::ptr_eq(&batch.trial, trial) => {
                    return Ok(BatchEnd::Finished(batch.timing));
                }
                // An abandoned batch of an earlier trial.
                Ok(DriverEvent::BatchFinished(_)) => {}
                Ok(DriverEvent::Line(line)) => self.early.push_back(line),
                Ok(DriverEvent::InputEnded) | Err(RecvTimeoutError::Disconnected) => {
                    return Ok(BatchEnd::InputEnded);
                }
                Ok(DriverEvent::InputFailed(error)) => return Err(ServeError::Input(error)),
                Err(RecvTimeoutError::Timeout) if is_enforced => return Ok(BatchEnd::Abandoned),
                Err(RecvTimeoutError::Timeout) => {
                    trial.limit().enforce();
                    is_enforced = true;
                }
            }
            patience = if is_enforced { self.grace } else { trial.limit().remaining() };
        }
    }

    fn report(
        &mut self,
        order: &TrialOrder,
        trial: &RunningTrial,
        timing: BatchTiming,
    ) -> Result<(), CommandError> {
        let columns = trial.columns(timing.started).map_err(|error| internal(&error))?;
        self.reply(&Reply::Columns { id: order.id, columns: Box::new(columns) })?;
        let BatchTiming { started, finished, usage } = timing;
        let done = TrialDone {
            id: order.id,
            started,
            finished,
            usage,
            imposed: ImposedEffects::new(),
            http: trial.response_versions(),
            ends: false,
            totals: trial.totals().map(Box::new),
            profile: None,
        };
        Ok(self.reply(&Reply::Done(done))?)
    }

    fn reply(&mut self, reply: &Reply) -> Result<(), ServeError> {
        write_line(&mut self.output, reply).map_err(ServeError::Output)
    }
}

/// Creates a trial and starts its time limit.
fn start_trial(preparation: &Preparation, order: &TrialOrder) -> Result<RunningTrial, DriverError> {
    let target = &preparation.target;
    let (requests, offered) = (order.requests as usize, target.requests.len());
    if !(1..=offered).contains(&requests) {
        return Err(bad_command(format!(
            "a batch of {requests} is not possible: the target has {offered} requests"
        )));
    }
    let tracing = Tracing::requested_by(preparation);
    let (checks, limit) = (target.checks.clone(), target.time_limit);
    let Some(stretch) = order.sample else {
        return Ok(RunningTrial::new(requests, tracing, checks, limit));
    };
    if u64::from(stretch.first) + u64::from(stretch.requests) > u64::from(order.requests) {
        return Err(bad_command("the sample is no part of the batch".to_owned()));
    }
    Ok(RunningTrial::sampled(requests, stretch, tracing, checks, limit))
}

fn bad_command(message: String) -> DriverError {
    DriverError { kind: DriverErrorKind::BadCommand, message }
}

fn internal(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::Internal, message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::BuiltInProvider;
    use crate::session::BatchRunner;
    use model::failure::FailureKind;
    use model::target::{Checks, Request, Target, Trust};
    use model::time::Span;
    use model::trial::TrialId;

    /// Runs a batch that ends only when the test drops its sender.
    struct StuckRunner(Receiver<()>);

    impl BatchRunner for StuckRunner {
        fn run(&mut self, _: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError> {
            let _ = self.0.recv();
            Ok(Stopwatch::start(BuiltInProvider::MEASURED).stop())
        }
    }

    struct PanickingRunner;

    impl BatchRunner for PanickingRunner {
        fn run(&mut self, _: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError> {
            panic!("out of order")
        }
    }

    /// Two requests that sleep for no time.
    fn preparation(time_limit: Span) -> Box<Preparation> {
        let request = Request {
            method: "GET".to_owned(),
            url: "http://unused.invalid/".to_owned(),
            body: None,
        };
        Box::new(Preparation {
            strategy: "ureq/sequential".to_owned(),
            conditions: [("work".to_owned(), "sleep:0".to_owned())].into(),
            target: Target {
                userinfo: None,
                requests: vec![request; 2].into(),
                headers: Vec::new(),
                trust: Trust::Default,
                checks: Checks { statuses: vec![200], min_bytes: 0 },
                time_limit,
            },
            trace: true,
        })
    }

    /// A driver whose next trial is run by `runner`, and that hardly waits after the time limit.
    fn driver_with(
        runner: Box<dyn BatchRunner>,
        time_limit: Span,
    ) -> Driver<BuiltInProvider, Vec<u8>> {
        let (events, inbox) = mpsc::channel();
        let finished = events.clone();
        let report = move |batch| {
            finished.send(DriverEvent::BatchFinished(batch)).expect("the driver waits");
        };
        let batch_thread = BatchThread::start(runner, report).expect("a thread");
        Driver {
            provider: BuiltInProvider,
            output: Vec::new(),
            events,
            inbox,
            early: VecDeque::new(),
            preparation: Some(preparation(time_limit)),
            batch_thread: Some(batch_thread),
            grace: Duration::from_millis(1),
        }
    }

    fn replies_to_a_trial(driver: &mut Driver<BuiltInProvider, Vec<u8>>) -> Vec<Reply> {
        driver.output.clear();
        let order = TrialOrder {
            id: TrialId(1),
            requests: 2,
            warm_up: false,
            sample: None,
            profile: false,
        };
        if let Err(CommandError::Refused(error)) = driver.trial(&order) {
            return vec![Reply::Error(error)];
        }
        let lines = driver.output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).expect("a reply")).collect()
    }

    #[test]
    fn a_batch_that_cannot_be_interrupted_is_abandoned() {
        let (release, stuck) = mpsc::channel();
        let mut driver = driver_with(Box::new(StuckRunner(stuck)), Span::ZERO);
        let replies = replies_to_a_trial(&mut driver);
        let [Reply::Columns { columns, .. }, Reply::Done(_)] = &replies[..] else {
            panic!("not the end of a trial: {replies:?}");
        };
        let kinds: Vec<FailureKind> = columns.failures().map(|failure| failure.kind).collect();
        assert_eq!(kinds, [FailureKind::Timeout; 2]);
        // Another thread runs the next batch, and the end of the first does not disturb it.
        drop(release);
        driver.preparation = Some(preparation(Span::from_secs(60)));
        let replies = replies_to_a_trial(&mut driver);
        let [Reply::Columns { columns, .. }, Reply::Done(_)] = &replies[..] else {
            panic!("not the end of a trial: {replies:?}");
        };
        assert_eq!(columns.error, None);
    }

    #[test]
    fn a_client_that_panics_fails_its_trial_and_not_the_driver() {
        let mut driver = driver_with(Box::new(PanickingRunner), Span::from_secs(60));
        let replies = replies_to_a_trial(&mut driver);
        let [Reply::Error(error)] = &replies[..] else { panic!("no error: {replies:?}") };
        assert_eq!(error.kind, DriverErrorKind::Internal);
        assert!(error.message.contains("out of order"), "{}", error.message);
    }
}
