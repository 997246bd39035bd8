//! Commands that a driver must refuse with the right error kind, and keep working.

use std::time::Duration;

use model::driver_protocol::{Command, DriverErrorKind, Reply};
use model::target::{Target, Trust};

use crate::candidate::Candidate;
use crate::targets::REQUESTS;
use crate::verdict::Wrong;
use runner::driver::Driver;
use runner::line_process::LineError;

/// How long a driver may take to refuse a command.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Refuses a batch of no requests, and one of more requests than the target has.
pub(crate) fn impossible_batches(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let preparation = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.prepared(preparation)?;
    for requests in [REQUESTS + 1, 0] {
        let order = Command::Trial(candidate.order(requests));
        refuses(&mut driver, &order, DriverErrorKind::BadCommand).map_err(|Wrong(why)| {
            Wrong(format!("ordered to make {requests} of {REQUESTS} requests, {why}"))
        })?;
    }
    candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    Ok(())
}

/// Refuses an unknown condition, and an unknown value of each known one.
pub(crate) fn unknown_conditions(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let known = candidate.spec.conditions.iter().map(|condition| condition.name.as_str());
    let names: Vec<&str> = known.chain(["no-such-condition"]).collect();
    let mut driver = candidate.process()?;
    for name in names {
        let preparation = candidate.preparation_with(name, "no such value");
        let command = Command::Prepare(Box::new(preparation));
        refuses(&mut driver, &command, DriverErrorKind::BadCondition)
            .map_err(|Wrong(why)| Wrong(format!("with {name}=\"no such value\", {why}")))?;
    }
    driver.prepare(candidate.preparation(&candidate.targets.good))?;
    candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    Ok(())
}

/// Refuses a text that is not a URL, and a missing file of certificates.
pub(crate) fn unusable_targets(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let good = &candidate.targets.good;
    let no_file = || "/nonexistent/ca.pem".into();
    let mut no_url = good.clone();
    no_url.requests.edit(|_, request| request.url = "no url".to_owned());
    let mut driver = candidate.process()?;
    let no_trust = Target { trust: Trust::File { path: no_file() }, ..good.clone() };
    let no_addition = Target { trust: Trust::Added { path: no_file() }, ..good.clone() };
    for target in [no_url, no_trust, no_addition] {
        let command = Command::Prepare(Box::new(candidate.preparation(&target)));
        refuses(&mut driver, &command, DriverErrorKind::BadTarget)?;
    }
    driver.prepare(candidate.preparation(good))?;
    candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    Ok(())
}

/// Checks that a command is refused with an error of this kind.
pub(crate) fn refuses(
    driver: &mut Driver,
    command: &Command,
    kind: DriverErrorKind,
) -> Result<(), Wrong> {
    is_refusal(driver.request(command, TIMEOUT), kind)
}

/// Checks that a line is refused with an error of this kind.
pub(crate) fn refuses_line(
    driver: &mut Driver,
    line: &str,
    kind: DriverErrorKind,
) -> Result<(), Wrong> {
    is_refusal(driver.request_line(line, TIMEOUT), kind)
}

fn is_refusal(reply: Result<Reply, LineError>, kind: DriverErrorKind) -> Result<(), Wrong> {
    match reply? {
        Reply::Error(error) if error.kind == kind => Ok(()),
        Reply::Error(error) => Err(Wrong(format!(
            "it reported {:?} instead of {kind:?}: {}",
            error.kind, error.message
        ))),
        _ => Err(Wrong("its reply is not an error".to_owned())),
    }
}
