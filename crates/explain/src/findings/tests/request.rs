//! Causes that lie in how requests follow each other.

use super::*;
use model::experiment::{Dose, DoseResponse, FactorReason, PredictedGain};

/// The server's and the link's part of an exchange on an open connection.
const EXCHANGE: u64 = 11_170;

fn waves() -> Batch {
    batch(2, &[Steps::default(); 4])
}

#[test]
fn finds_serial_round_trips_compared_and_alone() {
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| sequential(4).then(it.about(100))), ("b/y", &|_| concurrent(4))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::SerialRoundTrips, ["a/x@4", "b/y@4"], 3 * EXCHANGE);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    let alone = findings(run(&arms[..1]));
    assert_found(&alone, FindingCode::SerialRoundTrips, ["a/x@4", ""], 3 * EXCHANGE);
    assert_not_found(&findings(run(&arms[1..])), FindingCode::SerialRoundTrips);
}

#[test]
fn a_slower_server_confirms_serial_requests() {
    // `longer` is what the batch takes longer with a server that is 5 ms slower.
    let because = |longer: u64| {
        let mut sample = run(&[
            ("a/x", &|it| sequential(4).then(it.about(100))),
            ("b/y", &|_| concurrent(4)),
            ("a/x#think=5ms", &|it| sequential(4).then(longer + it.about(100))),
        ]);
        let dose = |think, arm: &str| Dose { think, arm: ArmName(arm.to_owned()) };
        let doses = vec![dose(Span::ZERO, "a/x@4"), dose(Span::from_millis(5), "a/x@4#think=5ms")];
        sample.plan().doses.push(DoseResponse { arm: ArmName("a/x@4".to_owned()), doses });
        the(&findings(sample), FindingCode::SerialRoundTrips, "a/x@4").because
    };
    assert!(because(4 * 5000));
    assert!(!because(2 * 5000));
}

#[test]
fn serial_requests_are_no_cause_where_both_arms_are_serial() {
    let arms: [TestArm<'_>; 2] =
        [("a/x", &|it| sequential(4).then(it.about(9000))), ("b/y", &|_| sequential(4))];
    assert_not_found(&findings(run(&arms)), FindingCode::SerialRoundTrips);
}

#[test]
fn serial_requests_of_several_workers_are_serialised_by_the_client() {
    let found = |workers| {
        let arms: [TestArm<'_>; 2] = [
            ("a/x", &|_| {
                sequential(4).with(|observed| *observed = observed.clone().by_workers(workers))
            }),
            ("b/y", &|_| concurrent(4)),
        ];
        findings(run(&arms))
    };
    let several = found(2);
    assert_found(&several, FindingCode::ClientSerialised, ["a/x@4", "b/y@4"], 3 * EXCHANGE);
    assert_not_found(&several, FindingCode::SerialRoundTrips);
    let by_workers = |_| sequential(4).with(|observed| *observed = observed.clone().by_workers(2));
    let alone = findings(run(&[("a/x", &by_workers)]));
    assert_found(&alone, FindingCode::ClientSerialised, ["a/x@4", ""], 3 * EXCHANGE);
    let one = found(1);
    assert_not_found(&one, FindingCode::ClientSerialised);
    assert_found(&one, FindingCode::SerialRoundTrips, ["a/x@4", "b/y@4"], 3 * EXCHANGE);
}

#[test]
fn finds_too_few_workers_and_more_workers_confirm_it() {
    let arms: [TestArm<'_>; 3] = [
        ("a/x", &|it| waves().then(it.about(100))),
        ("b/y", &|_| concurrent(4)),
        ("a/x#workers=4", &|_| concurrent(4)),
    ];
    let limited = |arms: &[TestArm<'_>]| {
        let mut sample = run(arms);
        set(&mut sample, "a/x@4", "workers", "2");
        sample
    };
    let found = findings(limited(&arms[..2]));
    assert_found(&found, FindingCode::WorkerLimit, ["a/x@4", "b/y@4"], EXCHANGE);
    assert!(found.len() == 1 && !found[0].because, "{:?}", summaries(&found));
    assert_found(&findings(limited(&arms[..1])), FindingCode::WorkerLimit, ["a/x@4", ""], EXCHANGE);
    let mut sample = limited(&arms);
    experiment(&mut sample, "a/x@4", FactorKind::Workers, "workers=4");
    let found = findings(sample);
    assert_found(&found, FindingCode::WorkerLimit, ["a/x@4", "b/y@4"], 11_400 + 100);
    assert!(found[0].because);
    assert_eq!(verdict(&found[0]), Some(ProofVerdict::Confirmed));
}

fn verdict(finding: &Finding) -> Option<ProofVerdict> {
    finding.proof.map(|proof| proof.verdict)
}

#[test]
fn more_workers_that_save_nothing_refute_the_limit_and_that_save_less_show_it() {
    let found = |without: &dyn Fn(Block) -> Batch| {
        let arms: [TestArm<'_>; 3] = [
            ("a/x", &|it| waves().then(it.about(100))),
            ("b/y", &|_| concurrent(4)),
            ("a/x#workers=4", without),
        ];
        let mut sample = run(&arms);
        set(&mut sample, "a/x@4", "workers", "2");
        experiment(&mut sample, "a/x@4", FactorKind::Workers, "workers=4");
        findings(sample).into_iter().find(|found| found.code == FindingCode::WorkerLimit)
    };
    let refuted = found(&|it| waves().then(it.about(150))).expect("is found");
    assert_eq!(verdict(&refuted), Some(ProofVerdict::Refuted));
    assert!(refuted.gains_nothing() && !refuted.because);
    let smaller = found(&|it| concurrent(4).then(it.about(6000))).expect("is found");
    assert_eq!(verdict(&smaller), Some(ProofVerdict::Smaller));
    assert!(smaller.because && !smaller.gains_nothing());
}

#[test]
fn an_experiment_is_judged_by_what_was_predicted_before_it() {
    let found = |seconds: f64| {
        let arms: [TestArm<'_>; 3] = [
            ("a/x", &|it| waves().then(it.about(100))),
            ("b/y", &|_| concurrent(4)),
            ("a/x#workers=4", &|_| concurrent(4)),
        ];
        let mut sample = run(&arms);
        set(&mut sample, "a/x@4", "workers", "2");
        experiment(&mut sample, "a/x@4", FactorKind::Workers, "workers=4");
        let (low, high) = (Some(0.9 * seconds), Some(1.1 * seconds));
        let gain = PredictedGain { seconds, low, high, extrapolated: false };
        let factor = &mut sample.plan().experiments[0].factors[0];
        factor.reason = Some(FactorReason::Prediction(gain));
        let found = findings(sample).into_iter().find(|it| it.code == FindingCode::WorkerLimit);
        found.and_then(|it| it.proof).expect("is proven")
    };
    let too_much = found(0.030);
    assert_eq!(too_much.verdict, ProofVerdict::Smaller);
    assert_eq!(too_much.predicted_before.map(|before| before.seconds), Some(0.030));
    assert_eq!(found(0.011).verdict, ProofVerdict::Confirmed);
}

#[test]
fn a_limit_that_is_not_reached_is_no_cause() {
    let mut sample =
        run(&[("a/x", &|it| concurrent(4).then(it.about(9000))), ("b/y", &|_| concurrent(4))]);
    set(&mut sample, "a/x@4", "workers", "4");
    set(&mut sample, "a/x@4", "pool", "4");
    let found = findings(sample);
    assert_not_found(&found, FindingCode::WorkerLimit);
    assert_not_found(&found, FindingCode::ConnectionLimit);
}

#[test]
fn one_worker_is_a_worker_limit() {
    let mut sample = run(&[("a/x", &|_| sequential(4)), ("b/y", &|_| concurrent(4))]);
    set(&mut sample, "a/x@4", "workers", "1");
    let found = findings(sample);
    assert_found(&found, FindingCode::WorkerLimit, ["a/x@4", "b/y@4"], 3 * EXCHANGE);
    assert_not_found(&found, FindingCode::SerialRoundTrips);
}

#[test]
fn a_pool_that_keeps_too_few_and_opens_others_is_no_connection_limit() {
    let found = |opens, session: &str| {
        let waves = move |_| opened(opens, 2, &[Steps::default(); 4]);
        let all = |_| opened(Opening::Never, 4, &[Steps::default(); 4]);
        let mut sample = run(&[("a/x", &waves), ("b/y", &all)]);
        set(&mut sample, "a/x@4", "pool", "2");
        set(&mut sample, "a/x@4", "session", session);
        findings(sample)
    };
    let kept = found(Opening::Once, "warm");
    the(&kept, FindingCode::PoolOverflow, "a/x@4");
    assert_not_found(&kept, FindingCode::ConnectionLimit);
    // A cold batch has to open some, and a batch that opens none does not wait for others.
    for limit in [found(Opening::Once, "cold"), found(Opening::Never, "warm")] {
        the(&limit, FindingCode::ConnectionLimit, "a/x@4");
        assert_not_found(&limit, FindingCode::PoolOverflow);
    }
}

#[test]
fn a_larger_pool_that_saves_time_shows_what_own_code_limits() {
    let found = |kind: FactorKind| {
        let mut sample = run(&[
            ("own/x", &|it| waves().then(it.about(100))),
            ("b/y", &|_| concurrent(4)),
            ("own/x#more=4", &|_| concurrent(4)),
        ]);
        for condition in ["workers", "pool"] {
            set(&mut sample, "own/x@4", condition, "native");
        }
        experiment(&mut sample, "own/x@4", kind, "more=4");
        findings(sample)
    };
    let connections = found(FactorKind::Pool);
    let limit = the(&connections, FindingCode::ConnectionLimit, "own/x@4");
    assert!(limit.because, "{limit:?}");
    assert_eq!(limit.remedy, Remedy::Raise(LimitChange { condition: None, from: None, to: 4 }));
    assert_not_found(&connections, FindingCode::WorkerLimit);
    let workers = found(FactorKind::Workers);
    assert!(the(&workers, FindingCode::WorkerLimit, "own/x@4").because);
    assert_not_found(&workers, FindingCode::ConnectionLimit);
}

#[test]
fn finds_too_few_connections_where_workers_are_enough() {
    let found = |workers: &str, pool: &str, kind: FactorKind| {
        let setting = "more=4";
        let mut sample = run(&[
            ("a/x", &|it| waves().then(it.about(100))),
            ("b/y", &|_| concurrent(4)),
            ("a/x#more=4", &|_| concurrent(4)),
        ]);
        set(&mut sample, "a/x@4", "workers", workers);
        set(&mut sample, "a/x@4", "pool", pool);
        experiment(&mut sample, "a/x@4", kind, setting);
        findings(sample)
    };
    let connections = found("4", "2", FactorKind::Pool);
    assert_found(&connections, FindingCode::ConnectionLimit, ["a/x@4", "b/y@4"], 11_500);
    assert!(connections[0].because);
    assert_not_found(&connections, FindingCode::WorkerLimit);
    assert_not_found(&connections, FindingCode::PoolOverflow);
    // More workers that help say nothing about connections.
    let other = found("4", "2", FactorKind::Workers);
    assert_found(&other, FindingCode::ConnectionLimit, ["a/x@4", "b/y@4"], EXCHANGE);
    assert!(!other[0].because);
    for (workers, pool) in [("2", "2"), ("2", "4"), ("4", "4")] {
        let places = found(workers, pool, FactorKind::Pool);
        assert_not_found(&places, FindingCode::ConnectionLimit);
        assert_found(&places, FindingCode::WorkerLimit, ["a/x@4", "b/y@4"], EXCHANGE);
    }
}
