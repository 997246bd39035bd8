//! One strategy of a driver, tried on targets that answer, fail, refuse and keep silent.

use model::driver_protocol::{DriverErrorKind, Preparation, TrialOrder};
use model::failure::FailureKind;
use model::strategy::{Conditions, StrategySpec};
use model::target::Target;
use model::trace::{Columns, Milestone};
use model::trial::{Run, TrialId};
use model::witness::Witness;

use crate::check::{Points, REQUESTS, Targets, Wrong};
use crate::driver::{Driver, DriverFailure};
use crate::endpoint::Endpoint;

pub(super) fn check(
    points: &mut Points,
    spec: &StrategySpec,
    start: &impl Fn() -> Result<Driver, DriverFailure>,
    endpoint: &mut Endpoint,
    targets: &Targets,
) {
    let name = &spec.name;
    let prepared = |target: &Target| -> Result<Driver, Wrong> {
        let mut driver = start()?;
        driver.prepare(Preparation {
            strategy: name.clone(),
            conditions: spec.complete(&Conditions::new()),
            target: target.clone(),
            trace: true,
        })?;
        Ok(driver)
    };
    let Some(mut driver) =
        points.check(&format!("{name}: it gets ready"), || prepared(&targets.good))
    else {
        return;
    };
    points.check(&format!("{name}: every request is answered, as the endpoint saw it"), || {
        for requests in [1, REQUESTS] {
            answered(&mut driver, endpoint, requests)?;
        }
        Ok(())
    });
    points.check(&format!("{name}: it refuses more requests than there are, and lives on"), || {
        too_many(&mut driver)?;
        driver.trial(&order(1))?;
        Ok(())
    });
    let cases = [
        ("a status that is not expected", &targets.absent, FailureKind::Status),
        ("a port that refuses", &targets.refusing, FailureKind::Refused),
        ("a server that never answers", &targets.silent, FailureKind::Timeout),
    ];
    for (case, target, kind) in cases {
        points.check(&format!("{name}: {case} fails every request as {kind}"), || {
            let mut driver = prepared(target)?;
            let run = driver.trial(&order(REQUESTS))?;
            failed_as(&run.columns, kind)
        });
    }
}

const fn order(requests: u32) -> TrialOrder {
    TrialOrder { id: TrialId(requests as u64), requests, warm_up: false }
}

fn answered(driver: &mut Driver, endpoint: &mut Endpoint, requests: u32) -> Result<(), Wrong> {
    let run = driver.trial(&order(requests))?;
    let witness = endpoint.collect(run.started, run.finished)?;
    if let Some(failure) = run.columns.failures().next() {
        return Err(Wrong(format!("a request failed: {}: {}", failure.kind, failure.message)));
    }
    in_order(&run, requests as usize)?;
    seen(&run.columns, &witness, requests)
}

/// Holds what the driver says against what the endpoint saw.
fn seen(columns: &Columns, witness: &Witness, requests: u32) -> Result<(), Wrong> {
    let arrived = witness.requests.len();
    if arrived != requests as usize {
        return Err(Wrong(format!("{requests} requests were ordered, and {arrived} arrived")));
    }
    if let Some(bytes) = &columns.bytes {
        let read: u64 = bytes.iter().flatten().sum();
        let sent: u64 = witness.requests.iter().map(|row| row.body_bytes).sum();
        if read != sent {
            return Err(Wrong(format!(
                "it read {read} bytes of bodies, and the endpoint sent {sent}"
            )));
        }
    }
    if let Some(connections) = &columns.connection {
        let used: std::collections::BTreeSet<_> = connections.iter().flatten().collect();
        let carrying: std::collections::BTreeSet<_> =
            witness.requests.iter().map(|row| row.connection).collect();
        if used.len() != carrying.len() {
            return Err(Wrong(format!(
                "it says that {} connections carried the requests, and the endpoint saw {}",
                used.len(),
                carrying.len()
            )));
        }
    }
    Ok(())
}

/// The milestones of an exchange pass in their order. Those of the connection's opening are left
/// out: a connection may have been opened for another request.
fn in_order(run: &Run, requests: usize) -> Result<(), Wrong> {
    const EXCHANGE: [Milestone; 6] = [
        Milestone::Submitted,
        Milestone::Started,
        Milestone::Writing,
        Milestone::Sent,
        Milestone::FirstByte,
        Milestone::Done,
    ];
    for request in 0..requests {
        let passed: Vec<_> = EXCHANGE
            .into_iter()
            .filter_map(|milestone| run.columns.at(milestone, request))
            .collect();
        if !passed.is_sorted() {
            return Err(Wrong(format!("the milestones of request {request} are out of order")));
        }
    }
    Ok(())
}

fn too_many(driver: &mut Driver) -> Result<(), Wrong> {
    match driver.trial(&order(REQUESTS + 1)) {
        Err(DriverFailure::Refused(error)) if error.kind == DriverErrorKind::BadCommand => Ok(()),
        Err(failure) => Err(failure.into()),
        Ok(_) => Err(Wrong("it ran the trial".to_owned())),
    }
}

fn failed_as(columns: &Columns, kind: FailureKind) -> Result<(), Wrong> {
    let failures: Vec<_> = columns.failures().collect();
    if failures.len() != REQUESTS as usize {
        return Err(Wrong(format!("{} of {REQUESTS} requests failed", failures.len())));
    }
    match failures.iter().find(|failure| failure.kind != kind) {
        None => Ok(()),
        Some(other) => Err(Wrong(format!("it called one {}: {}", other.kind, other.message))),
    }
}
