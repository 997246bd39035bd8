//! What the run loop needs of the world: arms that can be started and run, and a clock.
//!
//! The real one is [`crate::laboratory::Laboratory`]; the tests have one with virtual time.

use host::processors::ProcessorTime;
use model::driver_protocol::TrialOrder;
use model::facts::Facts;
use model::time::Moment;
use model::trial::{Loss, Outcome};
use model::witness::Witness;

/// Whether starting an arm made a new process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// The process has run trials before.
    Running,
    /// The process is new: its first trial must not be counted. It says this of its arm.
    Fresh(Facts),
}

/// What came of one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which of the arm's processes ran it, from 0 on.
    pub process: u32,
    /// What the driver reports.
    pub outcome: Outcome,
    /// What the endpoint saw, where it is our own.
    pub witness: Option<Witness>,
}

/// Why a run cannot go on at all.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Broken {
    /// A sentence for people.
    pub message: String,
}

/// Arms, by their place in the plan, and a clock.
pub trait Bench {
    /// Makes sure that the arm's process is there and ready.
    ///
    /// # Errors
    /// When its driver cannot be started or refuses the arm.
    fn start(&mut self, arm: usize) -> Result<Readiness, Loss>;

    /// Runs one trial of an arm. A driver that fails is a lost trial, and is gone afterwards.
    ///
    /// # Errors
    /// When the run as a whole cannot go on.
    fn trial(&mut self, arm: usize, order: &TrialOrder) -> Result<Report, Broken>;

    /// Ends the arm's process, so that the next start makes a new one.
    fn retire(&mut self, arm: usize);

    /// The clock by which budgets are kept.
    fn now(&self) -> Moment;

    /// What the machine's processors have done so far, where that is known.
    fn processors(&self) -> Option<ProcessorTime>;
}
