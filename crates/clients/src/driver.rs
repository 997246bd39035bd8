//! The driver's side of the driver protocol: commands in, replies out, one trial at a time.
//!
//! A thread of its own reads the input, so that its end is noticed in the middle of a trial too;
//! another runs the batches; the calling thread waits for either and writes every reply. Nothing is
//! written, and no command is looked at, while a batch runs.

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

use crate::clock::now;
use crate::event::{Event, read_lines};
use crate::offer::{Offer, Prepared};
use crate::session::{Stretch, Timing};
use crate::session_error::SessionError;
use crate::stage::Stage;
use crate::trial::{Tracing, Trial};

/// How long an interrupted batch may take to end before it is left to itself: a lookup cannot be
/// interrupted.
const GRACE: Duration = Duration::from_secs(1);

/// Why the driver ended otherwise than by `quit` or the end of its input.
#[derive(Debug, thiserror::Error)]
pub enum DriverFailure {
    /// A command could not be read.
    #[error("the driver's input cannot be read: {0}")]
    Input(io::Error),
    /// A reply could not be written.
    #[error("the driver's output cannot be written: {0}")]
    Output(io::Error),
    /// The system gave no thread to read the input.
    #[error("no thread could be started to read the driver's input: {0}")]
    Thread(io::Error),
}

/// Serves what is offered until `quit` or the end of `input`, which ends it even in the middle of a
/// trial: threads that still run are left behind, to end with the process.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub(crate) fn serve(
    offer: impl Offer,
    input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<(), DriverFailure> {
    let (events, inbox) = mpsc::channel();
    read_lines(input, events.clone()).map_err(DriverFailure::Thread)?;
    let mut driver = Driver {
        offer,
        output,
        events,
        inbox,
        early: VecDeque::new(),
        preparation: None,
        stage: None,
        grace: GRACE,
    };
    match driver.serve() {
        Setback::Failed(failure) => Err(failure),
        Setback::Ended | Setback::Refused(_) => Ok(()),
    }
}

struct Driver<O, W> {
    offer: O,
    output: W,
    events: Sender<Event>,
    inbox: Receiver<Event>,
    /// Commands that came while a trial was running.
    early: VecDeque<Vec<u8>>,
    /// What the trials are of.
    preparation: Option<Box<Preparation>>,
    /// The thread of the trials; none after a batch had to be left to itself.
    stage: Option<Stage>,
    grace: Duration,
}

/// Why a command was not carried out.
enum Setback {
    /// It cannot be; the driver waits for another.
    Refused(DriverError),
    /// The driver was asked to end.
    Ended,
    /// The driver cannot go on.
    Failed(DriverFailure),
}

impl From<DriverError> for Setback {
    fn from(error: DriverError) -> Self {
        Self::Refused(error)
    }
}

impl<O: Offer, W: Write> Driver<O, W> {
    /// Carries out one command after another, until one of them or the input ends it.
    fn serve(&mut self) -> Setback {
        loop {
            let outcome = match self.next_line().and_then(|line| self.obey(&line)) {
                Err(Setback::Refused(error)) => self.reply(&Reply::Error(error)),
                other => other,
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    fn next_line(&mut self) -> Result<Vec<u8>, Setback> {
        if let Some(line) = self.early.pop_front() {
            return Ok(line);
        }
        loop {
            match self.inbox.recv() {
                Ok(Event::Line(line)) => return Ok(line),
                Ok(Event::InputFailed(error)) => {
                    return Err(Setback::Failed(DriverFailure::Input(error)));
                }
                Ok(Event::InputEnded) | Err(_) => return Err(Setback::Ended),
                // A batch that had been left to itself has ended after all.
                Ok(Event::Over(_)) => {}
            }
        }
    }

    fn obey(&mut self, line: &[u8]) -> Result<(), Setback> {
        let command = serde_json::from_slice(line)
            .map_err(|error| bad_command(format!("this is not a command: {error}")))?;
        match command {
            Command::Hello { protocol } => self.hello(protocol),
            Command::Prepare(preparation) => self.prepare(preparation),
            Command::Trial(order) => self.trial(&order),
            Command::Quit => Err(Setback::Ended),
        }
    }

    fn hello(&mut self, protocol: u32) -> Result<(), Setback> {
        if protocol != VERSION {
            let message = format!("version {protocol} is not spoken here: version {VERSION} is");
            return Err(DriverError { kind: DriverErrorKind::UnsupportedVersion, message }.into());
        }
        self.reply(&Reply::Hello(DriverHello {
            protocol: VERSION,
            driver: O::DRIVER.to_owned(),
            now: now(),
            versions: self.offer.versions(),
            strategies: self.offer.strategies(),
            missing: Vec::new(),
        }))
    }

    fn prepare(&mut self, preparation: Box<Preparation>) -> Result<(), Setback> {
        let (stage, facts) = self.set_stage(&preparation)?;
        self.stage = Some(stage);
        self.preparation = Some(preparation);
        self.reply(&Reply::Ready { facts })
    }

    fn set_stage(&self, preparation: &Preparation) -> Result<(Stage, Facts), DriverError> {
        let Prepared { bench, facts } = self.offer.prepare(preparation)?;
        let events = self.events.clone();
        let report = move |over| {
            // The driver may have ended before the batch.
            let _ = events.send(Event::Over(over));
        };
        let stage = Stage::start(bench, report).map_err(|error| internal(&error))?;
        Ok((stage, facts))
    }

    fn trial(&mut self, order: &TrialOrder) -> Result<(), Setback> {
        let preparation = self
            .preparation
            .as_ref()
            .ok_or_else(|| bad_command("nothing has been prepared for a trial".to_owned()))?;
        let trial = Arc::new(begin(preparation, order)?);
        let stage = match self.stage.take() {
            Some(stage) => stage,
            None => self.set_stage(preparation)?.0,
        };
        let stretch = Stretch::begin(O::USAGE);
        stage.order(Arc::clone(&trial));
        let timing = match self.wait_for(&trial)? {
            Some(timing) => {
                self.stage = Some(stage);
                timing.map_err(|error| internal(&error))?
            }
            None => stretch.end(),
        };
        self.tell(order, &trial, timing)
    }

    /// Waits for the end of a trial; none when it had to be left to itself.
    fn wait_for(
        &mut self,
        trial: &Arc<Trial>,
    ) -> Result<Option<Result<Timing, SessionError>>, Setback> {
        let mut patience = trial.limit().remaining();
        let mut is_enforced = false;
        loop {
            match self.inbox.recv_timeout(patience) {
                Ok(Event::Over(over)) if Arc::ptr_eq(&over.trial, trial) => {
                    return Ok(Some(over.timing));
                }
                Ok(Event::Over(_)) => {}
                Ok(Event::Line(line)) => self.early.push_back(line),
                Ok(Event::InputEnded) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(Setback::Ended);
                }
                Ok(Event::InputFailed(error)) => {
                    return Err(Setback::Failed(DriverFailure::Input(error)));
                }
                Err(RecvTimeoutError::Timeout) if is_enforced => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    trial.limit().enforce();
                    is_enforced = true;
                }
            }
            patience = if is_enforced { self.grace } else { trial.limit().remaining() };
        }
    }

    fn tell(&mut self, order: &TrialOrder, trial: &Trial, timing: Timing) -> Result<(), Setback> {
        let columns = trial.columns(timing.started).map_err(|error| internal(&error))?;
        self.reply(&Reply::Columns { id: order.id, columns: Box::new(columns) })?;
        let Timing { started, finished, usage } = timing;
        self.reply(&Reply::Done(TrialDone { id: order.id, started, finished, usage, ends: false }))
    }

    fn reply(&mut self, reply: &Reply) -> Result<(), Setback> {
        let mut write = || {
            let mut line = serde_json::to_vec(reply)?;
            line.push(b'\n');
            self.output.write_all(&line)?;
            self.output.flush()
        };
        write().map_err(|error| Setback::Failed(DriverFailure::Output(error)))
    }
}

/// Sets a trial up and starts its time limit.
fn begin(preparation: &Preparation, order: &TrialOrder) -> Result<Trial, DriverError> {
    let target = &preparation.target;
    let (requests, offered) = (order.requests as usize, target.requests.len());
    if !(1..=offered).contains(&requests) {
        let message = format!("a batch of {requests} cannot be taken from {offered} requests");
        return Err(bad_command(message));
    }
    let tracing = Tracing::of(preparation);
    Ok(Trial::new(requests, tracing, target.checks.clone(), target.time_limit))
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
    use crate::catalogue::BuiltIn;
    use crate::session::Bench;
    use model::failure::FailureKind;
    use model::target::{Checks, Request, Target, Trust};
    use model::time::Span;
    use model::trial::TrialId;

    /// Runs no batch to its end until its test does.
    struct Stuck(Receiver<()>);

    impl Bench for Stuck {
        fn run(&mut self, _: &Arc<Trial>) -> Result<Timing, SessionError> {
            let _ = self.0.recv();
            Ok(Stretch::begin(BuiltIn::USAGE).end())
        }
    }

    /// Fails over itself.
    struct Faulty;

    impl Bench for Faulty {
        fn run(&mut self, _: &Arc<Trial>) -> Result<Timing, SessionError> {
            panic!("out of order")
        }
    }

    /// Two requests that sleep for no time at all.
    fn preparation(time_limit: Span) -> Box<Preparation> {
        let request = Request {
            method: "GET".to_owned(),
            url: "http://nobody.invalid/".to_owned(),
            body: None,
        };
        Box::new(Preparation {
            strategy: "ureq/sequential".to_owned(),
            conditions: [("work".to_owned(), "sleep:0".to_owned())].into(),
            target: Target {
                requests: vec![request; 2],
                headers: Vec::new(),
                trust: Trust::Default,
                checks: Checks { statuses: vec![200], min_bytes: 0 },
                time_limit,
            },
            trace: true,
        })
    }

    /// A driver whose next trial is run by `bench`, with no patience after the time limit.
    fn driver_with(bench: Box<dyn Bench>, time_limit: Span) -> Driver<BuiltIn, Vec<u8>> {
        let (events, inbox) = mpsc::channel();
        let over = events.clone();
        let report = move |trial| over.send(Event::Over(trial)).expect("the driver waits");
        let stage = Stage::start(bench, report).expect("a thread");
        Driver {
            offer: BuiltIn,
            output: Vec::new(),
            events,
            inbox,
            early: VecDeque::new(),
            preparation: Some(preparation(time_limit)),
            stage: Some(stage),
            grace: Duration::from_millis(1),
        }
    }

    fn replies_to_a_trial(driver: &mut Driver<BuiltIn, Vec<u8>>) -> Vec<Reply> {
        driver.output.clear();
        let order = TrialOrder { id: TrialId(1), requests: 2, warm_up: false };
        if let Err(Setback::Refused(error)) = driver.trial(&order) {
            return vec![Reply::Error(error)];
        }
        let lines = driver.output.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).expect("a reply")).collect()
    }

    #[test]
    fn a_batch_that_cannot_be_interrupted_is_left_to_itself() {
        let (release, stuck) = mpsc::channel();
        let mut driver = driver_with(Box::new(Stuck(stuck)), Span::from_millis(200));
        let replies = replies_to_a_trial(&mut driver);
        let [Reply::Columns { columns, .. }, Reply::Done(_)] = &replies[..] else {
            panic!("not the end of a trial: {replies:?}");
        };
        let kinds: Vec<FailureKind> = columns.failures().map(|failure| failure.kind).collect();
        assert_eq!(kinds, [FailureKind::Timeout; 2]);
        // Another thread runs the next batch, and is not disturbed when the first comes to an end.
        drop(release);
        let replies = replies_to_a_trial(&mut driver);
        let [Reply::Columns { columns, .. }, Reply::Done(_)] = &replies[..] else {
            panic!("not the end of a trial: {replies:?}");
        };
        assert_eq!(columns.error, None);
    }

    #[test]
    fn a_client_that_panics_is_an_error_of_the_driver_and_not_its_end() {
        let mut driver = driver_with(Box::new(Faulty), Span::from_secs(60));
        let replies = replies_to_a_trial(&mut driver);
        let [Reply::Error(error)] = &replies[..] else { panic!("no error: {replies:?}") };
        assert_eq!(error.kind, DriverErrorKind::Internal);
        assert!(error.message.contains("out of order"), "{}", error.message);
    }
}
