//! What a driver says of itself, how it takes what is wrong, and how it ends.

use std::collections::BTreeSet;
use std::time::Duration;

use model::driver_protocol::{Command, DriverErrorKind, DriverHello, Reply};

use crate::check::{Points, Wrong};
use crate::driver::{Driver, DriverFailure};

/// How long a driver may take to refuse a command.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn check(
    points: &mut Points,
    hello: &DriverHello,
    mut driver: Driver,
    start: &impl Fn() -> Result<Driver, DriverFailure>,
) {
    points.check("it offers strategies, each under a name of its own", || names(hello));
    points.check("the default of every condition obeys the condition's rule", || defaults(hello));
    points.check("it refuses a line that is not JSON, and lives on", || {
        refusal(&mut driver, "not json", DriverErrorKind::BadCommand)
    });
    points.check("it refuses an operation that it does not know, and lives on", || {
        refusal(&mut driver, r#"{"op":"fly"}"#, DriverErrorKind::BadCommand)
    });
    points.check("it refuses a trial before it is prepared, and lives on", || {
        let order = r#"{"op":"trial","id":1,"requests":1,"warm_up":false}"#;
        refusal(&mut driver, order, DriverErrorKind::BadCommand)
    });
    points.check("it refuses a strategy that it does not have, and lives on", || {
        let order = r#"{"op":"prepare","strategy":"no/such","conditions":{},"trace":true,"target":{"requests":[],"trust":{"roots":"default"},"checks":{"statuses":[200],"min_bytes":0},"time_limit":1000000000}}"#;
        refusal(&mut driver, order, DriverErrorKind::UnknownStrategy)
    });
    points.check("it ends when its stdin ends", || ends(driver));
    points.check("it ends when it is told to quit", || {
        let mut driver = start()?;
        driver.process_mut().send(&Command::Quit).map_err(DriverFailure::from)?;
        ends(driver)
    });
}

fn names(hello: &DriverHello) -> Result<(), Wrong> {
    if hello.strategies.is_empty() {
        return Err(Wrong("it offers none".to_owned()));
    }
    let mut seen = BTreeSet::new();
    for spec in &hello.strategies {
        let names = [Some(&spec.name), spec.alias.as_ref()];
        if let Some(twice) = names.into_iter().flatten().find(|name| !seen.insert(*name)) {
            return Err(Wrong(format!("{twice} is offered twice")));
        }
    }
    Ok(())
}

fn defaults(hello: &DriverHello) -> Result<(), Wrong> {
    for spec in &hello.strategies {
        for condition in &spec.conditions {
            if !condition.values.accepts(&condition.default) {
                return Err(Wrong(format!(
                    "{} of {} is {:?} by default, but must be {}",
                    condition.name, spec.name, condition.default, condition.values
                )));
            }
        }
    }
    Ok(())
}

fn refusal(driver: &mut Driver, line: &str, kind: DriverErrorKind) -> Result<(), Wrong> {
    let process = driver.process_mut();
    process.send_text(line).map_err(DriverFailure::from)?;
    match process.receive(PATIENCE).map_err(DriverFailure::from)? {
        Reply::Error(error) if error.kind == kind => Ok(()),
        Reply::Error(error) => {
            Err(Wrong(format!("it called it {:?} instead of {kind:?}", error.kind)))
        }
        _ => Err(Wrong("it answered something else than an error".to_owned())),
    }
}

fn ends(mut driver: Driver) -> Result<(), Wrong> {
    if driver.process_mut().close() {
        return Ok(());
    }
    Err(Wrong("it was still there after two seconds".to_owned()))
}
