//! The words of `witnesses_disagree`.

use explain::caveats::{DisputedArm, WitnessesDisagree};
use explain::{Disagreement, Dispute};
use model::time::Span;

use super::parts::{first_that_fits, one_or_count};
use crate::list::counted;
use crate::number::Decimals;

pub(super) const TITLE: &str =
    "The client and the endpoint contradict each other about the same trials";

pub(super) const PAGE: &str = "\
# witnesses_disagree

The client and the endpoint contradict each other about the same trials.

## What it means

The endpoint observes every request on its own, on the same clock as the client. If both describe
the same trial and cannot both be right, the client is wrong: it may end before its bodies have
arrived, skip bodies, or take its timestamps in the wrong place. Do not trust the times of that
arm.

## How it is detected

Per trial, the number of requests, the bytes of the bodies and the number of connections must be
equal. Several requests for one item count once, and more requests than items are a fact about the
code: see the finding `requests_per_item`. A request cannot arrive before it was sent, and a
response cannot be complete at the client before the endpoint has written it. The times have no
tolerance: both ends take them so that they can only err in the harmless direction. The sentence
shows the trial in which both are farthest apart.

## What to do

- For your own code: check that it reads every body before it returns, and that it makes every
  request.
- For a driver of your own: run `batchmark driver-check COMMAND`.
- For a built-in strategy: report it as a bug, with the recording.
";

pub(super) fn short(WitnessesDisagree { arms }: &WitnessesDisagree) -> String {
    let remedy = short_remedy(arms);
    let name = one_or_count(arms, |disputed| disputed.arm.to_string());
    let first = arms.iter().flat_map(|disputed| &disputed.disagreements).next();
    let dispute = first.map(|disagreement| short_dispute(*disagreement)).unwrap_or_default();
    first_that_fits([
        format!("client and endpoint disagree ({name}: {dispute}): {remedy}"),
        format!("client and endpoint disagree ({name}): {remedy}"),
        format!("client and endpoint disagree: {remedy}"),
    ])
}

pub(super) fn sentence(WitnessesDisagree { arms }: &WitnessesDisagree) -> String {
    let disputed: Vec<String> = arms
        .iter()
        .map(|disputed| {
            let about = disputed.disagreements.iter().map(|about| dispute(*about));
            format!("{} ({})", disputed.arm, about.collect::<Vec<String>>().join("; "))
        })
        .collect();
    format!(
        "A client and the endpoint contradict each other: {}. Do not trust the times of this client: \
         it may end before its bodies have arrived. {}.",
        disputed.join(", "),
        remedy(arms)
    )
}

/// Code of the user's own is in the measured process; a driver can be checked.
fn is_own_code(arms: &[DisputedArm]) -> bool {
    let is_own = |name: &str| name.starts_with("own/") || name.starts_with("command/");
    arms.iter().all(|disputed| is_own(&disputed.arm.0))
}

fn remedy(arms: &[DisputedArm]) -> &'static str {
    match is_own_code(arms) {
        true => "Check that the code makes every request and reads every body before it returns",
        false => "Check its driver (batchmark driver-check)",
    }
}

fn short_remedy(arms: &[DisputedArm]) -> &'static str {
    if is_own_code(arms) { "check the code" } else { "check the driver" }
}

/// Both figures, of the trial in which they are farthest apart.
fn dispute(disagreement: Disagreement) -> String {
    use Disagreement as D;
    match disagreement {
        D::Requests(counts) => between_counts("requests", counts),
        D::Bytes(counts) => between_counts("bytes", counts),
        D::Connections(counts) => between_counts("connections", counts),
        D::Responses(counts) => between_counts("complete responses", counts),
        D::SentLate(times) => between_times("request sent", times),
        D::FirstByteEarly(times) => between_times("first byte received", times),
        D::DoneEarly(times) => between_times("request done", times),
        D::Residence(times) => between_times("all requests took", times),
    }
}

fn between_counts(what: &str, dispute: Dispute<u64>) -> String {
    let Dispute { trials, client, witness } = dispute;
    format!("{what}: client {client}, endpoint {witness}, in {}", counted(trials, "trial"))
}

fn between_times(what: &str, dispute: Dispute<Span>) -> String {
    let (client, witness) = distinguishable(dispute);
    let trials = counted(dispute.trials, "trial");
    format!("{what}: client {client} ms, endpoint {witness} ms, in {trials}")
}

/// Both times in milliseconds, with the decimals that their difference needs.
fn distinguishable(dispute: Dispute<Span>) -> (String, String) {
    let (client, witness) = (dispute.client.as_secs(), dispute.witness.as_secs());
    let decimals = Decimals::for_millis(client - witness);
    (decimals.write_millis(client), decimals.write_millis(witness))
}

fn short_dispute(disagreement: Disagreement) -> String {
    use Disagreement as D;
    let counts = |what: &str, dispute: Dispute<u64>| {
        format!("{what} {} vs {}", dispute.client, dispute.witness)
    };
    let times = |what: &str, dispute: Dispute<Span>| {
        let (client, witness) = distinguishable(dispute);
        format!("{what} {client} vs {witness} ms")
    };
    match disagreement {
        D::Requests(dispute) => counts("requests", dispute),
        D::Bytes(dispute) => counts("bytes", dispute),
        D::Connections(dispute) => counts("connections", dispute),
        D::Responses(dispute) => counts("responses", dispute),
        D::SentLate(dispute) => times("sent", dispute),
        D::FirstByteEarly(dispute) => times("first byte", dispute),
        D::DoneEarly(dispute) => times("done", dispute),
        D::Residence(dispute) => times("requests", dispute),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn disputed(name: &str) -> WitnessesDisagree {
        let bytes = Disagreement::Bytes(Dispute { trials: 12, client: 0, witness: 80 });
        let time = |micros: u64| Span::from_nanos(1000 * micros);
        let done = Dispute { trials: 1, client: time(12_050), witness: time(12_110) };
        let disagreements = vec![bytes, Disagreement::DoneEarly(done)];
        WitnessesDisagree { arms: vec![DisputedArm { arm: arm(name), disagreements }] }
    }

    #[test]
    fn states_both_figures_and_what_to_check() {
        assert_snapshot!(sentence(&disputed("a/x@1")), @"A client and the endpoint contradict each other: a/x@1 (bytes: client 0, endpoint 80, in 12 trials; request done: client 12.050 ms, endpoint 12.110 ms, in 1 trial). Do not trust the times of this client: it may end before its bodies have arrived. Check its driver (batchmark driver-check).");
        assert_snapshot!(short(&disputed("a/x@1")), @"client and endpoint disagree (a/x@1: bytes 0 vs 80): check the driver");
        assert!(sentence(&disputed("own/fetch@1")).ends_with("before it returns."));
    }

    #[test]
    fn the_short_line_fits() {
        assert_short(&short(&disputed(&long_arm().0)));
    }
}
