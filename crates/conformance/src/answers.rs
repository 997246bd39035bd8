//! Batches in which every request is answered: the report must match what happened.

use model::driver_protocol::{Preparation, TrialOrder};
use model::strategy::ValueRule;
use model::target::Target;
use model::trace::{ColumnName, Milestone};

use crate::agreement::{self, ConnectionPairs};
use crate::candidate::Candidate;
use crate::faulty_server::Behaviour;
use crate::targets::{BODY, HEADER, REQUESTS, VALUE};
use crate::verdict::{Unmet, Wrong};

/// Every request is made once and reported as the endpoint saw it.
pub(crate) fn as_the_endpoint_saw(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let target = &candidate.targets.good;
    let mut driver = candidate.prepared(candidate.preparation(target))?;
    let mut pairs = ConnectionPairs::default();
    for requests in [1, REQUESTS] {
        let run = candidate.succeed(&mut driver, requests)?;
        let witness = candidate.witness(&run)?;
        let rows = agreement::rows(target, requests as usize, &witness)?;
        agreement::check(&run, &rows, &mut pairs)?;
    }
    candidate.leave(driver);
    Ok(())
}

/// A request is answered.
pub(crate) fn answered(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let preparation = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.prepared(preparation)?;
    candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    Ok(())
}

/// A request is done when the end of its body has arrived, however late.
pub(crate) fn slow_bodies(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.set_behaviour(Behaviour::DelayBodyEnd);
    let mut driver = candidate.prepared(candidate.preparation(&targets.faulty))?;
    let run = candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    let Some(ended) = targets.server.body_end_sent() else {
        return Err(Wrong("it did not wait for the end of the body".to_owned()));
    };
    let done = run.columns.at(Milestone::Done, 0).map_or(run.finished, |done| run.started + done);
    if done.min(run.finished) < ended {
        return Err(Wrong(
            "it reports that it was done before the end of the body was sent".to_owned(),
        ));
    }
    Ok(())
}

/// An interim response is not the first byte of the answer. A client that takes it for the answer
/// fails the request.
pub(crate) fn interim_responses(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.set_behaviour(Behaviour::HintFirst);
    let mut driver = candidate.prepared(candidate.preparation(&targets.faulty))?;
    let run = candidate.run(&mut driver, 1)?;
    candidate.leave(driver);
    if run.columns.failures().next().is_some() {
        return Ok(());
    }
    let Some(answered) = targets.server.hinted_answer_sent() else {
        return Err(Wrong("it did not wait for the answer after an interim response".to_owned()));
    };
    match run.columns.at(Milestone::FirstByte, 0) {
        Some(first_byte) if run.started + first_byte < answered => Err(Wrong(
            "it reports the first byte of an interim response as that of the answer".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// A body is read to its end, however large.
pub(crate) fn large_bodies(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let target = &candidate.targets.large;
    let mut driver = candidate.prepared(candidate.preparation(target))?;
    let run = candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    let witness = candidate.witness(&run)?;
    let rows = agreement::rows(target, 1, &witness)?;
    agreement::check(&run, &rows, &mut ConnectionPairs::default())?;
    let Some(last_byte_out) = rows.first().and_then(|row| row.last_byte_out) else {
        return Err(Wrong("it did not read the whole body".to_owned()));
    };
    // No connection buffers this much: the client reads the start before the server writes the end.
    match run.columns.at(Milestone::FirstByte, 0) {
        Some(first_byte) if first_byte > last_byte_out => {
            Err(Wrong("it reports the first byte after the server sent the last one".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Method, headers and body are those of the target.
pub(crate) fn as_requested(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    let targets = candidate.targets;
    targets.server.set_behaviour(Behaviour::Answer);
    let preparation = candidate.preparation(&targets.elaborate);
    let mut driver = candidate.prepared_unless_refused(preparation)?;
    candidate.succeed(&mut driver, 1)?;
    candidate.leave(driver);
    let sent = targets.server.requests();
    let as_requested = sent.iter().find(|sent| is_elaborate(sent).is_ok());
    Ok(is_elaborate(as_requested.or(sent.last()).map_or("", String::as_str))?)
}

fn is_elaborate(sent: &str) -> Result<(), Wrong> {
    let (head, body) = sent.split_once("\r\n\r\n").unwrap_or((sent, ""));
    if !head.starts_with("PUT /todos/1 ") {
        let line = head.lines().next().unwrap_or_default();
        return Err(Wrong(format!("it should PUT /todos/1, but sent {line:?}")));
    }
    let carries = |line: &str| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case(HEADER) && value.trim() == VALUE)
    };
    if !head.lines().any(carries) {
        return Err(Wrong(format!("it did not send the header {HEADER}: {VALUE}")));
    }
    // A body may come in chunks.
    if !body.contains(BODY) {
        return Err(Wrong(format!("it should send the body {BODY}, but sent {body:?}")));
    }
    Ok(())
}

/// Certificates are not verified if the target says so.
pub(crate) fn without_verification(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    let targets = candidate.targets;
    answered_unless_refused(candidate, &targets.unverified)
}

/// The certificates of a file replace the client's own.
pub(crate) fn with_one_certificate(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    let targets = candidate.targets;
    answered_unless_refused(candidate, &targets.one_certificate)
}

fn answered_unless_refused(candidate: &mut Candidate<'_>, target: &Target) -> Result<(), Unmet> {
    candidate.renew();
    let mut driver = candidate.prepared_unless_refused(candidate.preparation(target))?;
    candidate.succeed(&mut driver, 1)?;
    Ok(())
}

/// Every fact about the strategy fits in one line.
pub(crate) fn short_facts(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    /// The maximum length: a longer fact does not fit beside those of other strategies.
    const LONGEST: usize = 200;
    let preparation = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.process()?;
    let facts = driver.prepare(preparation)?;
    candidate.leave(driver);
    for (name, fact) in &facts {
        if name.trim().is_empty() || fact.trim().is_empty() {
            return Err(Wrong(format!("it states the fact {name:?}: {fact:?}")));
        }
        if fact.chars().count() > LONGEST || fact.chars().any(char::is_control) {
            return Err(Wrong(format!(
                "its fact {name} is not a single line of at most {LONGEST} characters"
            )));
        }
    }
    Ok(())
}

/// Every value of a condition that the strategy offers works. The other checks use the defaults.
pub(crate) fn under_every_condition(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    for condition in &candidate.spec.conditions {
        for value in values(&condition.values).filter(|value| *value != condition.default) {
            candidate.check(|candidate| under_condition(candidate, &condition.name, &value))?;
        }
    }
    Ok(())
}

fn under_condition(candidate: &mut Candidate<'_>, name: &str, value: &str) -> Result<(), Wrong> {
    let preparation = candidate.preparation_with(name, value);
    candidate
        .prepared(preparation)
        .and_then(|mut driver| {
            candidate.succeed(&mut driver, REQUESTS)?;
            candidate.leave(driver);
            Ok(())
        })
        .map_err(|Wrong(why)| Wrong(format!("with {name}={value}, {why}")))
}

/// One value of each form that a rule accepts, and all of its words.
fn values(rule: &ValueRule) -> impl Iterator<Item = String> {
    let count = rule.count_from.map(|least| least.to_string());
    let time = rule.time_after.as_ref().map(|prefix| format!("{prefix}1ms"));
    rule.words.iter().cloned().chain(count).chain(time)
}

/// Without a trace, only the columns that checks need are filled.
pub(crate) fn untraced(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let traced = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.prepared(Preparation { trace: false, ..traced })?;
    let run = candidate.succeed(&mut driver, REQUESTS)?;
    candidate.leave(driver);
    let needed = [ColumnName::Status, ColumnName::Bytes, ColumnName::Error];
    match run.columns.filled().find(|column| !needed.contains(column)) {
        None => Ok(()),
        Some(column) => Err(Wrong(format!("it also filled {}", column.name()))),
    }
}

/// A trial that is to be profiled has a profile, and the trials around it have none. A driver that cannot
/// profile runs it like any other.
pub(crate) fn profiled(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let mut driver = candidate.prepared(candidate.preparation(&candidate.targets.good))?;
    let can = driver.hello().profiles;
    for asked in [false, true, false] {
        let order = TrialOrder { profile: asked, ..candidate.order(REQUESTS) };
        let run = driver.trial(&order)?;
        match (run.profile.is_some(), asked && can) {
            (true, false) => {
                return Err(Wrong("it reports a profile that was not asked for".into()));
            }
            (false, true) => return Err(Wrong("it reports no profile".into())),
            _ => {}
        }
        if let Some(failure) = run.columns.failures().next() {
            return Err(Wrong(format!("a request failed: {}: {}", failure.kind, failure.message)));
        }
    }
    candidate.leave(driver);
    Ok(())
}

/// The trials so far filled the columns that the strategy lists, and no others.
pub(crate) fn listed_columns(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    // An address needs no lookup.
    const OPTIONAL: [ColumnName; 2] =
        [ColumnName::Milestone(Milestone::Resolving), ColumnName::Milestone(Milestone::Resolved)];
    let (listed, filled) = (&candidate.spec.columns, candidate.filled());
    if let Some(extra) = filled.iter().find(|column| !listed.contains(column)) {
        return Err(Wrong(format!("it filled {}, which it does not list", extra.name())));
    }
    let idle = |column: &&ColumnName| !filled.contains(column) && !OPTIONAL.contains(column);
    match listed.iter().find(idle) {
        None => Ok(()),
        Some(idle) => Err(Wrong(format!("it lists {}, but never filled it", idle.name()))),
    }
}
