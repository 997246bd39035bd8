//! What a driver states about itself, how it reacts to wrong commands, and how it ends.

use std::collections::BTreeSet;

use model::driver_protocol::{
    Command, DriverErrorKind as Kind, DriverHello, MissingStrategy, Preparation, TrialOrder,
};
use model::strategy::Conditions;
use model::trial::TrialId;

use crate::candidate::StartDriver;
use crate::refusals::{refuses, refuses_line};
use crate::targets::Targets;
use crate::verdict::{Points, Wrong};
use runner::driver::Driver;
use runner::line_process::{END_TIMEOUT, LineError};

/// Checks a driver that has introduced itself and done nothing else.
pub(crate) fn check(
    points: &mut Points,
    mut driver: Driver,
    start: StartDriver<'_>,
    targets: &Targets,
) {
    let hello = driver.hello().clone();
    points.check("it offers strategies with unique names", || names(&hello));
    points.check("it names a reason and a remedy for each missing strategy", || missing(&hello));
    points.check("the default of every condition is an accepted value", || defaults(&hello));
    let mut refuses = |what: &str, command: &Command, kind| {
        let what = format!("it refuses {what} and keeps working");
        points.check(&what, || refuses(&mut driver, command, kind));
    };
    let order =
        TrialOrder { id: TrialId(1), requests: 1, warm_up: false, sample: None, profile: false };
    let stranger = Preparation {
        strategy: "no/such".to_owned(),
        conditions: Conditions::new(),
        target: targets.good.clone(),
        trace: true,
    };
    refuses("a trial before prepare", &Command::Trial(order), Kind::BadCommand);
    refuses("an unknown strategy", &Command::Prepare(Box::new(stranger)), Kind::UnknownStrategy);
    refuses("an unknown version", &Command::Hello { protocol: u32::MAX }, Kind::UnsupportedVersion);
    for (what, line) in [
        ("a line that is not JSON", "not json"),
        ("an unknown operation", r#"{"op":"fly"}"#),
        ("an incomplete command", r#"{"op":"trial","id":1}"#),
    ] {
        let what = format!("it refuses {what} and keeps working");
        points.check(&what, || refuses_line(&mut driver, line, Kind::BadCommand));
    }
    points.check("it ends when its stdin ends", || ends(driver));
    points.check("it ends on quit", || quits(start()?));
}

fn names(hello: &DriverHello) -> Result<(), Wrong> {
    if hello.strategies.is_empty() {
        return Err(Wrong("it offers no strategy".to_owned()));
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

fn missing(hello: &DriverHello) -> Result<(), Wrong> {
    for MissingStrategy { name, reason, remedy } in &hello.missing {
        if hello.strategies.iter().any(|spec| spec.name == *name) {
            return Err(Wrong(format!("{name} is both offered and missing")));
        }
        if [name, reason, remedy].into_iter().any(|text| text.trim().is_empty()) {
            return Err(Wrong(format!(
                "for {name:?} it names the reason {reason:?} and the remedy {remedy:?}"
            )));
        }
    }
    Ok(())
}

fn defaults(hello: &DriverHello) -> Result<(), Wrong> {
    for spec in &hello.strategies {
        for condition in &spec.conditions {
            if !condition.values.accepts(&condition.default) {
                return Err(Wrong(format!(
                    "the default of {} of {} is {:?}, but must be {}",
                    condition.name, spec.name, condition.default, condition.values
                )));
            }
        }
    }
    Ok(())
}

/// Checks that a driver ends when its stdin ends.
pub(crate) fn ends(mut driver: Driver) -> Result<(), Wrong> {
    has_ended(driver.close())
}

fn quits(mut driver: Driver) -> Result<(), Wrong> {
    match driver.request(&Command::Quit, END_TIMEOUT) {
        Err(LineError::Ended) => Ok(()),
        Err(LineError::Silent(_)) => has_ended(false),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Wrong("it answered quit, which has no reply".to_owned())),
    }
}

/// Checks that a driver ends that has announced its end.
pub(crate) fn ends_by_itself(driver: &Driver) -> Result<(), Wrong> {
    has_ended(driver.wait())
}

fn has_ended(has_ended: bool) -> Result<(), Wrong> {
    if has_ended {
        return Ok(());
    }
    Err(Wrong(format!("it had not ended after {} seconds", END_TIMEOUT.as_secs())))
}
