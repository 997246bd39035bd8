//! One strategy while it is checked: prepares it, runs trials, and checks what holds for all trials.

use std::collections::BTreeSet;

use model::driver_protocol::{DriverErrorKind, Preparation, TrialOrder};
use model::strategy::{Conditions, StrategySpec};
use model::target::Target;
use model::trace::ColumnName;
use model::trial::{Run, TrialId};
use model::witness::Witness;

use crate::agreement;
use crate::targets::Targets;
use crate::verdict::{Unmet, Wrong};
use runner::driver::{Driver, DriverFailure};
use runner::endpoint::Endpoint;

/// Starts a process of the driver.
pub(crate) type StartDriver<'a> = &'a dyn Fn() -> Result<Driver, DriverFailure>;

/// A strategy that is being checked.
pub(crate) struct Candidate<'a> {
    /// What the driver states about it.
    pub(crate) spec: &'a StrategySpec,
    /// The servers that it fetches from.
    pub(crate) targets: &'a Targets,
    start: StartDriver<'a>,
    /// The process that the last check has left, which did all that the check asked for.
    idle: Option<Driver>,
    endpoint: &'a mut Endpoint,
    trials: u64,
    filled: BTreeSet<ColumnName>,
}

impl<'a> Candidate<'a> {
    /// A strategy that has run no trial yet.
    pub(crate) fn new(
        spec: &'a StrategySpec,
        start: StartDriver<'a>,
        targets: &'a Targets,
        endpoint: &'a mut Endpoint,
    ) -> Self {
        Self { spec, targets, start, idle: None, endpoint, trials: 0, filled: BTreeSet::new() }
    }

    /// The preparation for a target, with default conditions and a trace.
    pub(crate) fn preparation(&self, target: &Target) -> Preparation {
        Preparation {
            strategy: self.spec.name.clone(),
            conditions: self.spec.complete(&Conditions::new()),
            target: target.clone(),
            trace: true,
        }
    }

    /// The preparation for the good target, with one condition changed. Where that is the version of HTTP, it
    /// is for a target that offers all of them.
    pub(crate) fn preparation_with(&self, condition: &str, value: &str) -> Preparation {
        let targets = self.targets;
        let target = if condition == "http" { &targets.every_version } else { &targets.good };
        let mut preparation = self.preparation(target);
        preparation.conditions.insert(condition.to_owned(), value.to_owned());
        preparation
    }

    /// Makes a check in the process that the last one has left, if there is one. What is wrong there is
    /// checked again in a new process, to say whether the earlier preparations matter.
    pub(crate) fn check<E: Into<Unmet>>(
        &mut self,
        check: impl Fn(&mut Self) -> Result<(), E>,
    ) -> Result<(), Unmet> {
        let is_prepared_again = self.idle.is_some();
        let first = self.check_once(&check);
        let Err(Unmet::Wrong(Wrong(why))) = &first else { return first };
        if !is_prepared_again {
            return first;
        }
        self.check_once(&check)?;
        Err(Wrong(format!("prepared again in the same process, {why}")).into())
    }

    /// Makes a check. A process in which something is wrong is not used again.
    fn check_once<E: Into<Unmet>>(
        &mut self,
        check: impl Fn(&mut Self) -> Result<(), E>,
    ) -> Result<(), Unmet> {
        let outcome = check(self).map_err(Into::into);
        if matches!(outcome, Err(Unmet::Wrong(_))) {
            self.renew();
        }
        outcome
    }

    /// A process of the driver: the idle one, else a new one.
    pub(crate) fn process(&mut self) -> Result<Driver, Wrong> {
        Ok(self.idle.take().map_or_else(self.start, Ok)?)
    }

    /// Leaves a process to the next check: a later `prepare` replaces an earlier one.
    pub(crate) fn leave(&mut self, driver: Driver) {
        self.idle = (!driver.is_ending()).then_some(driver);
    }

    /// Makes the next process a new one. Whom to trust is only asked of a process that was not prepared
    /// before: a client may read its certificates when it is imported.
    pub(crate) fn renew(&mut self) {
        self.idle = None;
    }

    /// A process that is prepared.
    pub(crate) fn prepared(&mut self, preparation: Preparation) -> Result<Driver, Wrong> {
        let mut driver = self.process()?;
        driver.prepare(preparation)?;
        Ok(driver)
    }

    /// A process that is prepared for something that the strategy may refuse as unsupported.
    pub(crate) fn prepared_unless_refused(
        &mut self,
        preparation: Preparation,
    ) -> Result<Driver, Unmet> {
        let mut driver = self.process()?;
        match driver.prepare(preparation) {
            Ok(_) => Ok(driver),
            Err(DriverFailure::Refused(error)) if error.kind == DriverErrorKind::Unsupported => {
                self.leave(driver);
                Err(Unmet::Refused(error.message))
            }
            Err(failure) => Err(Wrong::from(failure).into()),
        }
    }

    /// Whether the strategy sees the answers to its requests. One that does not only knows whether
    /// its whole batch succeeded.
    pub(crate) fn sees_answers(&self) -> bool {
        self.spec.columns.contains(&ColumnName::Status)
    }

    /// An order with the next number.
    pub(crate) fn order(&mut self, requests: u32) -> TrialOrder {
        self.trials += 1;
        TrialOrder {
            id: TrialId(self.trials),
            requests,
            warm_up: false,
            sample: None,
            profile: false,
        }
    }

    /// Runs a trial in which requests may fail.
    pub(crate) fn run(&mut self, driver: &mut Driver, requests: u32) -> Result<Run, Wrong> {
        let run = driver.trial(&self.order(requests))?;
        agreement::in_order(&run.columns, requests as usize)?;
        self.filled.extend(run.columns.filled());
        Ok(run)
    }

    /// Runs a trial in which no request may fail.
    pub(crate) fn succeed(&mut self, driver: &mut Driver, requests: u32) -> Result<Run, Wrong> {
        let run = self.run(driver, requests)?;
        if let Some(failure) = run.columns.failures().next() {
            return Err(Wrong(format!("a request failed: {}: {}", failure.kind, failure.message)));
        }
        Ok(run)
    }

    /// What the endpoint saw of a trial.
    pub(crate) fn witness(&mut self, run: &Run) -> Result<Witness, Wrong> {
        Ok(self.endpoint.collect(run.started, run.finished)?)
    }

    /// The columns that any trial so far has filled.
    pub(crate) fn filled(&self) -> &BTreeSet<ColumnName> {
        &self.filled
    }
}
