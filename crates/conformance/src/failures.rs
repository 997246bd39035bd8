//! Batches in which requests fail: each failure has the right kind and ends neither the batch nor
//! the driver.

use model::failure::FailureKind;
use model::target::Target;
use model::time::Span;
use model::trace::Columns;

use crate::agreement::{self, ConnectionPairs};
use crate::candidate::Candidate;
use crate::faulty_server::Behaviour;
use crate::introduction;
use crate::targets::{REQUESTS, SHORT_LIMIT, Targets};
use crate::verdict::{Unmet, Wrong};
use runner::driver::Driver;

/// How long after its time limit a trial may end: enough for a busy machine, but less than the sum
/// of a limit for each request.
const LATENESS: Span = Span::from_millis(1500);

/// How often a driver may try to make a batch after a time limit, or to end one in time: a busy machine delays
/// any batch, but not all of them.
const TRIES: u32 = 10;

/// A request that fails affects no other request. A strategy that does not see answers fails the
/// whole batch instead.
pub(crate) fn mixed(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    if !candidate.sees_answers() {
        return all(candidate, |targets| &targets.mixed, &[FailureKind::Status]);
    }
    let target = &candidate.targets.mixed;
    let mut driver = candidate.prepared(candidate.preparation(target))?;
    let run = candidate.run(&mut driver, REQUESTS)?;
    candidate.leave(driver);
    let witness = candidate.witness(&run)?;
    let rows = agreement::rows(target, REQUESTS as usize, &witness)?;
    agreement::check(&run, &rows, &mut ConnectionPairs::default())?;
    for (request, row) in rows.iter().enumerate() {
        let expected = (row.status != 200).then_some(FailureKind::Status);
        if kind(&run.columns, request) != expected {
            let reported = outcome(&run.columns, request);
            return Err(Wrong(format!(
                "for request {request}, answered with {}, it reported {reported}",
                row.status
            )));
        }
    }
    Ok(())
}

/// Every request to a target fails with one of these kinds.
pub(crate) fn all(
    candidate: &mut Candidate<'_>,
    target: fn(&Targets) -> &Target,
    kinds: &[FailureKind],
) -> Result<(), Wrong> {
    let driver = candidate.prepared(candidate.preparation(target(candidate.targets)))?;
    all_of(candidate, driver, kinds)
}

/// The same for a target that the strategy may refuse.
pub(crate) fn all_unless_refused(
    candidate: &mut Candidate<'_>,
    target: fn(&Targets) -> &Target,
    kinds: &[FailureKind],
) -> Result<(), Unmet> {
    let preparation = candidate.preparation(target(candidate.targets));
    let driver = candidate.prepared_unless_refused(preparation)?;
    Ok(all_of(candidate, driver, kinds)?)
}

fn all_of(
    candidate: &mut Candidate<'_>,
    mut driver: Driver,
    kinds: &[FailureKind],
) -> Result<(), Wrong> {
    let run = candidate.run(&mut driver, REQUESTS)?;
    candidate.leave(driver);
    let mut expected = kinds.to_vec();
    // A strategy that does not see answers does not know why its batch failed.
    expected.extend((!candidate.sees_answers()).then_some(FailureKind::Code));
    all_failed(&run.columns, &expected)
}

/// Every request to the faulty server fails with one kind.
pub(crate) fn all_at_faulty_server(
    candidate: &mut Candidate<'_>,
    behaviour: Behaviour,
    kind: FailureKind,
) -> Result<(), Wrong> {
    candidate.targets.server.set_behaviour(behaviour);
    all(candidate, |targets| &targets.faulty, &[kind])
}

/// The time limit ends a batch whose server does not. The driver then continues or announces its
/// end.
pub(crate) fn time_limit(candidate: &mut Candidate<'_>, behaviour: Behaviour) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.set_behaviour(behaviour);
    let driver = times_out(candidate, &targets.short_limit)?;
    targets.server.set_behaviour(Behaviour::Answer);
    goes_on(candidate, driver)
}

/// A driver that exceeded its time limit makes batches again with the same preparation, or announces its end. On a busy
/// machine a batch may exceed the short limit once more, so that it has several tries.
fn goes_on(candidate: &mut Candidate<'_>, mut driver: Driver) -> Result<(), Wrong> {
    let mut outcome = Ok(());
    for _ in 0..TRIES {
        if driver.is_ending() {
            return introduction::ends_by_itself(&driver);
        }
        let Err(Wrong(why)) = candidate.succeed(&mut driver, 1) else { return Ok(()) };
        outcome = Err(Wrong(format!("after the server recovered, {why}")));
    }
    outcome
}

/// The time limit ends a batch that the endpoint never answers.
pub(crate) fn silence(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let targets = candidate.targets;
    times_out(candidate, &targets.silent)?;
    Ok(())
}

/// Every request of a batch times out, and the batch ends soon after its limit. Returns the driver that has made
/// it.
fn times_out(candidate: &mut Candidate<'_>, target: &Target) -> Result<Driver, Wrong> {
    let mut late = Span::ZERO;
    for _ in 0..TRIES {
        let mut driver = candidate.prepared(candidate.preparation(target))?;
        let run = candidate.run(&mut driver, REQUESTS)?;
        all_failed(&run.columns, &[FailureKind::Timeout])?;
        if run.batch_time() <= SHORT_LIMIT + LATENESS {
            return Ok(driver);
        }
        late = run.batch_time();
    }
    let (limit, took) = (SHORT_LIMIT, late.as_secs());
    Err(Wrong(format!("the time limit is {limit}, but the batch took {took:.1} s")))
}

/// The end of stdin ends the driver while it waits for a server.
pub(crate) fn abandoned(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.set_behaviour(Behaviour::KeepSilent);
    let mut driver = candidate.prepared(candidate.preparation(&targets.faulty))?;
    let order = candidate.order(REQUESTS);
    driver.order(&order)?;
    if targets.server.requests().is_empty() {
        return Err(Wrong("it made no request".to_owned()));
    }
    introduction::ends(driver)
}

fn all_failed(columns: &Columns, expected: &[FailureKind]) -> Result<(), Wrong> {
    let otherwise =
        |request: &usize| !kind(columns, *request).is_some_and(|kind| expected.contains(&kind));
    match (0..REQUESTS as usize).find(otherwise) {
        None => Ok(()),
        Some(request) => {
            Err(Wrong(format!("for request {request} it reported {}", outcome(columns, request))))
        }
    }
}

fn kind(columns: &Columns, request: usize) -> Option<FailureKind> {
    Some(columns.error.as_ref()?.get(request)?.as_ref()?.kind)
}

fn outcome(columns: &Columns, request: usize) -> String {
    match columns.error.as_ref().and_then(|column| column.get(request)?.as_ref()) {
        Some(failure) => format!("{}: {}", failure.kind, failure.message),
        None => "no failure".to_owned(),
    }
}
