//! Causes that lie in opening connections.

use super::*;
use model::failure::FailureKind;
use model::witness::Closer;

use test_support::sample::failure;

/// All that opening a connection takes: the name, TCP, and TLS.
const OPENING: u64 = 23_260;
/// The round trips of it.
const TRIPS: u64 = 22_100;

fn prepares(micros: u64) -> Batch {
    single(Steps { preparation: 100 + micros, ..Steps::default() })
}

fn handshakes(micros: u64) -> Batch {
    single(Steps { handshake: 1_040 + micros, ..Steps::default() })
}

/// One end closes each connection, a little after the request on it is done.
fn closed(by: Closer) -> impl FnOnce(&mut SyntheticTrial) {
    move |observed| {
        for row in 0..observed.witness.connections.len() {
            let at = observed.done(row).map(|done| micros(done + 50));
            observed.witness.connections[row].closed = at;
            observed.witness.connections[row].closed_by = Some(by);
        }
    }
}

/// A batch of requests, each on a connection of its own that is closed after it.
fn one_each(places: u64, requests: usize, by: Closer) -> Batch {
    opened(Opening::Always, places, &vec![Steps::default(); requests]).with(closed(by))
}

#[test]
fn finds_a_client_that_prepares_tls_for_each_connection() {
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| prepares(it.about(20_000))), ("b/y", &|_| prepares(0))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::TlsPreparation, ["a/x@1", "b/y@1"], 20_000);
    assert!(!the(&found, FindingCode::TlsPreparation, "a/x@1").because);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    let alone = findings(run(&arms[..1]));
    assert_found(&alone, FindingCode::TlsPreparation, ["a/x@1", ""], 20_100);
}

#[test]
fn a_shared_context_that_removes_the_time_confirms_the_cause() {
    let mut sample = run(&[
        ("a/x", &|it| prepares(it.about(20_000)).then(3000)),
        ("b/y", &|_| prepares(0)),
        ("a/x#context=shared", &|_| prepares(2000).then(3000)),
    ]);
    experiment(&mut sample, "a/x@1", FactorKind::SharedContext, "context=shared");
    let found = findings(sample);
    assert_found(&found, FindingCode::TlsPreparation, ["a/x@1", "b/y@1"], 18_000);
    assert!(the(&found, FindingCode::TlsPreparation, "a/x@1").because);
}

#[test]
fn a_shared_context_that_saves_nothing_does_not_confirm_the_cause() {
    let mut sample = run(&[
        ("a/x", &|it| prepares(it.about(20_000))),
        ("b/y", &|_| prepares(0)),
        ("a/x#context=shared", &|it| prepares(it.about(20_000))),
    ]);
    experiment(&mut sample, "a/x@1", FactorKind::SharedContext, "context=shared");
    assert!(!the(&findings(sample), FindingCode::TlsPreparation, "a/x@1").because);
}

#[test]
fn preparation_that_both_arms_have_or_that_varies_too_much_is_not_found() {
    let both = findings(run(&[
        ("a/x", &|_| prepares(20_000).then(20_000)),
        ("b/y", &|it| prepares(it.about(20_000))),
    ]));
    assert_not_found(&both, FindingCode::TlsPreparation);
    let varies = findings(run(&[
        ("a/x", &|it| prepares(it.wildly(20_000)).then(60_000)),
        ("b/y", &|_| prepares(0)),
    ]));
    assert_not_found(&varies, FindingCode::TlsPreparation);
    assert!(!varies.is_empty());
}

#[test]
fn contention_for_tls_shows_in_cpu_time_per_connection() {
    let evidence = |each: u64, fewer: u64| {
        let found = findings(run(&[
            ("a/x", &move |it| {
                let steps = Steps { preparation: it.about(20_000), ..Steps::default() };
                batch(4, &[steps; 4]).computing(4 * each)
            }),
            ("a/y", &move |_| batch(fewer, &[Steps::default(); 4]).computing(fewer * 10_000)),
            ("b/z", &|_| concurrent(4).computing(8000)),
        ]));
        the(&found, FindingCode::TlsPreparation, "a/x@4").evidence.len()
    };
    let least = evidence(9000, 1);
    assert_eq!(evidence(17_000, 1), least + 1);
    // Hardly more connections are no contention.
    assert_eq!(evidence(17_000, 3), least);
}

#[test]
fn finds_round_trips_that_open_connections() {
    let steps = [Steps::default()];
    let found = findings(run(&[
        ("a/x", &|it| batch(1, &steps).then(it.about(100))),
        ("b/y", &|_| opened(Opening::Never, 1, &steps)),
    ]));
    assert_found(&found, FindingCode::ConnectionSetup, ["a/x@1", "b/y@1"], TRIPS);
    assert_not_found(
        &findings(run(&[("a/x", &|_| single(steps[0]))])),
        FindingCode::ConnectionSetup,
    );
}

#[test]
fn distinguishes_retried_connections_from_slow_ones() {
    let remedy_and_evidence = |unanswered: u64| {
        let steps = Steps { unanswered, ..Steps::default() };
        let found = findings(run(&[
            ("a/x", &|_| opened(Opening::Once, 3, &[steps, steps, Steps::default()])),
            ("b/y", &|it| concurrent(3).then(it.about(100))),
        ]));
        let found = the(&found, FindingCode::ConnectionSetup, "a/x@3").clone();
        (found.remedy, found.evidence.last().cloned())
    };
    let retried = (Remedy::OpenFewerAtOnce, Some(FindingEvidence::RetriedConnects(2.0)));
    assert_eq!(remedy_and_evidence(1_003_000), retried);
    let figure = FindingFigure::ConnectionsOpened;
    let opened = FindingEvidence::Compared { figure, own: 3.0, versus: Some(3.0) };
    assert_eq!(remedy_and_evidence(900_000), (Remedy::Usual, Some(opened)));
}

#[test]
fn an_arm_alone_that_opens_a_connection_for_each_request_in_turn_opens_too_many() {
    let turns = |how| opened(how, 1, &[Steps::default(); 3]);
    let found = findings(run(&[("a/x", &|_| turns(Opening::Always))]));
    assert_found(&found, FindingCode::ConnectionSetup, ["a/x@3", ""], 3 * TRIPS);
    let kept = findings(run(&[("a/x", &|_| turns(Opening::Once))]));
    assert_not_found(&kept, FindingCode::ConnectionSetup);
    assert_not_found(&findings(run(&[("a/x", &|_| concurrent(3))])), FindingCode::ConnectionSetup);
}

#[test]
fn finds_handshake_work_and_resumption_confirms_it() {
    let arms: [TestArm<'_>; 3] = [
        ("a/x", &|it| handshakes(it.about(10_000))),
        ("b/y", &|_| handshakes(0)),
        ("a/x#resumption=on", &|_| handshakes(1000)),
    ];
    let found = findings(run(&arms[..2]));
    assert_found(&found, FindingCode::HandshakeCost, ["a/x@1", "b/y@1"], 10_000);
    assert!(!found[0].because && found.len() == 1, "{:?}", summaries(&found));
    let mut sample = run(&arms);
    experiment(&mut sample, "a/x@1", FactorKind::Resumption, "resumption=on");
    let found = findings(sample);
    assert_found(&found, FindingCode::HandshakeCost, ["a/x@1", "b/y@1"], 9000);
    assert!(found[0].because);
    let equal: [TestArm<'_>; 2] =
        [("a/x", &|it| handshakes(it.about(10_000)).then(9000)), ("b/y", &|_| handshakes(10_000))];
    assert_not_found(&findings(run(&equal)), FindingCode::HandshakeCost);
}

#[test]
fn finds_dns_lookups_compared_and_alone() {
    let looks_up = |micros| single(Steps { lookup: 20 + micros, ..Steps::default() });
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| looks_up(it.about(9000))), ("b/y", &|_| looks_up(0))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::Dns, ["a/x@1", "b/y@1"], 9000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    assert_found(&findings(run(&arms[..1])), FindingCode::Dns, ["a/x@1", ""], 9020);
    assert_not_found(&findings(run(&arms[1..])), FindingCode::Dns);
}

/// Two workers with a pool that keeps one connection: of the two later requests one opens another.
fn keeps_one_of_two() -> Batch {
    one_each(2, 4, Closer::Client).with(|observed| {
        let opening = Milestone::ALL
            .into_iter()
            .filter(|milestone| (Milestone::Resolving..=Milestone::Secured).contains(milestone));
        for milestone in opening {
            let column = observed.columns.milestones[milestone].as_mut();
            column.expect("every milestone is reported")[2] = None;
        }
        observed.columns.connection.as_mut().expect("connections are reported")[2] = Some(0);
        observed.witness.requests[2].connection = 0;
        observed.witness.requests[2].ordinal = 1;
        observed.witness.connections.remove(2);
    })
}

#[test]
fn finds_connections_that_a_pool_discards_and_a_larger_pool_confirms_it() {
    let arms: [TestArm<'_>; 3] = [
        ("a/x", &|it| keeps_one_of_two().then(it.about(100))),
        ("b/y", &|_| concurrent(4)),
        ("a/x#pool=4", &|_| batch(2, &[Steps::default(); 4])),
    ];
    let found = findings(run(&arms[..2]));
    assert_found(&found, FindingCode::PoolOverflow, ["a/x@4", "b/y@4"], OPENING);
    assert!(!the(&found, FindingCode::PoolOverflow, "a/x@4").because);
    assert_found(&findings(run(&arms[..1])), FindingCode::PoolOverflow, ["a/x@4", ""], OPENING);
    let mut sample = run(&arms);
    experiment(&mut sample, "a/x@4", FactorKind::Pool, "pool=4");
    let found = findings(sample);
    assert_found(&found, FindingCode::PoolOverflow, ["a/x@4", "b/y@4"], OPENING + 40 + 100);
    assert!(the(&found, FindingCode::PoolOverflow, "a/x@4").because);
}

#[test]
fn waves_of_requests_that_each_open_a_connection_are_those_of_too_few_workers() {
    let found = findings(run(&[
        ("a/x", &|it| one_each(2, 4, Closer::Client).then(it.about(100))),
        ("b/y", &|_| concurrent(4)),
    ]));
    assert_not_found(&found, FindingCode::PoolOverflow);
    // The endpoint sees a response 30 µs before the client.
    let exchange = Steps::default().wait - 30;
    assert_found(&found, FindingCode::WorkerLimit, ["a/x@4", "b/y@4"], OPENING + exchange);
}

#[test]
fn connections_that_are_kept_or_were_never_meant_to_be_are_not_discarded() {
    let kept = opened(Opening::Always, 2, &[Steps::default(); 4]);
    let closed_at_the_end = kept.clone().with(closed(Closer::Client)).with(|observed| {
        let end = observed.end();
        observed.witness.connections.iter_mut().for_each(|row| row.closed = Some(end));
    });
    for other in
        [kept, closed_at_the_end, one_each(1, 4, Closer::Client), one_each(2, 4, Closer::Server)]
    {
        let found = findings(run(&[("a/x", &|_| other.clone()), ("b/y", &|_| concurrent(4))]));
        assert_not_found(&found, FindingCode::PoolOverflow);
    }
}

#[test]
fn attributes_connections_that_the_server_closes_to_the_server() {
    let arms: [TestArm<'_>; 2] = [
        ("a/x", &|it| one_each(1, 3, Closer::Server).then(it.about(100))),
        ("b/y", &|_| sequential(3)),
    ];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::ClosedByServer, ["a/x@3", "b/y@3"], 2 * OPENING);
    assert_found(
        &findings(run(&arms[..1])),
        FindingCode::ClosedByServer,
        ["a/x@3", ""],
        2 * OPENING,
    );
    let by_client: TestArm<'_> = ("a/x", &|_| one_each(1, 3, Closer::Client));
    let found = findings(run(&[by_client, arms[1]]));
    assert_not_found(&found, FindingCode::ClosedByServer);
    assert_found(&found, FindingCode::ConnectionSetup, ["a/x@3", "b/y@3"], 2 * TRIPS);
}

#[test]
fn an_arm_without_time_whose_connections_the_server_cut_off_has_no_size() {
    let cut_off = |kind, by: Option<Closer>| {
        let mut sample = Sample::new(&[("a/x", 2)]);
        for _ in 0..BLOCKS {
            sample.failed("a/x@2", &[Some(failure(kind, "gone")), None]);
            let mut observed = SyntheticTrial::over(2, Opening::Once, 0, &[Steps::default(); 2]);
            observed.witness.connections[0].closed = Some(micros(20_000));
            observed.witness.connections[0].closed_by = by;
            sample.last_trial().witness = Some(observed.witness);
        }
        findings(sample)
    };
    let found = cut_off(FailureKind::Reset, Some(Closer::Server));
    let closed = the(&found, FindingCode::ClosedByServer, "a/x@2");
    assert_eq!((closed.size, closed.versus.as_ref()), (None, None));
    assert_eq!(cut_off(FailureKind::Reset, Some(Closer::Client)), []);
    assert_eq!(cut_off(FailureKind::Reset, None), []);
    assert_eq!(cut_off(FailureKind::Status, Some(Closer::Server)), []);
}

#[test]
fn an_arm_that_has_a_time_is_not_cut_off() {
    let mut sample = run(&[("a/x", &|_| opened(Opening::Never, 2, &[Steps::default(); 2]))]);
    sample.failed("a/x@2", &[Some(failure(FailureKind::Reset, "gone")), None]);
    let cut = concurrent(2).with(closed(Closer::Server)).with(|observed| {
        observed.witness.connections[0].closed = Some(micros(20_000));
    });
    sample.last_trial().witness = Some(cut.observed.witness);
    assert_not_found(&findings(sample), FindingCode::ClosedByServer);
}
