//! Causes of batches over HTTP/2.

use model::http_version::HttpVersion;
use model::witness::{StreamCounts, StreamRow};
use test_support::sample::stream_row;

use super::*;

/// How long an exchange on an open connection takes.
const EXCHANGE: u64 = 11_400;

/// A batch over HTTP/2 that had at most `most` streams open at once, of `limit` that the server allows. All
/// requests were started when the batch began.
fn streams(batch: Batch, most: u64, limit: u64) -> Batch {
    batch.with(|observed| {
        for (id, row) in (0..).zip(&mut observed.witness.requests) {
            let headers_in = row.last_byte_in;
            row.stream = Some(StreamRow { headers_in, open: most, ..stream_row(2 * id + 1) });
        }
        let opened = observed.witness.requests.len() as u64;
        for row in &mut observed.witness.connections {
            row.streams = Some(StreamCounts { http: HttpVersion::Http2, opened, most, limit });
        }
        let begin = observed.columns.at(Milestone::Submitted, 0);
        for started in observed.columns.milestones[Milestone::Started].iter_mut().flatten() {
            *started = begin;
        }
    })
}

/// Four requests on one connection, one stream after another.
fn one_by_one(limit: u64) -> Batch {
    let in_turn = opened(Opening::Once, 1, &[Steps::default(); 4]);
    let handed_over = in_turn.with(|observed| {
        let begin = observed.columns.at(Milestone::Submitted, 0);
        for submitted in observed.columns.milestones[Milestone::Submitted].iter_mut().flatten() {
            *submitted = begin;
        }
    });
    streams(handed_over, 1, limit)
}

fn found_beside(batch: &dyn Fn() -> Batch, version: &str) -> Vec<Finding> {
    let mut sample =
        run(&[("a/x", &|it| batch().then(it.about(100))), ("b/y", &|_| concurrent(4))]);
    set(&mut sample, "a/x@4", "http", version);
    findings(sample)
}

#[test]
fn a_server_that_allows_one_stream_is_a_stream_limit() {
    let found = found_beside(&|| one_by_one(1), "2");
    let limit = the(&found, FindingCode::StreamLimit, "a/x@4");
    assert_eq!(limit.remedy, Remedy::Raise(LimitChange { condition: None, from: Some(1), to: 4 }));
    let charged = limit.charged.expect("has a size").seconds;
    assert!((charged - 3e-6 * EXCHANGE as f64).abs() < 1e-3, "{charged}");
    assert_not_found(&found, FindingCode::NotMultiplexed);
    assert_not_found(&found, FindingCode::WorkerLimit);
}

#[test]
fn one_stream_at_a_time_where_more_are_allowed_is_not_multiplexed() {
    let found = found_beside(&|| one_by_one(100), "2");
    the(&found, FindingCode::NotMultiplexed, "a/x@4");
    assert_not_found(&found, FindingCode::StreamLimit);
    // Over HTTP/1.1 nothing is said of streams.
    let turns = || opened(Opening::Once, 1, &[Steps::default(); 4]);
    let found = found_beside(&turns, "1.1");
    assert_not_found(&found, FindingCode::NotMultiplexed);
}

/// Four requests over one connection as streams, with this many more connections that carried nothing.
fn shared(unused: u64, handshake: u64) -> Batch {
    let steps = Steps { handshake, ..Steps::default() };
    let mut batch = streams(single(steps), 1, 100).with(|observed| {
        for id in 1..=unused {
            let row = observed.witness.connections[0].clone();
            observed.witness.connections.push(model::witness::ConnectionRow {
                id,
                requests: 0,
                ..row
            });
        }
    });
    batch.computed = None;
    batch
}

#[test]
fn connections_that_carry_nothing_over_http2_are_a_fanout() {
    let found = |unused| {
        let slow = move |it: Block| shared(unused, it.about(40_000));
        findings(run(&[("a/x", &slow), ("b/y", &|_| shared(0, 1_000))]))
    };
    let fanout = found(3);
    let the_fanout = the(&fanout, FindingCode::AlpnFanout, "a/x@1");
    let (size, charged) = (the_fanout.size.expect("has one"), the_fanout.charged.expect("has one"));
    assert!((size.seconds - 0.75 * charged.seconds).abs() < 1e-9, "{size:?} of {charged:?}");
    assert_not_found(&fanout, FindingCode::HandshakeCost);
    let alone = found(0);
    assert_not_found(&alone, FindingCode::AlpnFanout);
    the(&alone, FindingCode::HandshakeCost, "a/x@1");
}

/// Two arms of one strategy over these versions of HTTP.
fn versions(
    first: (&str, &dyn Fn(Block) -> Batch),
    second: (&str, &dyn Fn(Block) -> Batch),
) -> Vec<Finding> {
    let labels = [first.0, second.0].map(|version| format!("a/x:http={version}"));
    let mut sample = run(&[(&labels[0], first.1), (&labels[1], second.1)]);
    for (label, version) in labels.iter().zip([first.0, second.0]) {
        set(&mut sample, &format!("{label}@4"), "http", version);
    }
    for arm in &mut sample.plan().arms {
        "a/x".clone_into(&mut arm.strategy);
    }
    findings(sample)
}

#[test]
fn the_same_strategy_that_is_faster_over_http2_shows_what_http1_costs() {
    let in_turn = |it: Block| sequential(4).then(it.about(100));
    let at_once = |_: Block| streams(concurrent(4), 2, 100);
    let found = versions(("1.1", &in_turn), ("2", &at_once));
    let off = the(&found, FindingCode::Http2Off, "a/x:http=1.1@4");
    assert!(off.charged.is_some_and(|size| size.seconds > 0.03), "{off:?}");
    assert_not_found(&found, FindingCode::SerialRoundTrips);
}

#[test]
fn the_same_strategy_that_computes_longer_over_http2_shows_what_http2_costs() {
    let busy = |it: Block| streams(concurrent(4), 2, 100).then(it.about(9_000)).computing(9_500);
    let idle = |_: Block| concurrent(4).computing(500);
    let found = versions(("2", &busy), ("1.1", &idle));
    the(&found, FindingCode::Http2Cpu, "a/x:http=2@4");
    assert_not_found(&found, FindingCode::ClientCpu);
}
