//! The real bench: a driver process an arm, and the embedded endpoint where it is the target.

use host::processors::ProcessorTime;
use model::driver_protocol::{Preparation, TrialOrder};
use model::facts::Facts;
use model::failure::Failure;
use model::plan::Plan;
use model::time::Moment;
use model::trial::{Loss, Outcome, Run};

use crate::bench::{Bench, Broken, Readiness, Report};
use crate::command::ProcessCommand;
use crate::driver::{Driver, DriverFailure, now};
use crate::endpoint::Endpoint;
use crate::groups::ProcessGroups;
use crate::statuses;

/// An arm's place: its driver, where it runs, and how many it has had.
#[derive(Debug, Default)]
struct Seat {
    driver: Option<Driver>,
    started: u32,
    /// Why there is no driver, for a trial that is ordered all the same.
    loss: Option<Loss>,
}

/// Driver processes and the endpoint's, for the arms of one plan.
#[derive(Debug)]
pub struct Laboratory<'a> {
    plan: Plan,
    drivers: &'a [ProcessCommand],
    endpoint: Option<Endpoint>,
    groups: ProcessGroups,
    seats: Vec<Seat>,
}

impl<'a> Laboratory<'a> {
    /// A laboratory for a plan, with the command of each of its drivers.
    pub fn new(
        plan: Plan,
        drivers: &'a [ProcessCommand],
        endpoint: Option<Endpoint>,
        groups: &ProcessGroups,
    ) -> Self {
        let seats = plan.arms.iter().map(|_| Seat::default()).collect();
        Self { plan, drivers, endpoint, groups: groups.clone(), seats }
    }

    /// The embedded endpoint, where it is the target.
    pub const fn endpoint(&mut self) -> Option<&mut Endpoint> {
        self.endpoint.as_mut()
    }

    /// Takes over a plan that was completed: its first arms must be those of the plan before.
    pub fn adopt(&mut self, plan: Plan) {
        self.seats.resize_with(plan.arms.len(), Seat::default);
        self.plan = plan;
    }

    fn new_driver(&self, arm: usize) -> Result<(Driver, Facts), DriverFailure> {
        let arm = &self.plan.arms[arm];
        let mut driver = Driver::start(&self.drivers[arm.driver.0], &self.groups)?;
        let facts = driver.prepare(Preparation {
            strategy: arm.strategy.clone(),
            conditions: arm.conditions.clone(),
            target: self.plan[arm.target].target.clone(),
            trace: self.plan.trace,
        })?;
        Ok((driver, facts))
    }

    fn run(&mut self, arm: usize, order: &TrialOrder) -> Outcome {
        let seat = &mut self.seats[arm];
        let Some(mut driver) = seat.driver.take() else {
            let never = || Loss { message: "the driver was not started".into(), ..Loss::default() };
            return Outcome::Lost(seat.loss.clone().unwrap_or_else(never));
        };
        match driver.trial(order) {
            Ok(run) => {
                if driver.is_spent() {
                    seat.loss = Some(not_begun(&run));
                } else {
                    seat.driver = Some(driver);
                }
                Outcome::Ran(Box::new(run))
            }
            Err(failure) => {
                let loss = driver.lose(&failure);
                seat.loss = Some(loss.clone());
                Outcome::Lost(loss)
            }
        }
    }
}

/// What becomes of a trial that is ordered before the driver which ended with this run is replaced.
fn not_begun(run: &Run) -> Loss {
    let Some(Failure { kind, message }) = run.columns.failures().next() else {
        return Loss { message: "the driver has ended".into(), ..Loss::default() };
    };
    let message = format!("{message}: in the trial before this one, which ended the process");
    Loss { kind: Some(*kind), message, stderr: String::new() }
}

impl Bench for Laboratory<'_> {
    fn start(&mut self, arm: usize) -> Result<Readiness, Loss> {
        if self.seats[arm].driver.is_some() {
            return Ok(Readiness::Running);
        }
        let started = self.new_driver(arm);
        let seat = &mut self.seats[arm];
        match started {
            Ok((driver, facts)) => {
                seat.driver = Some(driver);
                seat.started += 1;
                Ok(Readiness::Fresh(facts))
            }
            Err(failure) => {
                let message = format!("the driver could not be started: {failure}");
                let loss = Loss { message, ..Loss::default() };
                seat.loss = Some(loss.clone());
                Err(loss)
            }
        }
    }

    fn trial(&mut self, arm: usize, order: &TrialOrder) -> Result<Report, Broken> {
        let ordered = now();
        let mut outcome = self.run(arm, order);
        let (from, to) = match &outcome {
            Outcome::Ran(run) => (run.started, run.finished),
            Outcome::Lost(_) => (ordered, now()),
        };
        let witness = match &mut self.endpoint {
            None => None,
            Some(endpoint) => Some(
                endpoint
                    .collect(from, to)
                    .map_err(|failure| Broken { message: failure.to_string() })?,
            ),
        };
        if let (Outcome::Ran(run), Some(witness)) = (&mut outcome, &witness) {
            let target = &self.plan[self.plan.arms[arm].target].target;
            let requests = target.requests.get(..order.requests as usize).unwrap_or_default();
            statuses::judge(&mut run.columns, requests, &target.checks, witness);
        }
        let process = self.seats[arm].started.saturating_sub(1);
        Ok(Report { process, outcome, witness })
    }

    fn retire(&mut self, arm: usize) {
        self.seats[arm].driver = None;
    }

    fn now(&self) -> Moment {
        now()
    }

    fn processors(&self) -> Option<ProcessorTime> {
        ProcessorTime::now()
    }
}
