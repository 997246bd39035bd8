//! Commands that a driver must refuse, each by its kind, without any harm to those that follow.

use std::time::Duration;

use model::driver_protocol::{Command, DriverErrorKind, Preparation, Reply};
use model::target::{Target, Trust};

use super::Wrong;
use super::candidate::Candidate;
use super::targets::REQUESTS;
use crate::driver::Driver;
use crate::line_process::LineProcess;

/// How long a driver may take to refuse a command.
const PATIENCE: Duration = Duration::from_secs(10);

/// More requests than there are cannot be made, and neither can none.
pub(super) fn impossible_batches(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let preparation = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.prepared(preparation)?;
    for requests in [REQUESTS + 1, 0] {
        let order = Command::Trial(candidate.order(requests));
        refuses(driver.process_mut(), &order, DriverErrorKind::BadCommand)
            .map_err(|Wrong(why)| Wrong(format!("told to make {requests} of {REQUESTS}, {why}")))?;
    }
    candidate.succeed(&mut driver, 1)?;
    Ok(())
}

/// A condition that the strategy does not know, and a value that it does not.
pub(super) fn unknown_conditions(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let known = candidate.spec.conditions.iter().map(|condition| condition.name.as_str());
    let names: Vec<&str> = known.chain(["no-such-condition"]).collect();
    let mut driver = candidate.started()?;
    for name in names {
        let preparation = candidate.preparation_with(name, "no such value");
        refuses_to_prepare(&mut driver, preparation, DriverErrorKind::BadCondition)
            .map_err(|Wrong(why)| Wrong(format!("under {name}=\"no such value\", {why}")))?;
    }
    driver.prepare(candidate.preparation(&candidate.targets.good))?;
    candidate.succeed(&mut driver, 1)?;
    Ok(())
}

/// A URL that is none, and a file of certificates that is not there.
pub(super) fn unusable_targets(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let good = &candidate.targets.good;
    let no_file = || "/nonexistent/ca.pem".into();
    let mut no_url = good.clone();
    for request in &mut no_url.requests {
        request.url = "no url".to_owned();
    }
    let mut driver = candidate.started()?;
    let no_trust = Target { trust: Trust::File { path: no_file() }, ..good.clone() };
    let no_addition = Target { trust: Trust::Added { path: no_file() }, ..good.clone() };
    for target in [no_url, no_trust, no_addition] {
        let preparation = candidate.preparation(&target);
        refuses_to_prepare(&mut driver, preparation, DriverErrorKind::BadTarget)?;
    }
    driver.prepare(candidate.preparation(good))?;
    candidate.succeed(&mut driver, 1)?;
    Ok(())
}

fn refuses_to_prepare(
    driver: &mut Driver,
    preparation: Preparation,
    kind: DriverErrorKind,
) -> Result<(), Wrong> {
    refuses(driver.process_mut(), &Command::Prepare(Box::new(preparation)), kind)
}

/// A command is answered by an error of this kind.
pub(super) fn refuses(
    process: &mut LineProcess,
    command: &Command,
    kind: DriverErrorKind,
) -> Result<(), Wrong> {
    process.send(command)?;
    hears_refusal(process, kind)
}

/// A line is answered by an error of this kind.
pub(super) fn refuses_text(
    process: &mut LineProcess,
    line: &str,
    kind: DriverErrorKind,
) -> Result<(), Wrong> {
    process.send_text(line)?;
    hears_refusal(process, kind)
}

fn hears_refusal(process: &LineProcess, kind: DriverErrorKind) -> Result<(), Wrong> {
    match process.receive(PATIENCE)? {
        Reply::Error(error) if error.kind == kind => Ok(()),
        Reply::Error(error) => Err(Wrong(format!(
            "it called it {:?} instead of {kind:?}: {}",
            error.kind, error.message
        ))),
        _ => Err(Wrong("it answered something else than an error".to_owned())),
    }
}
