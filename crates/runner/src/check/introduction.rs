//! What a driver says of itself, how it takes what is wrong, and how it ends.

use std::collections::BTreeSet;

use model::driver_protocol::{
    Command, DriverErrorKind as Kind, DriverHello, MissingStrategy, Preparation, TrialOrder,
};
use model::strategy::Conditions;
use model::trial::TrialId;

use super::candidate::Start;
use super::refusals::{refuses, refuses_text};
use super::targets::Targets;
use super::{Points, Wrong};
use crate::driver::Driver;

/// Checks a driver that has introduced itself and has done nothing else.
pub(super) fn check(points: &mut Points, mut driver: Driver, start: Start<'_>, targets: &Targets) {
    let hello = driver.hello().clone();
    points.check("it offers strategies, each under a name of its own", || names(&hello));
    points.check("what is missing is told with the reason and the remedy", || missing(&hello));
    points.check("the default of every condition obeys the condition's rule", || defaults(&hello));
    let mut refuses = |what: &str, command: &Command, kind| {
        let what = format!("it refuses {what}, and lives on");
        points.check(&what, || refuses(driver.process_mut(), command, kind));
    };
    let order = TrialOrder { id: TrialId(1), requests: 1, warm_up: false };
    let stranger = Preparation {
        strategy: "no/such".to_owned(),
        conditions: Conditions::new(),
        target: targets.good.clone(),
        trace: true,
    };
    refuses("a trial before it is prepared", &Command::Trial(order), Kind::BadCommand);
    refuses(
        "a strategy that it does not have",
        &Command::Prepare(Box::new(stranger)),
        Kind::UnknownStrategy,
    );
    refuses(
        "a version that it does not speak",
        &Command::Hello { protocol: u32::MAX },
        Kind::UnsupportedVersion,
    );
    for (what, line) in [
        ("a line that is not JSON", "not json"),
        ("an operation that it does not know", r#"{"op":"fly"}"#),
        ("a command of which a part is missing", r#"{"op":"trial","id":1}"#),
    ] {
        let what = format!("it refuses {what}, and lives on");
        points.check(&what, || refuses_text(driver.process_mut(), line, Kind::BadCommand));
    }
    points.check("it ends when its stdin ends", || ends(driver));
    points.check("it ends when it is told to quit", || quits(start()?));
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

fn missing(hello: &DriverHello) -> Result<(), Wrong> {
    for MissingStrategy { name, reason, remedy } in &hello.missing {
        if hello.strategies.iter().any(|spec| spec.name == *name) {
            return Err(Wrong(format!("{name} is offered, and missing")));
        }
        if [name, reason, remedy].into_iter().any(|text| text.trim().is_empty()) {
            return Err(Wrong(format!("of {name:?} it tells {reason:?} and {remedy:?}")));
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

/// A driver ends when its stdin does.
pub(super) fn ends(mut driver: Driver) -> Result<(), Wrong> {
    in_good_time(driver.process_mut().close())
}

fn quits(mut driver: Driver) -> Result<(), Wrong> {
    driver.process_mut().send(&Command::Quit)?;
    ends_by_itself(driver)
}

/// A driver that was told to end, or said that it would, does.
pub(super) fn ends_by_itself(mut driver: Driver) -> Result<(), Wrong> {
    in_good_time(driver.process_mut().ends())
}

fn in_good_time(has_ended: bool) -> Result<(), Wrong> {
    if has_ended { Ok(()) } else { Err(Wrong("it was still there after two seconds".to_owned())) }
}
