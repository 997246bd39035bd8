//! Batches in which every request is answered: what is said of them must be what happened.

use model::driver_protocol::Preparation;
use model::strategy::ValueRule;
use model::target::Target;
use model::trace::{ColumnName, Milestone};

use super::candidate::Candidate;
use super::evidence::{self, Pairs};
use super::targets::{BODY, HEADER, REQUESTS, VALUE};
use super::wayward::Manner;
use super::{Unmet, Wrong};

/// Every request is made once, and is what the endpoint saw.
pub(super) fn as_seen(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let target = &candidate.targets.good;
    let mut driver = candidate.prepared(candidate.preparation(target))?;
    let mut pairs = Pairs::default();
    for requests in [1, REQUESTS] {
        let run = candidate.succeed(&mut driver, requests)?;
        let witness = candidate.witness(&run)?;
        let rows = evidence::rows(target, requests as usize, &witness)?;
        evidence::agrees(&run, &rows, &mut pairs)?;
    }
    Ok(())
}

/// A request is answered.
pub(super) fn one(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let preparation = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.prepared(preparation)?;
    candidate.succeed(&mut driver, 1)?;
    Ok(())
}

/// A request is done when the end of its body has come, however late.
pub(super) fn slow_bodies(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let targets = candidate.targets;
    targets.server.behave(Manner::Dawdle);
    let mut driver = candidate.prepared(candidate.preparation(&targets.wayward))?;
    let run = candidate.succeed(&mut driver, 1)?;
    let Some(ended) = targets.server.ended() else {
        return Err(Wrong("it did not wait for the end of the body".to_owned()));
    };
    let done = run.columns.at(Milestone::Done, 0).map_or(run.finished, |done| run.started + done);
    if done.min(run.finished) < ended {
        return Err(Wrong("it says that it was done before the body's end was sent".to_owned()));
    }
    Ok(())
}

/// A body is read to its end, however large.
pub(super) fn large_bodies(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let target = &candidate.targets.large;
    let mut driver = candidate.prepared(candidate.preparation(target))?;
    let run = candidate.succeed(&mut driver, 1)?;
    let witness = candidate.witness(&run)?;
    let rows = evidence::rows(target, 1, &witness)?;
    evidence::agrees(&run, &rows, &mut Pairs::default())?;
    let Some(last_byte_out) = rows.first().and_then(|row| row.last_byte_out) else {
        return Err(Wrong("the endpoint was left with a part of the body".to_owned()));
    };
    // No connection holds so much: its beginning was read before its end was written.
    match run.columns.at(Milestone::FirstByte, 0) {
        Some(first_byte) if first_byte > last_byte_out => {
            Err(Wrong("it says that the first byte came after the last was sent".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Method, headers and body are those of the target.
pub(super) fn as_told(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    let targets = candidate.targets;
    targets.server.behave(Manner::Answer);
    let preparation = candidate.preparation(&targets.elaborate);
    let mut driver = candidate.prepared_unless_refused(preparation)?;
    candidate.succeed(&mut driver, 1)?;
    let sent = targets.server.requests();
    let as_told = sent.iter().find(|sent| is_elaborate(sent).is_ok());
    Ok(is_elaborate(as_told.or(sent.last()).map_or("", String::as_str))?)
}

fn is_elaborate(sent: &str) -> Result<(), Wrong> {
    let (head, body) = sent.split_once("\r\n\r\n").unwrap_or((sent, ""));
    if !head.starts_with("PUT /todos/1 ") {
        let line = head.lines().next().unwrap_or_default();
        return Err(Wrong(format!("it was told to PUT /todos/1, and sent {line:?}")));
    }
    let carries = |line: &str| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case(HEADER) && value.trim() == VALUE)
    };
    if !head.lines().any(carries) {
        return Err(Wrong(format!("it left out the header {HEADER}: {VALUE}")));
    }
    // A body may come in chunks.
    if !body.contains(BODY) {
        return Err(Wrong(format!("it was told to send the body {BODY}, and sent {body:?}")));
    }
    Ok(())
}

/// Certificates are not verified where anybody is to be trusted.
pub(super) fn from_anyone(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    let targets = candidate.targets;
    answered_unless_refused(candidate, &targets.trusting)
}

/// The certificates of a file are trusted where they alone are to be.
pub(super) fn from_one_alone(candidate: &mut Candidate<'_>) -> Result<(), Unmet> {
    let targets = candidate.targets;
    answered_unless_refused(candidate, &targets.alone)
}

fn answered_unless_refused(candidate: &mut Candidate<'_>, target: &Target) -> Result<(), Unmet> {
    let mut driver = candidate.prepared_unless_refused(candidate.preparation(target))?;
    candidate.succeed(&mut driver, 1)?;
    Ok(())
}

/// Whatever is told of the strategy can be read in a line.
pub(super) fn short_facts(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    /// The most letters of a fact: more cannot be read beside those of other strategies.
    const LONGEST: usize = 200;
    let preparation = candidate.preparation(&candidate.targets.good);
    let facts = candidate.started()?.prepare(preparation)?;
    for (name, fact) in &facts {
        if name.trim().is_empty() || fact.trim().is_empty() {
            return Err(Wrong(format!("it told the fact {name:?}: {fact:?}")));
        }
        if fact.chars().count() > LONGEST || fact.chars().any(char::is_control) {
            return Err(Wrong(format!(
                "its fact {name} is no short text of one line, of at most {LONGEST} letters"
            )));
        }
    }
    Ok(())
}

/// Whatever value of a condition is offered works.
pub(super) fn under_every_condition(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    for condition in &candidate.spec.conditions {
        for value in values(&condition.values) {
            let preparation = candidate.preparation_with(&condition.name, &value);
            candidate
                .prepared(preparation)
                .and_then(|mut driver| candidate.succeed(&mut driver, REQUESTS))
                .map_err(|Wrong(why)| Wrong(format!("with {}={value}, {why}", condition.name)))?;
        }
    }
    Ok(())
}

/// One value of each form that a rule accepts, and all of its words.
fn values(rule: &ValueRule) -> Vec<String> {
    let count = rule.count_from.map(|least| least.to_string());
    let time = rule.time_after.as_ref().map(|prefix| format!("{prefix}1ms"));
    rule.words.iter().cloned().chain(count).chain(time).collect()
}

/// Without a trace nothing is noted but what the checks need.
pub(super) fn untraced(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let traced = candidate.preparation(&candidate.targets.good);
    let mut driver = candidate.prepared(Preparation { trace: false, ..traced })?;
    let run = candidate.succeed(&mut driver, REQUESTS)?;
    let needed = [ColumnName::Status, ColumnName::Bytes, ColumnName::Error];
    match run.columns.filled().find(|column| !needed.contains(column)) {
        None => Ok(()),
        Some(column) => Err(Wrong(format!("it filled {} all the same", column.name()))),
    }
}

/// The columns that any trial filled are those that the strategy lists.
pub(super) fn listed_columns(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    // An address needs no lookup.
    const PERHAPS: [ColumnName; 2] =
        [ColumnName::Milestone(Milestone::Resolving), ColumnName::Milestone(Milestone::Resolved)];
    let (listed, filled) = (&candidate.spec.columns, candidate.filled());
    if let Some(extra) = filled.iter().find(|column| !listed.contains(column)) {
        return Err(Wrong(format!("it filled {}, which it does not list", extra.name())));
    }
    let idle = |column: &&ColumnName| !filled.contains(column) && !PERHAPS.contains(column);
    match listed.iter().find(idle) {
        None => Ok(()),
        Some(idle) => Err(Wrong(format!("it lists {}, and never filled it", idle.name()))),
    }
}
