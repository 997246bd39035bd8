//! Batches in which requests fail: each is told by its kind, and none ends the batch or the driver.

use model::driver_protocol::Command;
use model::failure::FailureKind;
use model::target::Target;
use model::time::Span;
use model::trace::Columns;

use super::candidate::Candidate;
use super::evidence::{self, Pairs};
use super::targets::{HASTY, REQUESTS, Targets};
use super::wayward::Manner;
use super::{Unmet, Wrong};
use crate::driver::Driver;

/// How long after its time limit a trial may end: enough for a busy machine, and less than what a
/// limit for each request would add up to.
const LATENESS: Span = Span::from_millis(1500);

/// A request that fails leaves the others as they are; where the strategy does not see answers, it
/// fails the batch.
pub(super) fn mixed(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    if !candidate.sees_answers() {
        return all(candidate, |targets| &targets.mixed, FailureKind::Status);
    }
    let target = &candidate.targets.mixed;
    let mut driver = candidate.prepared(candidate.preparation(target))?;
    let run = candidate.run(&mut driver, REQUESTS)?;
    let witness = candidate.witness(&run)?;
    let rows = evidence::rows(target, REQUESTS as usize, &witness)?;
    evidence::agrees(&run, &rows, &mut Pairs::default())?;
    for (request, row) in rows.iter().enumerate() {
        let expected = (row.status != 200).then_some(FailureKind::Status);
        if kind(&run.columns, request) != expected {
            let said = told(&run.columns, request);
            let status = row.status;
            return Err(Wrong(format!(
                "of request {request}, answered with {status}, it told {said}"
            )));
        }
    }
    Ok(())
}

/// Every request to a target fails as one kind.
pub(super) fn all(
    candidate: &mut Candidate<'_>,
    target: fn(&Targets) -> &Target,
    kind: FailureKind,
) -> Result<(), Wrong> {
    let driver = candidate.prepared(candidate.preparation(target(candidate.targets)))?;
    all_of(candidate, driver, kind)
}

/// The same where the strategy need not be able to be told of the target.
pub(super) fn all_unless_refused(
    candidate: &mut Candidate<'_>,
    target: fn(&Targets) -> &Target,
    kind: FailureKind,
) -> Result<(), Unmet> {
    let preparation = candidate.preparation(target(candidate.targets));
    let driver = candidate.prepared_unless_refused(preparation)?;
    Ok(all_of(candidate, driver, kind)?)
}

fn all_of(
    candidate: &mut Candidate<'_>,
    mut driver: Driver,
    kind: FailureKind,
) -> Result<(), Wrong> {
    let run = candidate.run(&mut driver, REQUESTS)?;
    // Whoever does not see answers cannot tell why the batch failed as a whole.
    let expected: &[FailureKind] =
        if candidate.sees_answers() { &[kind] } else { &[kind, FailureKind::Code] };
    all_failed(&run.columns, expected)
}

/// Every request to the wayward server fails as one kind.
pub(super) fn astray(
    candidate: &mut Candidate<'_>,
    manner: Manner,
    kind: FailureKind,
) -> Result<(), Wrong> {
    candidate.targets.server.behave(manner);
    all(candidate, |targets| &targets.wayward, kind)
}

/// The time limit ends a batch whose server does not, and the driver goes on or says that it ends.
pub(super) fn late(candidate: &mut Candidate<'_>, manner: Manner) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.behave(manner);
    let mut driver = candidate.prepared(candidate.preparation(&targets.hasty))?;
    let run = candidate.run(&mut driver, REQUESTS)?;
    all_failed(&run.columns, &[FailureKind::Timeout])?;
    if run.batch_time() > HASTY + LATENESS {
        let (limit, took) = (HASTY, run.batch_time().as_secs());
        return Err(Wrong(format!("with a time limit of {limit}, the batch took {took:.1} s")));
    }
    targets.server.behave(Manner::Answer);
    if driver.is_ending() {
        return super::introduction::ends_by_itself(driver);
    }
    let after = |Wrong(why)| Wrong(format!("when the server answered again, {why}"));
    candidate.succeed(&mut driver, 1).map_err(after)?;
    Ok(())
}

/// The end of stdin ends the driver while it waits for a server.
pub(super) fn abandoned(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.behave(Manner::KeepSilent);
    let mut driver = candidate.prepared(candidate.preparation(&targets.wayward))?;
    let order = candidate.order(REQUESTS);
    driver.process_mut().send(&Command::Trial(order))?;
    if targets.server.requests().is_empty() {
        return Err(Wrong("it made no request".to_owned()));
    }
    super::introduction::ends(driver)
}

fn all_failed(columns: &Columns, expected: &[FailureKind]) -> Result<(), Wrong> {
    let otherwise =
        |request: &usize| !kind(columns, *request).is_some_and(|kind| expected.contains(&kind));
    match (0..REQUESTS as usize).find(otherwise) {
        None => Ok(()),
        Some(request) => {
            Err(Wrong(format!("of request {request} it told {}", told(columns, request))))
        }
    }
}

fn kind(columns: &Columns, request: usize) -> Option<FailureKind> {
    Some(columns.error.as_ref()?.get(request)?.as_ref()?.kind)
}

fn told(columns: &Columns, request: usize) -> String {
    match columns.error.as_ref().and_then(|column| column.get(request)?.as_ref()) {
        Some(failure) => format!("{}: {}", failure.kind, failure.message),
        None => "no failure".to_owned(),
    }
}
