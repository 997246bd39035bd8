//! What the embedded endpoint observed of an arm: the handshakes that really happened, connections
//! that were kept, bodies that were read.

use std::collections::{BTreeMap, BTreeSet};

use model::time::Span;
use model::witness::{RequestRow, TlsAgreement, Witness};

use crate::agreement::{Disagreement, Dispute};
use crate::arms::ArmAnalysis;
use evidence::ArmEvidence;

/// All that it observed, by name; nothing where it took no part.
pub(super) fn of_arm(
    arm: &ArmAnalysis,
    evidence: &ArmEvidence<'_>,
) -> BTreeMap<&'static str, String> {
    let counted: Vec<&Witness> =
        evidence.successes.iter().filter_map(|success| success.witness()).collect();
    let warm = arm.conditions.get("session").is_some_and(|kept| kept == "warm");
    [
        ("tls_version", agreed(evidence, |tls| tls.version)),
        // Without ALPN it is HTTP/1.1 that is spoken.
        ("alpn", agreed(evidence, |tls| tls.alpn.unwrap_or_else(|| "http/1.1".to_owned()))),
        ("handshakes", handshakes(&counted).map(str::to_owned)),
        ("connections", within_batch(&counted).map(str::to_owned)),
        // A warm session that opens connections is a caveat of its own.
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

/// What the handshakes of all trials settled: those of a warm session were made before the counted
/// ones.
fn agreed(arm: &ArmEvidence<'_>, term: fn(TlsAgreement) -> String) -> Option<String> {
    let witnesses = arm.trials.iter().filter_map(|trial| trial.witness.as_ref());
    let words: BTreeSet<String> = witnesses.flat_map(agreements).cloned().map(term).collect();
    (!words.is_empty()).then(|| words.into_iter().collect::<Vec<String>>().join(" and "))
}

fn handshakes(counted: &[&Witness]) -> Option<&'static str> {
    let resumed: Vec<bool> =
        counted.iter().flat_map(|witness| agreements(witness)).map(|tls| tls.resumed).collect();
    let word = if resumed.contains(&true) { "resumed" } else { "only full handshakes" };
    resumed.first().map(|_| word)
}

/// Whether a connection carried a second request of its batch. Where all requests were under way at
/// once there was none to keep, and nothing is known.
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

/// Whether a connection was opened for a request after another request was over.
fn could_have_kept(witness: &Witness) -> bool {
    let accepted_at: BTreeMap<u64, Span> =
        witness.connections.iter().map(|row| (row.id, row.accepted)).collect();
    let accepted = |request: &RequestRow| accepted_at.get(&request.connection).copied();
    let over = witness.requests.iter().filter_map(|request| request.last_byte_out).min();
    let last = witness.requests.iter().filter_map(accepted).max();
    over.zip(last).is_some_and(|(over, last)| last > over)
}

/// Whether a batch used connections that were open before it.
fn between_batches(counted: &[&Witness]) -> Option<&'static str> {
    let older = |witness: &&Witness| {
        let own: BTreeSet<u64> = witness.connections.iter().map(|row| row.id).collect();
        witness.requests.iter().any(|request| !own.contains(&request.connection))
    };
    let word =
        if counted.iter().any(older) { "kept from batch to batch" } else { "opened in each batch" };
    counted.iter().any(|witness| !witness.requests.is_empty()).then_some(word)
}

/// How much of what was sent the client says that it read.
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
