//! What the embedded endpoint observed of an arm, or else the socket witness: the handshakes that
//! happened, connections that were kept. How many bytes were sent only the endpoint knows. The version of HTTP
//! the client shows where the endpoint does not.

use std::collections::{BTreeMap, BTreeSet};

use model::time::Span;
use model::witness::TlsAgreement;

use crate::agreement::{Disagreement, Dispute};
use crate::arms::ArmAnalysis;
use evidence::traffic::{Traffic, TrafficRequest};
use evidence::{ArmEvidence, Examined};

/// All facts that were observed, by name; none where neither witness was there.
pub(super) fn facts(
    arm: &ArmAnalysis,
    evidence: &ArmEvidence<'_>,
) -> BTreeMap<&'static str, String> {
    let counted: Vec<&Traffic<'_>> =
        evidence.successes.iter().filter_map(|success| success.traffic.as_ref()).collect();
    // In a stretch of a sampled trial all connections are older.
    let is_whole = |success: &&Examined<'_>| success.run.sampled.is_none();
    let whole: Vec<&Traffic<'_>> = evidence
        .successes
        .iter()
        .filter(is_whole)
        .filter_map(|success| success.traffic.as_ref())
        .collect();
    // Uncounted trials too: a warm session makes its handshakes before the counted ones.
    let trials = || evidence.trials.iter();
    let by_any = trials().filter_map(|trial| Traffic::of_trial(trial));
    let warm = arm.conditions.get("session").is_some_and(|kept| kept == "warm");
    [
        ("tls_version", agreed(by_any, version)),
        ("http", arm.http.clone()),
        ("handshakes", handshakes(&counted).map(str::to_owned)),
        ("connections", within_batch(&counted).map(str::to_owned)),
        // A warm session that opens connections is the caveat `warm_connections`.
        ("session", between_batches(&whole).filter(|_| !warm).map(str::to_owned)),
        ("bytes_read", bytes_read(arm, evidence)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn agreements<'a>(traffic: &Traffic<'a>) -> impl Iterator<Item = &'a TlsAgreement> {
    traffic.opened().filter_map(|connection| connection.tls)
}

fn version(tls: &TlsAgreement) -> String {
    tls.version.clone()
}

/// What the handshakes of trials settled; nothing without any.
fn agreed<'a>(
    trials: impl Iterator<Item = Traffic<'a>>,
    value: fn(&TlsAgreement) -> String,
) -> Option<String> {
    let values: BTreeSet<String> =
        trials.flat_map(|traffic| agreements(&traffic).map(value).collect::<Vec<_>>()).collect();
    (!values.is_empty()).then(|| values.into_iter().collect::<Vec<String>>().join(" and "))
}

fn handshakes(counted: &[&Traffic<'_>]) -> Option<&'static str> {
    let resumed: Vec<bool> =
        counted.iter().flat_map(|traffic| agreements(traffic)).map(|tls| tls.resumed).collect();
    let value = if resumed.contains(&true) { "resumed" } else { "only full handshakes" };
    resumed.first().map(|_| value)
}

/// Whether a connection carried a second request of its batch. Not known where all requests were
/// concurrent: no connection was free to be used again.
fn within_batch(counted: &[&Traffic<'_>]) -> Option<&'static str> {
    if counted.iter().any(|traffic| carried_two(traffic)) {
        return Some("reused within a batch");
    }
    let never = !counted.is_empty() && counted.iter().all(|traffic| could_have_kept(traffic));
    never.then_some("one for each request")
}

fn carried_two(traffic: &Traffic<'_>) -> bool {
    let mut used = BTreeSet::new();
    traffic.requests.iter().any(|request| !used.insert(request.connection))
}

/// Whether a connection was opened for a request after another request had ended.
fn could_have_kept(traffic: &Traffic<'_>) -> bool {
    let opened_at: BTreeMap<u64, Span> =
        traffic.opened().filter_map(|row| Some((row.id, row.opened?))).collect();
    let opened = |request: &TrafficRequest<'_>| opened_at.get(&request.connection).copied();
    let first_end = traffic.requests.iter().filter_map(|request| request.ended).min();
    let last = traffic.requests.iter().filter_map(opened).max();
    first_end.zip(last).is_some_and(|(first_end, last)| last > first_end)
}

/// Whether a batch used connections that had been opened before it.
fn between_batches(counted: &[&Traffic<'_>]) -> Option<&'static str> {
    let older = |traffic: &&Traffic<'_>| {
        let own: BTreeSet<u64> = traffic.opened().map(|row| row.id).collect();
        traffic.requests.iter().any(|request| !own.contains(&request.connection))
    };
    let value =
        if counted.iter().any(older) { "kept from batch to batch" } else { "opened in each batch" };
    counted.iter().any(|traffic| !traffic.requests.is_empty()).then_some(value)
}

/// How much of what the endpoint sent the client reports as read.
fn bytes_read(arm: &ArmAnalysis, evidence: &ArmEvidence<'_>) -> Option<String> {
    let is_seen = evidence.successes.iter().any(|success| success.witness().is_some());
    arm.bytes.filter(|_| is_seen)?;
    let dispute = arm.disagreements.iter().find_map(|about| match about {
        Disagreement::Bytes(Dispute { client, witness, .. }) => Some((client, witness)),
        _ => None,
    });
    Some(match dispute {
        Some((read, sent)) => format!("{read} of {sent} bytes"),
        None => "all that was sent".to_owned(),
    })
}
