//! A driver's process, from the runner's side of the protocol.

use std::time::Duration;

use model::driver_protocol::{
    Command, DriverError, DriverHello, Preparation, Reply, TrialDone, TrialOrder, VERSION,
};
use model::facts::Facts;
use model::time::{Moment, Span};
use model::trace::{BadColumns, Columns};
use model::trial::{Loss, Run};

use crate::audit::{Known, Nonsense, audit};
use crate::command::ProcessCommand;
use crate::line_process::{LineError, LineProcess};
use crate::process_groups::ProcessGroups;

/// How long a driver may take to introduce itself: an interpreter imports its libraries meanwhile.
const HELLO_PATIENCE: Duration = Duration::from_secs(60);
/// How long a driver may take to get ready.
const PREPARE_PATIENCE: Duration = Duration::from_secs(60);
/// How much longer than a trial's time limit a driver may take before it is given up: it keeps the
/// limit itself, and must then end the batch and report.
const TRIAL_GRACE: Duration = Duration::from_secs(5);

/// Why a driver did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum DriverFailure {
    /// Its process does not speak.
    #[error(transparent)]
    Line(#[from] LineError),
    /// It did not introduce itself.
    #[error("it did not introduce itself: {error}{log}")]
    NoHello {
        /// What came instead.
        error: LineError,
        /// The last line of its log, ready to be read behind the error.
        log: String,
    },
    /// It reported an error.
    #[error("{}", .0.message)]
    Refused(DriverError),
    /// It answered something else.
    #[error("it answered {0} out of turn")]
    OutOfTurn(&'static str),
    /// It speaks another version of the protocol.
    #[error("it speaks version {0} of the driver protocol, and this program version {VERSION}")]
    OtherVersion(u32),
    /// What it reported cannot be true.
    #[error(transparent)]
    Nonsense(#[from] Nonsense),
}

impl From<BadColumns> for DriverFailure {
    fn from(bad: BadColumns) -> Self {
        Self::Nonsense(Nonsense::Columns(bad))
    }
}

/// A driver that has introduced itself.
#[derive(Debug)]
pub struct Driver {
    process: LineProcess,
    hello: DriverHello,
    time_limit: Span,
    is_ending: bool,
}

impl Driver {
    /// Starts a driver and asks who it is.
    ///
    /// # Errors
    /// When it cannot be started, speaks another version, or its clock is not the machine's
    /// monotonic clock.
    pub fn start(command: &ProcessCommand, groups: &ProcessGroups) -> Result<Self, DriverFailure> {
        let mut process = LineProcess::start(command, groups)?;
        let asked = now();
        process.send(&Command::Hello { protocol: VERSION })?;
        let hello = match process.receive(HELLO_PATIENCE) {
            Ok(Reply::Hello(hello)) => hello,
            Ok(other) => return Err(unexpected(other)),
            Err(error) => {
                return Err(DriverFailure::NoHello { error, log: last_words(&mut process) });
            }
        };
        if hello.protocol != VERSION {
            return Err(DriverFailure::OtherVersion(hello.protocol));
        }
        if hello.now < asked || hello.now > now() {
            return Err(Nonsense::OtherClock.into());
        }
        Ok(Self { process, hello, time_limit: Span::ZERO, is_ending: false })
    }

    /// Who it is and what it offers.
    pub const fn hello(&self) -> &DriverHello {
        &self.hello
    }

    /// Has it get ready for a strategy, and gives what it says of it.
    ///
    /// # Errors
    /// When it refuses, or does not answer.
    pub fn prepare(&mut self, preparation: Preparation) -> Result<Facts, DriverFailure> {
        self.time_limit = preparation.target.time_limit;
        self.process.send(&Command::Prepare(Box::new(preparation)))?;
        match self.process.receive(PREPARE_PATIENCE)? {
            Reply::Ready { facts } => Ok(facts),
            other => Err(unexpected(other)),
        }
    }

    /// Has it run a trial.
    ///
    /// # Errors
    /// When it dies, hangs, refuses, or reports what cannot be true.
    pub fn trial(&mut self, order: &TrialOrder) -> Result<Run, DriverFailure> {
        let ordered = now();
        self.process.send(&Command::Trial(order.clone()))?;
        let (columns, done) = self.await_done(order)?;
        let known =
            Known { id: order.id, requests: order.requests as usize, ordered, answered: now() };
        let run =
            Run { started: done.started, finished: done.finished, usage: done.usage, columns };
        audit(&known, &run)?;
        self.is_ending = done.ends;
        Ok(run)
    }

    /// Whether it has said that it ends, and takes no further trial.
    pub const fn is_ending(&self) -> bool {
        self.is_ending
    }

    fn await_done(&self, order: &TrialOrder) -> Result<(Columns, TrialDone), DriverFailure> {
        let deadline = host::clock::monotonic() + Duration::from(self.time_limit) + TRIAL_GRACE;
        let mut columns = Columns::default();
        loop {
            let left = deadline.saturating_sub(host::clock::monotonic());
            let found = match self.process.receive(left)? {
                Reply::Columns { id, columns: more } if id == order.id => {
                    columns.absorb(*more)?;
                    continue;
                }
                Reply::Done(done) if done.id == order.id => return Ok((columns, done)),
                Reply::Columns { id, .. } => id,
                Reply::Done(done) => done.id,
                other => return Err(unexpected(other)),
            };
            return Err(Nonsense::OtherTrial { ordered: order.id, found }.into());
        }
    }

    /// Ends it at once and tells what a recording should keep of its failure.
    pub fn into_loss(mut self, failure: &DriverFailure) -> Loss {
        self.process.kill();
        // What it wrote before its end is read to its end first.
        self.process.close();
        let message = format!("the driver failed: {failure}");
        Loss { message, stderr: self.process.log(), kind: None }
    }

    /// Its process, for whoever checks how it takes what is wrong.
    pub(crate) const fn process_mut(&mut self) -> &mut LineProcess {
        &mut self.process
    }
}

/// The reading of the clock that drivers share.
pub(crate) fn now() -> Moment {
    Moment::from(host::clock::monotonic())
}

fn unexpected(reply: Reply) -> DriverFailure {
    match reply {
        Reply::Error(error) => DriverFailure::Refused(error),
        Reply::Hello(_) => DriverFailure::OutOfTurn("hello"),
        Reply::Ready { .. } => DriverFailure::OutOfTurn("ready"),
        Reply::Columns { .. } => DriverFailure::OutOfTurn("columns"),
        Reply::Done(_) => DriverFailure::OutOfTurn("done"),
    }
}

fn last_words(process: &mut LineProcess) -> String {
    process.kill();
    process.close();
    let log = process.log();
    log.trim_end().lines().next_back().map(|line| format!(" ({line})")).unwrap_or_default()
}
