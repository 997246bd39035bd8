//! The driver's side of the driver protocol: commands in, replies out, one trial at a time.
//!
//! A thread of its own reads the input, so that its end is noticed in the middle of a trial too;
//! another runs the batches; the calling thread waits for either and writes every reply. Nothing is
//! written, and no command is looked at, while a batch runs.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::Builder;
use std::time::Duration;

use model::driver_protocol::{
    Command, DriverError, DriverErrorKind, DriverHello, Preparation, Reply, TrialDone, TrialOrder,
    VERSION,
};

use crate::catalogue::{catalogue, prepare};
use crate::clock::now;
use crate::session::{SessionError, Stretch, Timing};
use crate::stage::{Over, Stage};
use crate::trial::{Tracing, Trial};
use crate::versions::versions;

/// How long an interrupted batch may take to end before it is left to itself: a lookup or an
/// opening of a connection cannot be interrupted.
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

/// Serves the built-in strategies until `quit` or the end of `input`, which ends it even in the
/// middle of a trial: threads that still run are left behind, to end with the process.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<(), DriverFailure> {
    let (events, inbox) = mpsc::channel();
    let lines = events.clone();
    Builder::new()
        .name("input".to_owned())
        .spawn(move || read_lines(input, &lines))
        .map_err(DriverFailure::Thread)?;
    let mut driver = Driver { output, events, inbox, early: VecDeque::new(), prepared: None };
    match driver.serve() {
        Ok(()) | Err(End::Asked) => Ok(()),
        Err(End::Failed(failure)) => Err(failure),
    }
}

/// What the driver waits for.
enum Event {
    Line(Vec<u8>),
    InputEnded,
    InputFailed(io::Error),
    Over(Over),
}

/// Why the driver ends.
enum End {
    Asked,
    Failed(DriverFailure),
}

fn read_lines(mut input: impl BufRead, events: &Sender<Event>) {
    loop {
        let mut line = Vec::new();
        let event = match input.read_until(b'\n', &mut line) {
            Ok(0) => Event::InputEnded,
            Ok(_) => Event::Line(line),
            Err(error) => Event::InputFailed(error),
        };
        let is_last = !matches!(event, Event::Line(_));
        // The driver may have ended before its input.
        if events.send(event).is_err() || is_last {
            return;
        }
    }
}

struct Driver<W> {
    output: W,
    events: Sender<Event>,
    inbox: Receiver<Event>,
    /// Commands that came while a trial was running.
    early: VecDeque<Vec<u8>>,
    prepared: Option<Prepared>,
}

struct Prepared {
    preparation: Box<Preparation>,
    /// The thread of the batches; none after one of them had to be left to itself.
    stage: Option<Stage>,
}

impl<W: Write> Driver<W> {
    fn serve(&mut self) -> Result<(), End> {
        loop {
            let line = self.next_line()?;
            let command: Command = match serde_json::from_slice(&line) {
                Ok(command) => command,
                Err(error) => {
                    self.refuse(bad_command(format!("not a command: {error}")))?;
                    continue;
                }
            };
            match command {
                Command::Hello { protocol } => self.hello(protocol)?,
                Command::Prepare(preparation) => self.prepare(preparation)?,
                Command::Trial(order) => self.trial(&order)?,
                Command::Quit => return Ok(()),
            }
        }
    }

    fn next_line(&mut self) -> Result<Vec<u8>, End> {
        if let Some(line) = self.early.pop_front() {
            return Ok(line);
        }
        loop {
            match self.inbox.recv() {
                Ok(Event::Line(line)) => return Ok(line),
                Ok(Event::InputFailed(error)) => {
                    return Err(End::Failed(DriverFailure::Input(error)));
                }
                Ok(Event::InputEnded) | Err(_) => return Err(End::Asked),
                // A batch that had been left to itself has ended after all.
                Ok(Event::Over(_)) => {}
            }
        }
    }

    fn hello(&mut self, protocol: u32) -> Result<(), End> {
        if protocol != VERSION {
            let message = format!("version {protocol} is not spoken here: version {VERSION} is");
            return self.refuse(DriverError { kind: DriverErrorKind::UnsupportedVersion, message });
        }
        self.reply(&Reply::Hello(DriverHello {
            protocol: VERSION,
            driver: "batchmark".to_owned(),
            now: now(),
            versions: versions(),
            strategies: catalogue(),
        }))
    }

    fn prepare(&mut self, preparation: Box<Preparation>) -> Result<(), End> {
        match self.set_stage(&preparation) {
            Ok(stage) => {
                self.prepared = Some(Prepared { preparation, stage: Some(stage) });
                self.reply(&Reply::Ready)
            }
            Err(error) => self.refuse(error),
        }
    }

    fn set_stage(&self, preparation: &Preparation) -> Result<Stage, DriverError> {
        let bench = prepare(preparation)?;
        let events = self.events.clone();
        let report = move |over| {
            // The driver may have ended before the batch.
            let _ = events.send(Event::Over(over));
        };
        Stage::start(bench, report).map_err(|error| internal(&error))
    }

    fn trial(&mut self, order: &TrialOrder) -> Result<(), End> {
        match self.run_trial(order)? {
            Ok((trial, timing)) => self.tell(order, &trial, timing),
            Err(error) => self.refuse(error),
        }
    }

    fn run_trial(
        &mut self,
        order: &TrialOrder,
    ) -> Result<Result<(Arc<Trial>, Timing), DriverError>, End> {
        let Some(mut prepared) = self.prepared.take() else {
            return Ok(Err(bad_command("nothing has been prepared for a trial".to_owned())));
        };
        let outcome = self.run_prepared(&mut prepared, order);
        self.prepared = Some(prepared);
        outcome
    }

    fn run_prepared(
        &mut self,
        prepared: &mut Prepared,
        order: &TrialOrder,
    ) -> Result<Result<(Arc<Trial>, Timing), DriverError>, End> {
        let preparation = prepared.preparation.as_ref();
        let target = &preparation.target;
        let requests = order.requests as usize;
        if !(1..=target.requests.len()).contains(&requests) {
            let offered = target.requests.len();
            let message = format!("a batch of {requests} cannot be taken from {offered} requests");
            return Ok(Err(bad_command(message)));
        }
        let stage = match prepared.stage.take() {
            Some(stage) => stage,
            None => match self.set_stage(&prepared.preparation) {
                Ok(stage) => stage,
                Err(error) => return Ok(Err(error)),
            },
        };
        let trial = Trial::new(
            requests,
            Tracing::of(preparation),
            target.checks.clone(),
            target.time_limit,
        );
        let trial = Arc::new(trial);
        let stretch = Stretch::begin();
        stage.order(Arc::clone(&trial));
        Ok(match self.wait_for(&trial)? {
            Some(timing) => {
                prepared.stage = Some(stage);
                timing.map(|timing| (trial, timing)).map_err(|error| internal(&error))
            }
            None => Ok((trial, stretch.end())),
        })
    }

    /// Waits for the end of a trial; none when it had to be left to itself.
    fn wait_for(
        &mut self,
        trial: &Arc<Trial>,
    ) -> Result<Option<Result<Timing, SessionError>>, End> {
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
                    return Err(End::Asked);
                }
                Ok(Event::InputFailed(error)) => {
                    return Err(End::Failed(DriverFailure::Input(error)));
                }
                Err(RecvTimeoutError::Timeout) if is_enforced => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    trial.limit().enforce();
                    is_enforced = true;
                }
            }
            patience = if is_enforced { GRACE } else { trial.limit().remaining() };
        }
    }

    fn tell(&mut self, order: &TrialOrder, trial: &Trial, timing: Timing) -> Result<(), End> {
        let columns = match trial.columns(timing.started) {
            Ok(columns) => Box::new(columns),
            Err(error) => return self.refuse(internal(&error)),
        };
        self.reply(&Reply::Columns { id: order.id, columns })?;
        let Timing { started, finished, usage } = timing;
        self.reply(&Reply::Done(TrialDone { id: order.id, started, finished, usage }))
    }

    fn refuse(&mut self, error: DriverError) -> Result<(), End> {
        self.reply(&Reply::Error(error))
    }

    fn reply(&mut self, reply: &Reply) -> Result<(), End> {
        let mut line = serde_json::to_vec(reply)
            .map_err(|error| End::Failed(DriverFailure::Output(error.into())))?;
        line.push(b'\n');
        self.output
            .write_all(&line)
            .and_then(|()| self.output.flush())
            .map_err(|error| End::Failed(DriverFailure::Output(error)))
    }
}

fn bad_command(message: String) -> DriverError {
    DriverError { kind: DriverErrorKind::BadCommand, message }
}

fn internal(error: &dyn std::error::Error) -> DriverError {
    DriverError { kind: DriverErrorKind::Internal, message: error.to_string() }
}
