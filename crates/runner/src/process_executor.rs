//! Runs trials in real processes: one driver process for each arm, and the embedded endpoint when
//! it is the target.

use host::clock::now;
use host::processors::ProcessorTime;
use model::driver_protocol::{Preparation, TrialOrder};
use model::facts::Facts;
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::socket::SocketWitness;
use model::target::Request;
use model::time::Moment;
use model::trial::{Loss, Outcome, Run};
use model::witness::Witness;
use socket_witness::Recorder;

use crate::audit::{Statuses, statuses_of};
use crate::command::ProcessCommand;
use crate::driver::{Driver, DriverFailure};
use crate::endpoint::{Endpoint, EndpointFailure};
use crate::executor::{Executor, ExecutorError, ProcessStart, TrialReport};
use crate::process_groups::ProcessGroups;
use crate::sampling;
use crate::socket_recorders::SocketRecorders;
use crate::statuses;

/// The driver process of an arm, and how many the arm has had.
#[derive(Debug, Default)]
struct ArmProcess {
    driver: Option<Driver>,
    /// What records the system calls of the process, if they are recorded.
    recorder: Option<Recorder>,
    started: u32,
    /// How many requests for each item the endpoint saw in its last sampled trial.
    per_item: Option<f64>,
}

/// The driver processes of a plan's arms, and the embedded endpoint.
#[derive(Debug)]
pub struct ProcessExecutor<'a> {
    plan: Plan,
    /// The command that starts each driver of the recording.
    drivers: &'a [ProcessCommand],
    endpoint: Option<Endpoint>,
    groups: ProcessGroups,
    sockets: Option<SocketRecorders>,
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
        Self { plan, drivers, endpoint, groups: groups.clone(), sockets: None, processes }
    }

    /// Records the system calls of every driver process that starts from now on.
    #[must_use]
    pub fn with_sockets(self, sockets: Option<SocketRecorders>) -> Self {
        Self { sockets, ..self }
    }

    /// Continues to count the processes of a plan's arms from these numbers.
    #[must_use]
    pub fn with_processes_before(self, started: &IndexVec<ArmIndex, u32>) -> Self {
        let process = |&started: &u32| ArmProcess { started, ..ArmProcess::default() };
        Self { processes: started.iter().map(process).collect(), ..self }
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
            Ok(Started { driver, recorder, facts }) => {
                let process = &mut self.processes[arm];
                process.driver = Some(driver);
                process.recorder = recorder;
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

    fn start(&self, index: ArmIndex) -> Result<Started, DriverFailure> {
        let arm = &self.plan[index];
        let mut command = self.drivers[arm.driver.0].clone();
        let sockets = self.sockets.as_ref();
        let recorder =
            sockets.and_then(|sockets| sockets.recorder(index, self.processes[index].started));
        if let Some(recorder) = &recorder {
            command.variables.extend_from_slice(recorder.variables());
        }
        let mut driver = Driver::start(&command, &self.groups)?;
        let facts = driver.prepare(Preparation {
            strategy: arm.strategy.clone(),
            conditions: arm.conditions.clone(),
            target: self.plan[arm.target].target.clone(),
            trace: self.plan.trace,
        })?;
        Ok(Started { driver, recorder, facts })
    }

    /// Has the arm's process run a trial. The process stays only if it takes another one.
    fn run(&mut self, arm: ArmIndex, order: &TrialOrder) -> Outcome {
        let process = &mut self.processes[arm];
        let Some(mut driver) = process.driver.take() else {
            let message = "the arm has no driver process".to_owned();
            return Outcome::Lost(Loss { message, ..Loss::default() });
        };
        if let Some(recorder) = &mut process.recorder {
            // A recorder that cannot read its ring now will say so after the trial.
            let _ = recorder.before_trial();
        }
        match driver.trial(order) {
            Ok(run) => {
                process.driver = (!driver.is_ending()).then_some(driver);
                Outcome::Ran(Box::new(run))
            }
            Err(failure) => Outcome::Lost(driver.into_loss(&failure)),
        }
    }

    /// What the arm's process called in a trial of `requests` requests. None where it is not recorded, and of a sampled
    /// trial: more is called in it than is recorded.
    fn calls(
        &mut self,
        arm: ArmIndex,
        outcome: &Outcome,
        order: &TrialOrder,
    ) -> Option<Box<SocketWitness>> {
        let Outcome::Ran(run) = outcome else { return None };
        let recorder = self.processes[arm].recorder.as_mut()?;
        if order.sample.is_some() {
            return None;
        }
        let items = &self.plan[self.plan[arm].target].target.requests;
        let items: Vec<Request> = items.iter().take(order.requests as usize).collect();
        let ran = run.usage.user.zip(run.usage.system).map(|(user, system)| user + system);
        recorder.after_trial(run.started, run.finished, &items, ran).ok().map(Box::new)
    }

    /// What the endpoint saw of a trial that was ordered at a moment and has just ended.
    fn collect(
        &mut self,
        ordered: Moment,
        outcome: &Outcome,
    ) -> Result<Option<Witness>, EndpointFailure> {
        let (from, to) = match outcome {
            Outcome::Ran(run) => match &run.sampled {
                Some(sampled) => {
                    let from = run.started + sampled.from;
                    (from, from + sampled.length)
                }
                None => (run.started, run.finished),
            },
            Outcome::Lost(_) => (ordered, now()),
        };
        self.endpoint.as_mut().map(|endpoint| endpoint.collect(from, to)).transpose()
    }
}

impl ProcessExecutor<'_> {
    /// Fails requests that the endpoint refused, where the client reports no statuses, and leaves out rows that are not
    /// of the sample.
    fn judge(
        &mut self,
        arm: ArmIndex,
        order: &TrialOrder,
        run: &mut Run,
        witness: &mut Witness,
    ) -> Result<(), EndpointFailure> {
        let target = &self.plan[self.plan[arm].target].target;
        if let (Some(sampled), Some(totals)) = (&mut run.sampled, &witness.totals) {
            self.processes[arm].per_item = Some(sampling::per_item(totals, order.requests));
            if sampled.totals.statuses.is_empty() {
                sampling::fail_unwanted(&mut sampled.totals, &target.checks, totals);
            }
            let stretch = sampled.stretch;
            sampling::leave_out_neighbours(witness, &target.requests, stretch);
        } else if statuses_of(&run.columns) == Ok(Statuses::Unreported) {
            witness.requests.read()?;
            let requests: Vec<Request> =
                target.requests.iter().take(order.requests as usize).collect();
            statuses::fail_unwanted(&mut run.columns, &requests, &target.checks, witness);
        }
        Ok(())
    }
}

/// A process that has started, and what its driver states.
struct Started {
    driver: Driver,
    recorder: Option<Recorder>,
    facts: Facts,
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
        if let (Some(stretch), Some(endpoint)) = (order.sample, &mut self.endpoint) {
            let per_item = self.processes[arm].per_item.unwrap_or(1.0);
            endpoint.sample(sampling::arrivals(stretch, per_item))?;
        }
        let ordered = now();
        let (start, mut outcome) = match started {
            Ok(start) => (start, self.run(arm, order)),
            Err(FailedStart { start, loss }) => (Some(start), Outcome::Lost(loss)),
        };
        let socket = self.calls(arm, &outcome, order);
        let mut witness = self.collect(ordered, &outcome)?;
        if let (Outcome::Ran(run), Some(witness)) = (&mut outcome, &mut witness) {
            self.judge(arm, order, run, witness)?;
        }
        let process = self.processes[arm].started.saturating_sub(1);
        Ok(TrialReport { start, process, outcome, witness, socket })
    }

    fn retire(&mut self, arm: ArmIndex) {
        self.processes[arm].driver = None;
        self.processes[arm].recorder = None;
    }

    fn now(&self) -> Moment {
        now()
    }

    fn processors(&self) -> Option<ProcessorTime> {
        ProcessorTime::now()
    }
}
