//! Causes that show in how responses arrive, on a server that is not ours.

use super::*;
use model::socket::{SocketRequest, SocketWitness};

/// One response: the pause in it in milliseconds, whether it was acknowledged, and its bytes.
#[derive(Clone, Copy, Debug)]
struct Body {
    pause: u64,
    acknowledged: Option<bool>,
    bytes: u64,
}

/// A batch of two requests in turn, each with such a response.
fn add_batch(sample: &mut Sample, arm: &str, body: Body) {
    let length = 10 + body.pause;
    sample.add_trial(arm, 2 * length);
    let row = |item: u32| {
        let sent = Span::from_millis(u64::from(item) * length);
        let first = sent + Span::from_millis(10);
        SocketRequest {
            item: Some(item),
            ordinal: u64::from(item) + 1,
            status: Some(200),
            writing: sent,
            sent,
            first_byte: Some(first),
            last_byte: Some(first + Span::from_millis(body.pause)),
            read_pause: Some(Span::from_millis(body.pause)),
            acknowledged: body.acknowledged,
            reads: 2,
            bytes_in: body.bytes,
            ..SocketRequest::default()
        }
    };
    let requests = vec![row(0), row(1)];
    let sockets = SocketWitness { requests: requests.into(), ..SocketWitness::default() };
    sample.last_trial().socket = Some(Box::new(sockets));
}

/// The findings of `a/x`, beside an arm that gets `other`.
fn found(body: Body, other: Body) -> Vec<Finding> {
    let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2)]);
    for _ in 0..BLOCKS {
        sample.block(&[]);
        add_batch(&mut sample, "a/x@2", body);
        add_batch(&mut sample, "b/y@2", other);
    }
    findings(sample.without_witness())
}

const AT_ONCE: Body = Body { pause: 0, acknowledged: None, bytes: 300 };

#[test]
fn a_pause_that_ends_with_an_acknowledgement_is_a_delayed_one() {
    let found = found(Body { pause: 43, acknowledged: Some(true), ..AT_ONCE }, AT_ONCE);
    assert_found(&found, FindingCode::DelayedAck, ["a/x@2", "b/y@2"], 86_000);
    assert_not_found(&found, FindingCode::SlowBody);
}

#[test]
fn a_pause_that_ends_sooner_is_the_work_of_the_server() {
    let found = found(Body { pause: 41, acknowledged: Some(false), ..AT_ONCE }, AT_ONCE);
    assert_found(&found, FindingCode::SlowBody, ["a/x@2", "b/y@2"], 82_000);
    assert_not_found(&found, FindingCode::DelayedAck);
}

#[test]
fn each_of_two_slow_arms_has_its_cause() {
    let slow = Body { pause: 60, acknowledged: Some(true), ..AT_ONCE };
    let found = found(slow, slow);
    assert_found(&found, FindingCode::SlowBody, ["a/x@2", ""], 120_000);
    assert_found(&found, FindingCode::SlowBody, ["b/y@2", ""], 120_000);
}

#[test]
fn responses_that_are_smaller_and_later_are_compressed() {
    let small = Body { pause: 100, acknowledged: None, bytes: 100_000 };
    let large = Body { pause: 0, acknowledged: None, bytes: 1_000_000 };
    let found = found(small, large);
    assert_found(&found, FindingCode::Compression, ["a/x@2", "b/y@2"], 200_000);
    assert_not_found(&found, FindingCode::SlowBody);
    assert_not_found(&found, FindingCode::Bandwidth);
}

#[test]
fn responses_that_are_smaller_and_sooner_are_no_fault_of_compression() {
    let small = Body { pause: 5, acknowledged: None, bytes: 100_000 };
    let large = Body { pause: 100, acknowledged: None, bytes: 1_000_000 };
    let found = found(large, small);
    assert_found(&found, FindingCode::Bandwidth, ["a/x@2", "b/y@2"], 190_000);
    assert_not_found(&found, FindingCode::Compression);
}
