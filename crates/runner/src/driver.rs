//! A driver process, from the runner's side of the driver protocol.
//!
//! [`Driver::start`], [`Driver::prepare`] and [`Driver::trial`] follow the order of a run and reject
//! replies that cannot be true. They are built on [`Driver::request`] and its relatives, which send
//! anything at any time.

use std::time::Duration;

use host::clock::now;
use model::driver_protocol::{
    Command, DriverError, DriverHello, Preparation, Reply, TrialDone, TrialOrder, VERSION,
};
use model::facts::Facts;
use model::time::Span;
use model::trace::{BadColumns, Columns};
use model::trial::{Loss, Run};

use crate::audit::{ImpossibleReport, TrialContext, audit, audit_totals};
use crate::command::ProcessCommand;
use crate::line_process::{LineError, LineProcess};
use crate::process_groups::ProcessGroups;
use crate::sampling;

/// The time limit for `hello`: meanwhile an interpreter imports its libraries.
const HELLO_TIMEOUT: Duration = Duration::from_secs(60);
/// The time limit for `prepare`.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(60);
/// How much longer than a trial's own time limit the runner waits. The driver enforces the limit
/// itself and then needs time to end the batch and report.
const TRIAL_GRACE: Duration = Duration::from_secs(5);

/// Why a driver did not do what was requested.
#[derive(Debug, thiserror::Error)]
pub enum DriverFailure {
    /// Communication with its process failed.
    #[error(transparent)]
    Line(#[from] LineError),
    /// It did not introduce itself.
    #[error("it did not introduce itself: {error}{log}")]
    NoHello {
        /// What happened instead.
        error: LineError,
        /// The last line of its log, formatted to follow the error.
        log: String,
    },
    /// It reported an error.
    #[error("{}", .0.message)]
    Refused(DriverError),
    /// It sent a reply that does not answer the command.
    #[error("it sent {0} out of turn")]
    OutOfTurn(&'static str),
    /// It speaks another version of the protocol.
    #[error(
        "it speaks version {0} of the driver protocol, but this program speaks version {VERSION}"
    )]
    OtherVersion(u32),
    /// Its report cannot be true.
    #[error(transparent)]
    Impossible(#[from] ImpossibleReport),
}

impl From<BadColumns> for DriverFailure {
    fn from(bad: BadColumns) -> Self {
        Self::Impossible(ImpossibleReport::Columns(bad))
    }
}

/// A driver process that has introduced itself. Dropping it ends the process.
#[derive(Debug)]
pub struct Driver {
    process: LineProcess,
    hello: DriverHello,
    time_limit: Span,
    is_ending: bool,
}

impl Driver {
    /// Starts a driver process and reads its introduction.
    ///
    /// # Errors
    /// If it cannot be started, speaks another version, or does not read the machine's monotonic
    /// clock.
    pub fn start(command: &ProcessCommand, groups: &ProcessGroups) -> Result<Self, DriverFailure> {
        let mut process = LineProcess::start(command, groups)?;
        let before = now();
        process.send(&Command::Hello { protocol: VERSION })?;
        let hello = match process.receive(HELLO_TIMEOUT) {
            Ok(Reply::Hello(hello)) => hello,
            Ok(other) => return Err(unexpected(other)),
            Err(error) => {
                let log = last_log_line(&mut process);
                return Err(DriverFailure::NoHello { error, log });
            }
        };
        if hello.protocol != VERSION {
            return Err(DriverFailure::OtherVersion(hello.protocol));
        }
        if hello.now < before || hello.now > now() {
            return Err(ImpossibleReport::OtherClock.into());
        }
        Ok(Self { process, hello, time_limit: Span::ZERO, is_ending: false })
    }

    /// How the driver introduced itself, and what it offers.
    pub const fn hello(&self) -> &DriverHello {
        &self.hello
    }

    /// Prepares the driver for a strategy. Returns what it states about the strategy.
    ///
    /// # Errors
    /// If it refuses, or does not answer.
    pub fn prepare(&mut self, preparation: Preparation) -> Result<Facts, DriverFailure> {
        self.time_limit = preparation.target.time_limit;
        if self.hello.packed {
            self.process.send(&preparation.packed())?;
        } else {
            self.process.send(&Command::Prepare(Box::new(preparation)))?;
        }
        match self.process.receive(PREPARE_TIMEOUT)? {
            Reply::Ready { facts } => Ok(facts),
            other => Err(unexpected(other)),
        }
    }

    /// Has the driver run a trial.
    ///
    /// # Errors
    /// If it dies, hangs, refuses, or reports what cannot be true.
    pub fn trial(&mut self, order: &TrialOrder) -> Result<Run, DriverFailure> {
        let ordered = now();
        self.order(order)?;
        let (columns, done) = self.receive_report(order)?;
        let TrialDone { started, finished, usage, imposed, http, ends, totals, profile, .. } = done;
        let reported = match (order.sample, &totals) {
            (Some(stretch), Some(_)) => stretch.requests,
            _ => order.requests,
        };
        let context =
            TrialContext { id: order.id, requests: reported as usize, ordered, answered: now() };
        let mut run =
            Run { started, finished, usage, imposed, http, columns, sampled: None, profile };
        audit(&context, &run)?;
        if let Some(totals) = &totals {
            audit_totals(totals, order)?;
        }
        if let Some(stretch) = order.sample {
            sampling::sample(&mut run, order.requests, stretch, totals.map(|it| *it))
                .map_err(ImpossibleReport::Packed)?;
        }
        self.is_ending = ends;
        Ok(run)
    }

    /// Whether the driver has announced that it ends and takes no further trial.
    pub const fn is_ending(&self) -> bool {
        self.is_ending
    }

    /// Sends the order of a trial without waiting for its report.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn order(&mut self, order: &TrialOrder) -> Result<(), LineError> {
        self.process.send(&Command::Trial(order.clone()))
    }

    /// Sends any command and waits for the next reply.
    ///
    /// # Errors
    /// If the process ends, takes longer than `timeout`, or sends something that is not a reply.
    pub fn request(&mut self, command: &Command, timeout: Duration) -> Result<Reply, LineError> {
        self.process.send(command)?;
        self.process.receive(timeout)
    }

    /// Sends any line, valid or not, and waits for the next reply.
    ///
    /// # Errors
    /// If the process ends, takes longer than `timeout`, or sends something that is not a reply.
    pub fn request_line(&mut self, line: &str, timeout: Duration) -> Result<Reply, LineError> {
        self.process.send_line(line)?;
        self.process.receive(timeout)
    }

    /// Closes the process's stdin. Returns whether the process then ends by itself.
    pub fn close(&mut self) -> bool {
        self.process.close()
    }

    /// Waits for the process to end by itself. Returns whether it does.
    pub fn wait(&self) -> bool {
        self.process.wait()
    }

    /// Ends the process at once. Returns what the recording keeps of its failure.
    pub fn into_loss(mut self, failure: &DriverFailure) -> Loss {
        self.process.kill();
        // Reads the rest of its output before the log is taken.
        self.process.close();
        let message = format!("the driver failed: {failure}");
        Loss { message, stderr: self.process.log(), kind: None }
    }

    fn receive_report(&self, order: &TrialOrder) -> Result<(Columns, TrialDone), DriverFailure> {
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
            return Err(ImpossibleReport::OtherTrial { ordered: order.id, found }.into());
        }
    }
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

fn last_log_line(process: &mut LineProcess) -> String {
    process.kill();
    process.close();
    let log = process.log();
    log.trim_end().lines().next_back().map(|line| format!(" ({line})")).unwrap_or_default()
}
