//! Causes that lie in the client's own work.

use super::*;
use model::failure::FailureKind;

use evidence::sample::failure;

fn begun(micros: u64) -> Batch {
    let told = Told::over(1, Opened::Once, micros, &[Steps::default()]);
    Batch { told, after: 0, computed: None }
}

fn by_workers(workers: u64) -> Batch {
    at_once(4).with(|told| *told = told.clone().by_workers(workers))
}

#[test]
fn a_client_that_computes_is_told_beside_another_and_alone() {
    let ways: [Way<'_>; 2] = [
        ("a/x", &|it| at_once(1).then(it.about(60_000)).computing(65_000)),
        ("b/y", &|_| at_once(1).computing(5000)),
    ];
    let found = findings(run(&ways));
    assert_found(&found, FindingCode::ClientCpu, ["a/x@1", "b/y@1"], 60_000);
    assert_eq!(found.len(), 1, "{:?}", told(&found));
    assert_found(&findings(run(&ways[..1])), FindingCode::ClientCpu, ["a/x@1", ""], 60_250);
    assert_not_found(&findings(run(&ways[1..])), FindingCode::ClientCpu);
}

#[test]
fn a_client_that_is_idle_or_that_nobody_watched_does_not_compute() {
    for own in [None, Some(5000)] {
        let idle = |it: Block| {
            let batch = at_once(1).then(it.about(20_000));
            own.map_or(batch.clone(), |own| batch.computing(own))
        };
        let found = findings(run(&[("a/x", &idle), ("b/y", &|_| at_once(1).computing(5000))]));
        assert_not_found(&found, FindingCode::ClientCpu);
        assert_found(&found, FindingCode::Unexplained, ["a/x@1", "b/y@1"], 20_000);
    }
}

#[test]
fn threads_that_share_one_core_are_serialised_and_others_only_compute() {
    let found = |workers, computed| {
        findings(run(&[
            ("a/x", &move |it| by_workers(workers).then(it.about(40_000)).computing(computed)),
            ("b/y", &|_| at_once(4).computing(10_000)),
        ]))
    };
    let one_core = found(4, 74_000);
    assert_found(&one_core, FindingCode::ClientSerialised, ["a/x@4", "b/y@4"], 40_000);
    assert_not_found(&one_core, FindingCode::ClientCpu);
    for (workers, computed) in [(1, 74_000), (4, 37_000), (4, 133_000)] {
        let other = found(workers, computed);
        assert_not_found(&other, FindingCode::ClientSerialised);
        assert_found(&other, FindingCode::ClientCpu, ["a/x@4", "b/y@4"], 40_000);
    }
}

#[test]
fn beginning_each_batch_anew_is_told_beside_another_and_alone() {
    let ways: [Way<'_>; 2] = [("a/x", &|it| begun(it.about(60_000))), ("b/y", &|_| begun(0))];
    let found = findings(run(&ways));
    assert_found(&found, FindingCode::ColdStart, ["a/x@1", "b/y@1"], 60_000);
    assert!(found.len() == 1 && !found[0].because, "{:?}", told(&found));
    assert_found(&findings(run(&ways[..1])), FindingCode::ColdStart, ["a/x@1", ""], 60_020);
    assert_not_found(&findings(run(&ways[1..])), FindingCode::ColdStart);
}

#[test]
fn a_warm_session_proves_the_cold_start_where_it_is_what_differs() {
    let ways: [Way<'_>; 3] = [
        ("a/x", &|it| begun(it.about(30_000))),
        ("b/y", &|_| begun(0)),
        ("a/x#session=warm", &|_| begun(4000)),
    ];
    let found = |versus: &str| {
        let mut sample = run(&ways);
        set(&mut sample, "b/y@1", "session", versus);
        experiment(&mut sample, "a/x@1", FactorKind::WarmSession, "session=warm");
        findings(sample)
    };
    let differs = found("warm");
    assert_found(&differs, FindingCode::ColdStart, ["a/x@1", "b/y@1"], 26_000);
    assert!(the(&differs, FindingCode::ColdStart, "a/x@1").because);
    let same = found("cold");
    assert_found(&same, FindingCode::ColdStart, ["a/x@1", "b/y@1"], 30_000);
    assert!(!the(&same, FindingCode::ColdStart, "a/x@1").because);
    let mut alone = run(&[ways[0], ways[2]]);
    experiment(&mut alone, "a/x@1", FactorKind::WarmSession, "session=warm");
    let alone = findings(alone);
    assert_found(&alone, FindingCode::ColdStart, ["a/x@1", ""], 26_000);
    assert!(alone[0].because);
    // The quickest has nobody to be quicker than; that all begin anew is no news.
    let mut quickest = run(&[ways[0], ways[2], ("b/y", &|_| begun(60_000))]);
    experiment(&mut quickest, "a/x@1", FactorKind::WarmSession, "session=warm");
    assert!(findings(quickest).iter().all(|finding| finding.arm.0 != "a/x@1"));
}

#[test]
fn bodies_that_are_not_read_leave_an_arm_without_a_time() {
    let found = |kind| {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.failed("a/x@1", &[Some(failure(kind, "a response that was never read"))]);
        findings(sample)
    };
    let unread = found(FailureKind::Unread);
    let told = the(&unread, FindingCode::BodyNotRead, "a/x@1");
    assert_eq!((told.seconds, told.versus.as_ref(), told.because), (None, None, false));
    assert_eq!(told.evidence, ["a response that was never read"]);
    assert_eq!(found(FailureKind::Code), []);
}
