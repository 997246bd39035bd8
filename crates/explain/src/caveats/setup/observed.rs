//! What the embedded endpoint observed of an arm: the handshakes that happened, connections that were
//! kept, bodies that were read.

use std::collections::{BTreeMap, BTreeSet};

use model::time::Span;
use model::witness::{RequestRow, TlsAgreement, Witness};

use crate::agreement::{Disagreement, Dispute};
use crate::arms::ArmAnalysis;
use evidence::ArmEvidence;

/// All facts that it observed, by name; none where the target is another server.
pub(super) fn facts(
    arm: &ArmAnalysis,
    evidence: &ArmEvidence<'_>,
) -> BTreeMap<&'static str, String> {
    let counted: Vec<&Witness> =
        evidence.successes.iter().filter_map(|success| success.witness()).collect();
    let warm = arm.conditions.get("session").is_some_and(|kept| kept == "warm");
    [
        ("tls_version", agreed(evidence, |tls| tls.version)),
        // Without ALPN the connection speaks HTTP/1.1.
        ("alpn", agreed(evidence, |tls| tls.alpn.unwrap_or_else(|| "http/1.1".to_owned()))),
        ("handshakes", handshakes(&counted).map(str::to_owned)),
        ("connections", within_batch(&counted).map(str::to_owned)),
        // A warm session that opens connections is the caveat `warm_connections`.
        ("session", between_batches(&counted).filter(|_| !warm).map(str::to_owned)),
        ("bytes_read", bytes_read(arm, &counted)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

fn agreements(witness: &Witness) -> impl Iterator<Item = &TlsAgreement> {
    witness.connections.iter().filter_map(|connection| connection.tls.as_ref())
}

/// What the handshakes of all trials settled, uncounted ones too: a warm session makes its handshakes
/// before the counted trials.
fn agreed(arm: &ArmEvidence<'_>, value: fn(TlsAgreement) -> String) -> Option<String> {
    let witnesses = arm.trials.iter().filter_map(|trial| trial.witness.as_ref());
    let values: BTreeSet<String> = witnesses.flat_map(agreements).cloned().map(value).collect();
    (!values.is_empty()).then(|| values.into_iter().collect::<Vec<String>>().join(" and "))
}

fn handshakes(counted: &[&Witness]) -> Option<&'static str> {
    let resumed: Vec<bool> =
        counted.iter().flat_map(|witness| agreements(witness)).map(|tls| tls.resumed).collect();
    let value = if resumed.contains(&true) { "resumed" } else { "only full handshakes" };
    resumed.first().map(|_| value)
}

/// Whether a connection carried a second request of its batch. Not known where all requests were
/// concurrent: no connection was free to be used again.
fn within_batch(counted: &[&Witness]) -> Option<&'static str> {
    if counted.iter().any(|witness| carried_two(witness)) {
        return Some("reused within a batch");
    }
    let never = !counted.is_empty() && counted.iter().all(|witness| could_have_kept(witness));
    never.then_some("one for each request")
}

fn carried_two(witness: &Witness) -> bool {
    let mut used = BTreeSet::new();
    witness.requests.iter().any(|request| !used.insert(request.connection))
}

/// Whether a connection was opened for a request after another request had ended.
fn could_have_kept(witness: &Witness) -> bool {
    let accepted_at: BTreeMap<u64, Span> =
        witness.connections.iter().map(|row| (row.id, row.accepted)).collect();
    let accepted = |request: &RequestRow| accepted_at.get(&request.connection).copied();
    let first_end = witness.requests.iter().filter_map(|request| request.last_byte_out).min();
    let last = witness.requests.iter().filter_map(accepted).max();
    first_end.zip(last).is_some_and(|(first_end, last)| last > first_end)
}

/// Whether a batch used connections that had been opened before it.
fn between_batches(counted: &[&Witness]) -> Option<&'static str> {
    let older = |witness: &&Witness| {
        let own: BTreeSet<u64> = witness.connections.iter().map(|row| row.id).collect();
        witness.requests.iter().any(|request| !own.contains(&request.connection))
    };
    let value =
        if counted.iter().any(older) { "kept from batch to batch" } else { "opened in each batch" };
    counted.iter().any(|witness| !witness.requests.is_empty()).then_some(value)
}

/// How much of what the endpoint sent the client reports as read.
fn bytes_read(arm: &ArmAnalysis, counted: &[&Witness]) -> Option<String> {
    arm.bytes.filter(|_| !counted.is_empty())?;
    let dispute = arm.disagreements.iter().find_map(|about| match about {
        Disagreement::Bytes(Dispute { client, witness, .. }) => Some((client, witness)),
        _ => None,
    });
    Some(match dispute {
        Some((read, sent)) => format!("{read} of {sent} bytes"),
        None => "all that was sent".to_owned(),
    })
}
