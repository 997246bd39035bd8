//! What the run loop needs from the outside: run a trial of an arm, and read a clock.
//!
//! [`crate::process_executor::ProcessExecutor`] runs trials in real processes; the tests simulate
//! them in virtual time.

use host::processors::ProcessorTime;
use model::driver_protocol::TrialOrder;
use model::facts::Facts;
use model::index::ArmIndex;
use model::socket::SocketWitness;
use model::time::{Moment, Span};
use model::trial::Outcome;
use model::witness::Witness;

use crate::endpoint::EndpointFailure;

/// The start of a driver process for an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessStart {
    /// How long the process took to start and prepare, or to fail.
    pub took: Span,
    /// What the driver states about the arm; none if the start failed.
    pub facts: Option<Facts>,
}

/// The result of one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialReport {
    /// The start of a process, if the arm had none.
    pub start: Option<ProcessStart>,
    /// Which of the arm's processes ran the trial, from 0 on.
    pub process: u32,
    /// What the driver reports.
    pub outcome: Outcome,
    /// What the embedded endpoint saw; none for any other server.
    pub witness: Option<Witness>,
    /// What the client's system calls show; none where it was not observed.
    pub socket: Option<Box<SocketWitness>>,
}

/// An error that ends the whole run.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    /// The embedded endpoint failed.
    #[error(transparent)]
    Endpoint(#[from] EndpointFailure),
}

/// Runs trials of the arms of one plan.
pub trait Executor {
    /// Whether the arm has a process that takes another trial.
    fn is_running(&self, arm: ArmIndex) -> bool;

    /// Runs one trial of an arm, in a new process if the arm has none.
    ///
    /// A process that does not start, dies or breaks the protocol is a lost trial, and the arm has
    /// no process afterwards.
    ///
    /// # Errors
    /// When the whole run cannot continue.
    fn trial(&mut self, arm: ArmIndex, order: &TrialOrder) -> Result<TrialReport, ExecutorError>;

    /// Ends the arm's process. The next trial starts a new one.
    fn retire(&mut self, arm: ArmIndex);

    /// The clock that measures budgets.
    fn now(&self) -> Moment;

    /// The processor time that the machine has used so far, if known.
    fn processors(&self) -> Option<ProcessorTime>;
}
