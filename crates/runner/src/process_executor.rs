//! Runs trials in real processes: one driver process for each arm, and the embedded endpoint when
//! it is the target.

use host::clock::now;
use host::processors::ProcessorTime;
use model::driver_protocol::{Preparation, TrialOrder};
use model::facts::Facts;
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::time::Moment;
use model::trial::{Loss, Outcome};
use model::witness::Witness;

use crate::command::ProcessCommand;
use crate::driver::{Driver, DriverFailure};
use crate::endpoint::{Endpoint, EndpointFailure};
use crate::executor::{Executor, ExecutorError, ProcessStart, TrialReport};
use crate::process_groups::ProcessGroups;
use crate::statuses;

/// The driver process of an arm, and how many the arm has had.
#[derive(Debug, Default)]
struct ArmProcess {
    driver: Option<Driver>,
    started: u32,
}

/// The driver processes of a plan's arms, and the embedded endpoint.
#[derive(Debug)]
pub struct ProcessExecutor<'a> {
    plan: Plan,
    /// The command that starts each driver of the recording.
    drivers: &'a [ProcessCommand],
    endpoint: Option<Endpoint>,
    groups: ProcessGroups,
    processes: IndexVec<ArmIndex, ArmProcess>,
}

impl<'a> ProcessExecutor<'a> {
    /// An executor for a plan whose arms refer to `drivers` by index. It starts no process yet.
    pub fn new(
        plan: Plan,
        drivers: &'a [ProcessCommand],
        endpoint: Option<Endpoint>,
        groups: &ProcessGroups,
    ) -> Self {
        let processes = plan.arms.iter().map(|_| ArmProcess::default()).collect();
        Self { plan, drivers, endpoint, groups: groups.clone(), processes }
    }

    /// The embedded endpoint, if it is the target.
    pub const fn endpoint(&mut self) -> Option<&mut Endpoint> {
        self.endpoint.as_mut()
    }

    /// Replaces the plan by one whose first arms are those of the plan before.
    pub fn extend(&mut self, plan: Plan) {
        self.processes.grow(plan.arms.len(), ArmProcess::default);
        self.plan = plan;
    }

    /// Starts a process if the arm has none.
    fn ensure_running(&mut self, arm: ArmIndex) -> Result<Option<ProcessStart>, FailedStart> {
        if self.is_running(arm) {
            return Ok(None);
        }
        let before = now();
        match self.start(arm) {
            Ok((driver, facts)) => {
                let process = &mut self.processes[arm];
                process.driver = Some(driver);
                process.started += 1;
                Ok(Some(ProcessStart { took: now().since(before), facts: Some(facts) }))
            }
            Err(failure) => {
                let message = format!("the driver could not be started: {failure}");
                Err(FailedStart {
                    start: ProcessStart { took: now().since(before), facts: None },
                    loss: Loss { message, ..Loss::default() },
                })
            }
        }
    }

    fn start(&self, arm: ArmIndex) -> Result<(Driver, Facts), DriverFailure> {
        let arm = &self.plan[arm];
        let mut driver = Driver::start(&self.drivers[arm.driver.0], &self.groups)?;
        let facts = driver.prepare(Preparation {
            strategy: arm.strategy.clone(),
            conditions: arm.conditions.clone(),
            target: self.plan[arm.target].target.clone(),
            trace: self.plan.trace,
        })?;
        Ok((driver, facts))
    }

    /// Has the arm's process run a trial. The process stays only if it takes another one.
    fn run(&mut self, arm: ArmIndex, order: &TrialOrder) -> Outcome {
        let process = &mut self.processes[arm];
        let Some(mut driver) = process.driver.take() else {
            let message = "the arm has no driver process".to_owned();
            return Outcome::Lost(Loss { message, ..Loss::default() });
        };
        match driver.trial(order) {
            Ok(run) => {
                process.driver = (!driver.is_ending()).then_some(driver);
                Outcome::Ran(Box::new(run))
            }
            Err(failure) => Outcome::Lost(driver.into_loss(&failure)),
        }
    }

    /// What the endpoint saw of a trial that was ordered at a moment and has just ended.
    fn collect(
        &mut self,
        ordered: Moment,
        outcome: &Outcome,
    ) -> Result<Option<Witness>, EndpointFailure> {
        let (from, to) = match outcome {
            Outcome::Ran(run) => (run.started, run.finished),
            Outcome::Lost(_) => (ordered, now()),
        };
        self.endpoint.as_mut().map(|endpoint| endpoint.collect(from, to)).transpose()
    }
}

/// A process that did not start, and the trial that is lost with it.
struct FailedStart {
    start: ProcessStart,
    loss: Loss,
}

impl Executor for ProcessExecutor<'_> {
    fn is_running(&self, arm: ArmIndex) -> bool {
        self.processes[arm].driver.is_some()
    }

    fn trial(&mut self, arm: ArmIndex, order: &TrialOrder) -> Result<TrialReport, ExecutorError> {
        let started = self.ensure_running(arm);
        let ordered = now();
        let (start, mut outcome) = match started {
            Ok(start) => (start, self.run(arm, order)),
            Err(FailedStart { start, loss }) => (Some(start), Outcome::Lost(loss)),
        };
        let witness = self.collect(ordered, &outcome)?;
        if let (Outcome::Ran(run), Some(witness)) = (&mut outcome, &witness) {
            let target = &self.plan[self.plan[arm].target].target;
            let requests = target.requests.get(..order.requests as usize).unwrap_or_default();
            statuses::fail_unwanted(&mut run.columns, requests, &target.checks, witness);
        }
        let process = self.processes[arm].started.saturating_sub(1);
        Ok(TrialReport { start, process, outcome, witness, socket: None })
    }

    fn retire(&mut self, arm: ArmIndex) {
        self.processes[arm].driver = None;
    }

    fn now(&self) -> Moment {
        now()
    }

    fn processors(&self) -> Option<ProcessorTime> {
        ProcessorTime::now()
    }
}
