//! Causes that lie in the client's own work.

use super::*;
use model::failure::FailureKind;
use model::trial::Outcome;

use test_support::sample::failure;

fn begun(micros: u64) -> Batch {
    let observed = SyntheticTrial::over(1, Opening::Once, micros, &[Steps::default()]);
    Batch { observed, after: 0, computed: None }
}

fn by_workers(workers: u64) -> Batch {
    concurrent(4).with(|observed| *observed = observed.clone().by_workers(workers))
}

#[test]
fn finds_cpu_work_of_a_client_compared_and_alone() {
    let arms: [TestArm<'_>; 2] = [
        ("a/x", &|it| concurrent(1).then(it.about(60_000)).computing(65_000)),
        ("b/y", &|_| concurrent(1).computing(5000)),
    ];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::ClientCpu, ["a/x@1", "b/y@1"], 60_000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    assert_found(&findings(run(&arms[..1])), FindingCode::ClientCpu, ["a/x@1", ""], 60_250);
    assert_not_found(&findings(run(&arms[1..])), FindingCode::ClientCpu);
}

#[test]
fn a_busy_client_that_is_faster_beside_fewer_requests_is_to_make_fewer_at_once() {
    let found = |beside_fewer: u64| {
        let mut sample = run(&[
            ("a/x", &|it| concurrent(4).then(it.about(60_000)).computing(65_000)),
            ("a/x#workers=2", &|_| concurrent(4).then(beside_fewer).computing(beside_fewer)),
        ]);
        experiment(&mut sample, "a/x@4", FactorKind::FewerAtOnce, "workers=2");
        findings(sample)
    };
    let faster = found(20_000);
    let busy = the(&faster, FindingCode::ClientCpu, "a/x@4");
    let Remedy::Lower(limit) = &busy.remedy else { panic!("{:?}", busy.remedy) };
    assert_eq!((limit.condition.as_deref(), limit.to), (Some("workers"), 2));
    assert_eq!(busy.proof.map(|proof| proof.verdict), Some(ProofVerdict::Confirmed));
    assert_found(&faster, FindingCode::ClientCpu, ["a/x@4", ""], 40_000);
    assert_eq!(busy.changed_limits(), [("workers".to_owned(), "2".to_owned())].into());
    let slower = found(80_000);
    let busy = the(&slower, FindingCode::ClientCpu, "a/x@4");
    assert_eq!((&busy.remedy, busy.because, busy.proof), (&Remedy::Usual, false, None));
}

#[test]
fn finds_the_cpu_work_of_the_processes_that_a_client_starts() {
    let found = |children: u64| {
        let sample = run(&[
            ("a/x", &|it| concurrent(1).then(it.about(60_000)).computing(5000)),
            ("b/y", &|_| concurrent(1).computing(5000)),
        ]);
        let mut recording = sample.end(StopReason::Blocks);
        for trial in recording.trials.iter_mut().filter(|trial| trial.arm.0 == "a/x@1") {
            let Outcome::Ran(run) = &mut trial.outcome else { panic!("was lost") };
            run.usage.children = Some(Span::from_millis(children));
        }
        analyse(&recording).findings
    };
    let busy = found(55);
    assert_found(&busy, FindingCode::ClientCpu, ["a/x@1", "b/y@1"], 60_000);
    assert_eq!(the(&busy, FindingCode::ClientCpu, "a/x@1").remedy, Remedy::StartFewerProcesses);
    assert_found(&found(20), FindingCode::Unexplained, ["a/x@1", "b/y@1"], 60_000);
}

#[test]
fn finds_no_cpu_work_in_an_idle_or_unmeasured_client() {
    for own in [None, Some(5000)] {
        let idle = |it: Block| {
            let batch = concurrent(1).then(it.about(20_000));
            own.map_or(batch.clone(), |own| batch.computing(own))
        };
        let found = findings(run(&[("a/x", &idle), ("b/y", &|_| concurrent(1).computing(5000))]));
        assert_not_found(&found, FindingCode::ClientCpu);
        assert_found(&found, FindingCode::Unexplained, ["a/x@1", "b/y@1"], 20_000);
    }
}

#[test]
fn threads_that_share_one_core_are_serialised_and_others_only_compute() {
    let found = |workers, computed| {
        findings(run(&[
            ("a/x", &move |it| by_workers(workers).then(it.about(40_000)).computing(computed)),
            ("b/y", &|_| concurrent(4).computing(10_000)),
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
fn finds_a_cold_start_compared_and_alone() {
    let arms: [TestArm<'_>; 2] = [("a/x", &|it| begun(it.about(60_000))), ("b/y", &|_| begun(0))];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::ColdStart, ["a/x@1", "b/y@1"], 60_000);
    assert!(found.len() == 1 && !found[0].because, "{:?}", summaries(&found));
    assert_found(&findings(run(&arms[..1])), FindingCode::ColdStart, ["a/x@1", ""], 60_020);
    assert_not_found(&findings(run(&arms[1..])), FindingCode::ColdStart);
}

#[test]
fn a_warm_session_confirms_the_cold_start_where_the_session_differs() {
    let arms: [TestArm<'_>; 3] = [
        ("a/x", &|it| begun(it.about(30_000))),
        ("b/y", &|_| begun(0)),
        ("a/x#session=warm", &|_| begun(4000)),
    ];
    let found = |versus: &str| {
        let mut sample = run(&arms);
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
    let mut alone = run(&[arms[0], arms[2]]);
    experiment(&mut alone, "a/x@1", FactorKind::WarmSession, "session=warm");
    let alone = findings(alone);
    assert_found(&alone, FindingCode::ColdStart, ["a/x@1", ""], 26_000);
    assert!(alone[0].because);
    // The fastest arm is compared with nothing, and every arm here starts cold.
    let mut fastest = run(&[arms[0], arms[2], ("b/y", &|_| begun(60_000))]);
    experiment(&mut fastest, "a/x@1", FactorKind::WarmSession, "session=warm");
    assert!(findings(fastest).iter().all(|finding| finding.arm.0 != "a/x@1"));
}

#[test]
fn bodies_that_are_not_read_leave_an_arm_without_a_time() {
    let findings_with = |kind| {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.failed("a/x@1", &[Some(failure(kind, "a response that was never read"))]);
        findings(sample)
    };
    let unread = findings_with(FailureKind::Unread);
    let found = the(&unread, FindingCode::BodyNotRead, "a/x@1");
    assert_eq!((found.size, found.versus.as_ref(), found.because), (None, None, false));
    let message = "a response that was never read".to_owned();
    assert_eq!(found.evidence, [FindingEvidence::Reported(message)]);
    assert_eq!(findings_with(FailureKind::Code), []);
}
