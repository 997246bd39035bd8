//! Checks whether a driver follows the driver protocol.
//!
//! The driver has to do everything that a run can ask for, and its reports are compared with what
//! the embedded endpoint saw. `introduction` checks what the driver states about itself and how its
//! process ends; `strategy` lists the checks of each strategy. A point is checked only if
//! `docs/driver-protocol.md` demands it.

mod agreement;
mod answers;
mod candidate;
mod failures;
mod faulty_server;
mod introduction;
mod refusals;
mod sessions;
mod strategy;
mod targets;
mod verdict;

use std::io;

use model::http_version::HttpVersion;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::endpoint::{Endpoint, EndpointFailure};
use runner::process_groups::ProcessGroups;

pub use verdict::{CheckedPoint, Unmet, Wrong};

use candidate::Candidate;
use targets::Targets;
use verdict::Points;

/// Why a driver could not be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The embedded endpoint failed.
    #[error(transparent)]
    Endpoint(#[from] EndpointFailure),
    /// The faulty server did not start.
    #[error("no server could be opened on 127.0.0.1: {0}")]
    Server(#[from] io::Error),
}

/// Checks the driver that `command` starts, and those of its strategies that `is_included`.
///
/// If the driver does not meet a point, nothing is checked that depends on it.
///
/// # Errors
/// If one of the servers that the driver fetches from does not start.
pub fn check_driver(
    command: &ProcessCommand,
    is_included: &dyn Fn(&StrategySpec) -> bool,
    endpoint: &ProcessCommand,
    groups: &ProcessGroups,
) -> Result<Vec<CheckedPoint>, CheckError> {
    let mut endpoint = Endpoint::start(endpoint, groups)?;
    let targets = Targets::open(&mut endpoint, HttpVersion::Http1)?;
    let mut points = Points::default();
    let start = || Driver::start(command, groups);
    let Some(driver) = points.check("it introduces itself", || start().map_err(Wrong::from)) else {
        return Ok(points.into_vec());
    };
    let hello = driver.hello().clone();
    introduction::check(&mut points, driver, &start, &targets);
    for spec in hello.strategies.iter().filter(|spec| is_included(spec)) {
        let only = spec.only_http.map(|only| Targets::open(&mut endpoint, only)).transpose()?;
        let targets = only.as_ref().unwrap_or(&targets);
        strategy::check(&mut points, Candidate::new(spec, &start, targets, &mut endpoint));
    }
    Ok(points.into_vec())
}
