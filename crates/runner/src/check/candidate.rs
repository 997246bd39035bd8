//! One strategy of a driver while it is being checked: it is prepared and run, and what every trial
//! must be is checked in passing.

use std::collections::BTreeSet;

use model::driver_protocol::{DriverErrorKind, Preparation, TrialOrder};
use model::strategy::{Conditions, StrategySpec};
use model::target::Target;
use model::trace::ColumnName;
use model::trial::{Run, TrialId};
use model::witness::Witness;

use super::evidence;
use super::targets::Targets;
use super::{Unmet, Wrong};
use crate::driver::{Driver, DriverFailure};
use crate::endpoint::Endpoint;

/// Starts a process of the driver that is checked.
pub(super) type Start<'a> = &'a dyn Fn() -> Result<Driver, DriverFailure>;

/// A strategy that is being checked.
pub(super) struct Candidate<'a> {
    /// What the driver says of it.
    pub(super) spec: &'a StrategySpec,
    /// What it is tried on.
    pub(super) targets: &'a Targets,
    start: Start<'a>,
    endpoint: &'a mut Endpoint,
    trials: u64,
    filled: BTreeSet<ColumnName>,
}

impl<'a> Candidate<'a> {
    /// A strategy that has not been tried yet.
    pub(super) fn new(
        spec: &'a StrategySpec,
        start: Start<'a>,
        targets: &'a Targets,
        endpoint: &'a mut Endpoint,
    ) -> Self {
        Self { spec, targets, start, endpoint, trials: 0, filled: BTreeSet::new() }
    }

    /// What prepares it for a target, with its default conditions and every milestone.
    pub(super) fn preparation(&self, target: &Target) -> Preparation {
        Preparation {
            strategy: self.spec.name.clone(),
            conditions: self.spec.complete(&Conditions::new()),
            target: target.clone(),
            trace: true,
        }
    }

    /// What prepares it for the good target, under one condition that is not the default.
    pub(super) fn preparation_with(&self, condition: &str, value: &str) -> Preparation {
        let mut preparation = self.preparation(&self.targets.good);
        preparation.conditions.insert(condition.to_owned(), value.to_owned());
        preparation
    }

    /// A fresh process of the driver.
    pub(super) fn started(&self) -> Result<Driver, Wrong> {
        Ok((self.start)()?)
    }

    /// A fresh process that is ready.
    pub(super) fn prepared(&self, preparation: Preparation) -> Result<Driver, Wrong> {
        let mut driver = self.started()?;
        driver.prepare(preparation)?;
        Ok(driver)
    }

    /// A fresh process that is ready for what a strategy need not be able to be told. One that takes
    /// it must do it.
    pub(super) fn prepared_unless_refused(
        &self,
        preparation: Preparation,
    ) -> Result<Driver, Unmet> {
        let mut driver = self.started()?;
        match driver.prepare(preparation) {
            Ok(_) => Ok(driver),
            Err(DriverFailure::Refused(error)) if error.kind == DriverErrorKind::Unsupported => {
                Err(Unmet::Refused(error.message))
            }
            Err(failure) => Err(Wrong::from(failure).into()),
        }
    }

    /// Whether the strategy sees how single requests are answered. One that does not can only tell
    /// whether its batch went well as a whole.
    pub(super) fn sees_answers(&self) -> bool {
        self.spec.columns.contains(&ColumnName::Status)
    }

    /// An order with a number of its own.
    pub(super) fn order(&mut self, requests: u32) -> TrialOrder {
        self.trials += 1;
        TrialOrder { id: TrialId(self.trials), requests, warm_up: false }
    }

    /// Runs a trial, of which requests may fail.
    pub(super) fn run(&mut self, driver: &mut Driver, requests: u32) -> Result<Run, Wrong> {
        let run = driver.trial(&self.order(requests))?;
        evidence::in_order(&run.columns, requests as usize)?;
        self.filled.extend(run.columns.filled());
        Ok(run)
    }

    /// Runs a trial in which no request may fail.
    pub(super) fn succeed(&mut self, driver: &mut Driver, requests: u32) -> Result<Run, Wrong> {
        let run = self.run(driver, requests)?;
        if let Some(failure) = run.columns.failures().next() {
            return Err(Wrong(format!("a request failed: {}: {}", failure.kind, failure.message)));
        }
        Ok(run)
    }

    /// What the endpoint saw of a trial.
    pub(super) fn witness(&mut self, run: &Run) -> Result<Witness, Wrong> {
        Ok(self.endpoint.collect(run.started, run.finished)?)
    }

    /// The columns that any trial so far has filled.
    pub(super) fn filled(&self) -> &BTreeSet<ColumnName> {
        &self.filled
    }
}
