//! Whether a driver is a correct one: it is put through everything that a run can ask of it, and
//! held against what the embedded endpoint saw.
//!
//! `introduction` checks what a driver says of itself and how it lives and ends; `strategy` lists
//! what each of its strategies must do, in `answers`, `sessions`, `failures` and `refusals`, on the
//! `targets`. A point is asked for only if `docs/driver-protocol.md` says so.

mod answers;
mod candidate;
mod evidence;
mod failures;
mod introduction;
mod refusals;
mod sessions;
mod strategy;
mod targets;
mod wayward;

use std::{fmt, io};

use model::strategy::StrategySpec;

use crate::command::ProcessCommand;
use crate::driver::{Driver, DriverFailure};
use crate::endpoint::{Endpoint, EndpointFailure};
use crate::line_process::LineError;
use crate::process_groups::ProcessGroups;

use candidate::Candidate;
use targets::Targets;

/// One point that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What a correct driver does.
    pub what: String,
    /// Why this one did not, where it did not.
    pub outcome: Result<(), Unmet>,
}

impl Point {
    /// Whether a correct driver may do so.
    pub const fn is_right(&self) -> bool {
        !matches!(self.outcome, Err(Unmet::Wrong(_)))
    }
}

/// Why a driver did not do what was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// It did something else.
    Wrong(Wrong),
    /// It says beforehand that a strategy cannot be told so much, in this sentence.
    Refused(String),
}

impl From<Wrong> for Unmet {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

/// What a driver did wrong, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<DriverFailure> for Wrong {
    fn from(failure: DriverFailure) -> Self {
        Self(failure.to_string())
    }
}

impl From<LineError> for Wrong {
    fn from(error: LineError) -> Self {
        Self(error.to_string())
    }
}

impl From<EndpointFailure> for Wrong {
    fn from(failure: EndpointFailure) -> Self {
        Self(failure.to_string())
    }
}

/// Why a driver could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The embedded endpoint does not work.
    #[error(transparent)]
    Endpoint(#[from] EndpointFailure),
    /// The server that behaves badly cannot be opened.
    #[error("no server could be opened on 127.0.0.1: {0}")]
    Server(#[from] io::Error),
}

/// Checks the driver that `command` starts, and those of its strategies that `is_meant`. The first point that fails ends the check of what
/// builds on it.
///
/// # Errors
/// When a server that the driver is to be tried on does not start.
pub fn check_driver(
    command: &ProcessCommand,
    is_meant: &dyn Fn(&StrategySpec) -> bool,
    endpoint: &ProcessCommand,
    groups: &ProcessGroups,
) -> Result<Vec<Point>, CheckError> {
    let mut endpoint = Endpoint::start(endpoint, groups)?;
    let targets = Targets::open(&mut endpoint)?;
    let mut points = Points::default();
    let start = || Driver::start(command, groups);
    let Some(driver) = points.check("it introduces itself", || start().map_err(Wrong::from)) else {
        return Ok(points.taken);
    };
    let hello = driver.hello().clone();
    introduction::check(&mut points, driver, &start, &targets);
    for spec in hello.strategies.iter().filter(|spec| is_meant(spec)) {
        strategy::check(&mut points, Candidate::new(spec, &start, &targets, &mut endpoint));
    }
    Ok(points.taken)
}

/// The points that were checked, in order.
#[derive(Debug, Default)]
struct Points {
    taken: Vec<Point>,
}

impl Points {
    /// Checks a point and gives what it brought to light.
    fn check<T, E: Into<Unmet>>(
        &mut self,
        what: &str,
        check: impl FnOnce() -> Result<T, E>,
    ) -> Option<T> {
        let (outcome, value) = match check() {
            Ok(value) => (Ok(()), Some(value)),
            Err(unmet) => (Err(unmet.into()), None),
        };
        self.taken.push(Point { what: what.to_owned(), outcome });
        value
    }

    /// Whether nothing was found wrong after the first so many points.
    fn all_right_after(&self, first: usize) -> bool {
        self.taken.iter().skip(first).all(Point::is_right)
    }
}
