//! Causes that lie at the server and on the link.

use super::*;
use model::failure::FailureKind;

use test_support::sample::failure;

fn queued(micros: u64) -> Batch {
    let steps = Steps { queue: micros, ..Steps::default() };
    batch(4, &[steps; 4])
}

/// Concurrent requests that the server answers this many microseconds later.
fn waits(micros: u64) -> Batch {
    let steps = Steps { wait: 11_200 + micros, ..Steps::default() };
    batch(4, &[steps; 4])
}

/// A body of this many bytes that takes this many microseconds.
fn body(bytes: u64, micros: u64) -> Batch {
    single(Steps { body: micros, ..Steps::default() }).with(|observed| {
        observed.columns.bytes = Some(vec![Some(bytes)]);
        observed.witness.requests[0].body_bytes = bytes;
    })
}

/// A body of this many bytes that the server writes within `written` microseconds and that ends
/// `micros` after its start.
fn delayed(bytes: u64, written: u64, micros: u64) -> Batch {
    body(bytes, micros - 100).with(|observed| {
        let row = &mut observed.witness.requests[0];
        row.last_byte_out = row.first_byte_out.map(|first| first + super::micros(written));
    })
}

/// A request on an open connection that is turned away with this status, and repeated this many
/// microseconds later.
fn turned_away(status: u16, again: &str, later: u64) -> Batch {
    let steps = Steps { wait: 11_200 + later, ..Steps::default() };
    opened(Opening::Never, 1, &[steps]).with(|observed| {
        let first = observed.witness.requests[0].clone();
        let second = &mut observed.witness.requests[0];
        second.ordinal += 1;
        second.last_byte_in = second.last_byte_in + micros(later);
        second.handled = second.last_byte_in;
        again.clone_into(&mut second.path);
        let answered = Some(first.last_byte_in);
        let first = model::witness::RequestRow { status, first_byte_out: answered, ..first };
        observed.witness.requests.insert(0, first);
    })
}

fn answered() -> Batch {
    opened(Opening::Never, 1, &[Steps::default()])
}

#[test]
fn finds_requests_that_wait_at_the_server_compared_and_alone() {
    let arms: [TestArm<'_>; 2] = [("a/x", &|it| queued(it.about(20_000))), ("b/y", &|_| queued(0))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::ServerCapacity, ["a/x@4", "b/y@4"], 20_000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    assert_found(&findings(run(&arms[..1])), FindingCode::ServerCapacity, ["a/x@4", ""], 20_000);
    // Where the endpoint observed no queue there is none, although the client was idle.
    let slower: [TestArm<'_>; 2] = [
        ("a/x", &|it| waits(it.about(20_000)).computing(1000)),
        ("b/y", &|_| waits(0).computing(1000)),
    ];
    assert_not_found(&findings(run(&slower)), FindingCode::ServerCapacity);
}

#[test]
fn long_exchanges_of_an_idle_client_show_a_full_server_without_a_witness() {
    let against = |other: fn() -> Batch, micros: u64, computing: u64| {
        let sample = run(&[
            ("a/x", &move |it| waits(it.about(micros)).computing(computing)),
            ("b/y", &move |_| other().computing(1000)),
        ]);
        findings(sample.without_witness())
    };
    let found = |micros, computing| against(|| sequential(4), micros, computing);
    // Without a witness an exchange lasts until the client has read the response.
    assert_found(&found(20_000, 1000), FindingCode::ServerCapacity, ["a/x@4", ""], 20_000);
    assert_not_found(&found(20_000, 50_000), FindingCode::ServerCapacity);
    assert_not_found(&found(4000, 1000), FindingCode::ServerCapacity);
    // Where as many are in flight, capacity is not the difference.
    assert_not_found(&against(|| waits(0), 20_000, 1000), FindingCode::ServerCapacity);
}

#[test]
fn finds_large_bodies_on_a_narrow_link_compared_and_alone() {
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| body(100_000, it.about(20_000))), ("b/y", &|_| body(100_000, 0))];
    let found = findings(run(&arms).over(narrow_link()));
    assert_found(&found, FindingCode::Bandwidth, ["a/x@1", "b/y@1"], 20_000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    let alone = findings(run(&arms[..1]).over(narrow_link()));
    assert_found(&alone, FindingCode::Bandwidth, ["a/x@1", ""], 20_010);
    let small: [TestArm<'_>; 2] =
        [("a/x", &|it| body(1000, it.about(20_000))), ("b/y", &|_| body(1000, 0))];
    assert_not_found(&findings(run(&small).over(narrow_link())), FindingCode::Bandwidth);
    // Nothing fills a link without a bandwidth.
    assert_not_found(&findings(run(&arms)), FindingCode::Bandwidth);
}

#[test]
fn finds_a_single_request_far_slower_than_the_others() {
    let one_slow = |requests: u64, micros: u64| {
        let mut steps = vec![Steps::default(); requests as usize];
        steps[1].wait += micros;
        batch(requests, &steps)
    };
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| one_slow(5, it.about(50_000))), ("b/y", &|_| one_slow(5, 0))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::Straggler, ["a/x@5", "b/y@5"], 50_000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    assert_found(&findings(run(&arms[..1])), FindingCode::Straggler, ["a/x@5", ""], 50_000);
    // Three requests are too few to know the usual wait, and 5 ms more is within a half of it.
    for (requests, micros) in [(3, 50_000), (5, 5000)] {
        let found = findings(run(&[("a/x", &|it| one_slow(requests, it.about(micros)))]));
        assert_not_found(&found, FindingCode::Straggler);
    }
    let spread: [Steps; 5] =
        [0, 2000, 4000, 6000, 16_000].map(|more| Steps { wait: 11_200 + more, ..Steps::default() });
    assert_not_found(&findings(run(&[("a/x", &|_| batch(5, &spread))])), FindingCode::Straggler);
}

#[test]
fn a_body_end_40_ms_late_is_a_delayed_acknowledgement() {
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| delayed(80, 10, it.about(42_000))), ("b/y", &|_| delayed(80, 10, 100))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::DelayedAck, ["a/x@1", "b/y@1"], 42_000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    assert_found(&findings(run(&arms[..1])), FindingCode::DelayedAck, ["a/x@1", ""], 42_000);
    for other in [
        delayed(80, 10, 30_000),
        delayed(80, 10, 70_000),
        delayed(80, 41_900, 42_000),
        delayed(100_000, 10, 42_000),
    ] {
        let found = findings(run(&[("a/x", &|_| other.clone()), arms[1]]));
        assert_not_found(&found, FindingCode::DelayedAck);
    }
}

#[test]
fn refusals_and_redirects_last_until_the_request_is_repeated() {
    let cases = [
        (429, "/todos/1", FindingCode::Throttled),
        (302, "/there/1", FindingCode::Redirects),
        (401, "/todos/1", FindingCode::RequestsPerItem),
        (200, "/todos/1", FindingCode::RequestsPerItem),
    ];
    for (status, again, code) in cases {
        let arms: [TestArm<'_>; 2] =
            [("a/x", &|it| turned_away(status, again, it.about(20_000))), ("b/y", &|_| answered())];
        let found = findings(run(&arms));
        assert_found(&found, code, ["a/x@1", "b/y@1"], 20_000);
        assert_eq!(found.len(), 1, "{:?}", summaries(&found));
        assert_found(&findings(run(&arms[..1])), code, ["a/x@1", ""], 20_000);
        let answered = |it: Block| turned_away(200, "/other/1", it.about(20_000));
        assert_not_found(&findings(run(&[("a/x", &answered), arms[1]])), code);
    }
}

#[test]
fn an_arm_whose_requests_were_all_turned_away_has_no_time() {
    let findings_with = |status: u16| {
        let mut sample = Sample::new(&[("a/x", 1)]);
        for _ in 0..BLOCKS {
            sample.failed("a/x@1", &[Some(failure(FailureKind::Status, "not 200"))]);
            sample.last_run().columns.status = Some(vec![Some(status)]);
        }
        findings(sample)
    };
    for (status, code) in [(429, FindingCode::Throttled), (307, FindingCode::Redirects)] {
        let found = findings_with(status);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].size, found[0].because), (code, None, false));
    }
    assert_eq!(findings_with(404), []);
}

#[test]
fn an_arm_with_a_time_has_no_cause_for_having_none() {
    for status in [429, 307] {
        let mut sample = run(&[("a/x", &|_| answered())]);
        sample.failed("a/x@1", &[Some(failure(FailureKind::Status, "not 200"))]);
        sample.last_trial().witness = Some(turned_away(status, "/todos/1", 1000).observed.witness);
        assert_eq!(findings(sample), []);
    }
}
