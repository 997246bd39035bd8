//! The findings of a whole run: their order, what they are compared with, and when there are none.

use super::*;
use model::failure::FailureKind;

use test_support::sample::failure;

fn prepares(micros: u64) -> Batch {
    single(Steps { preparation: 100 + micros, ..Steps::default() })
}

fn codes(findings: &[Finding]) -> Vec<(FindingCode, &str)> {
    findings.iter().map(|finding| (finding.code, finding.arm.0.as_str())).collect()
}

#[test]
fn sorts_causes_that_leave_no_time_first_and_then_the_largest() {
    let mut sample = run(&[
        ("own/w", &|it| prepares(it.about(10_000))),
        ("own/x", &|it| prepares(it.about(30_000))),
        ("own/y", &|it| single(Steps { lookup: it.about(20_000), ..Steps::default() })),
        ("b/z", &|_| prepares(0)),
    ]);
    let mut unread = sample.plan().arms[0].clone();
    unread.name = ArmName("c/c@1".to_owned());
    sample.plan().arms.push(unread);
    sample.add_failed("c/c@1", &[Some(failure(FailureKind::Unread, "unread"))]);
    let found = findings(sample);
    let expected = [
        (FindingCode::BodyNotRead, "c/c@1"),
        (FindingCode::TlsPreparation, "own/x@1"),
        (FindingCode::Dns, "own/y@1"),
        (FindingCode::TlsPreparation, "own/w@1"),
    ];
    assert_eq!(codes(&found), expected);
    let versus = |finding: &Finding| finding.versus.as_ref().map(|versus| versus.arm.0.clone());
    assert!(found[1..].iter().all(|found| versus(found).as_deref() == Some("b/z@1")));
}

#[test]
fn compares_each_batch_size_with_its_own_fastest_arm() {
    let found = findings(run(&[
        ("own/x", &|it| sequential(2).then(it.about(100))),
        ("b/y", &|_| concurrent(2)),
        ("own/x", &|it| prepares(it.about(10_000))),
        ("b/y", &|_| prepares(0)),
    ]));
    let expected =
        [(FindingCode::SerialRoundTrips, "own/x@2"), (FindingCode::TlsPreparation, "own/x@1")];
    assert_eq!(codes(&found), expected);
}

#[test]
fn reports_nothing_only_where_a_difference_is_known_to_be_small() {
    let equal: [TestArm<'_>; 2] =
        [("a/x", &|it| prepares(it.about(1000))), ("b/y", &|it| prepares(2000 - it.about(1000)))];
    let found = findings(run(&equal));
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    assert_eq!((found[0].code, found[0].versus.as_ref()), (FindingCode::Nothing, None));
    let size = found[0].size.expect("has a size");
    assert!(size.low <= Some(0.0) && Some(0.0) <= size.high, "{:?}", summaries(&found));
    assert_eq!((&found[0].remedy, found[0].because), (&Remedy::Nothing, false));
    assert_eq!(findings(run_of(1, &equal)), []);
    assert_eq!(findings(run(&equal[..1])), []);
    // A waste in an arm is a finding although both arms take equally long.
    let looks_up = |it: Block| single(Steps { lookup: it.about(5000), ..Steps::default() });
    let waste = findings(run(&[("a/x", &looks_up), ("b/y", &looks_up)]));
    assert_eq!(codes(&waste), [(FindingCode::Dns, "a/x@1"), (FindingCode::Dns, "b/y@1")]);
}

#[test]
fn causes_of_a_slower_arm_come_before_larger_ones_of_the_fastest() {
    let slower =
        |it: Block| single(Steps { preparation: it.about(3000), lookup: 5000, ..Steps::default() });
    let fastest = |_: Block| single(Steps { lookup: 5000, ..Steps::default() });
    let found = findings(run(&[("own/x", &slower), ("b/y", &fastest)]));
    let expected = [
        (FindingCode::Dns, "own/x@1"),
        (FindingCode::TlsPreparation, "own/x@1"),
        (FindingCode::Dns, "b/y@1"),
    ];
    assert_eq!(codes(&found), expected);
}

#[test]
fn the_largest_cause_that_one_session_removes_promises_all_that_it_removes() {
    let steps = Steps { lookup: 8000, preparation: 4000, ..Steps::default() };
    let recording = |label: &str| {
        let mut sample =
            run(&[(label, &|it| single(steps).then(it.about(100))), ("b/y", &|_| prepares(0))]);
        set(&mut sample, &format!("{label}@1"), "session", "cold");
        set(&mut sample, "b/y@1", "session", "warm");
        findings(sample)
    };
    let size = |found: &[Finding], arm: &str| {
        the(found, FindingCode::TlsPreparation, arm).size.expect("has a size").seconds
    };
    // A strategy's session can be kept; own code must share its context instead.
    let (kept, shared) = (recording("a/x"), recording("own/x"));
    assert!(size(&kept, "a/x@1") > size(&shared, "own/x@1") + 0.02, "{:?}", summaries(&kept));
}

#[test]
fn the_largest_cause_of_connections_that_are_opened_again_promises_all_that_one_session_removes() {
    let found = |preparation: u64| {
        let steps = [Steps { preparation, ..Steps::default() }; 4];
        let again = opened(Opening::Always, 1, &steps);
        findings(run(&[
            ("own/x", &|it| again.clone().then(it.about(100))),
            ("own/y", &|_| sequential(4)),
        ]))
    };
    let millis = |found: &[Finding], code: FindingCode| {
        1e3 * the(found, code, "own/x@4").size.expect("has a size").seconds
    };
    // Of three openings that are too many, each prepares for 40 ms, and has two round trips of 11.
    let prepares = found(40_000);
    assert_eq!(codes(&prepares)[0], (FindingCode::TlsPreparation, "own/x@4"));
    assert_eq!(prepares[0].remedy, Remedy::ReuseConnections);
    let all = millis(&prepares, FindingCode::TlsPreparation);
    assert!((all - 3.0 * 63.0).abs() < 10.0, "{all}");
    let setup = millis(&prepares, FindingCode::ConnectionSetup);
    assert!(setup < 100.0, "{setup}");
    let connects = found(4000);
    assert_eq!(codes(&connects)[0], (FindingCode::ConnectionSetup, "own/x@4"));
    let all = millis(&connects, FindingCode::ConnectionSetup);
    assert!((all - 3.0 * 27.0).abs() < 10.0, "{all}");
    assert_eq!(the(&connects, FindingCode::TlsPreparation, "own/x@4").remedy, SHARED);
}

/// The remedy of code that prepares TLS for each connection, and has to open several.
const SHARED: Remedy = Remedy::ShareContext(ContextScope::Connection);

#[test]
fn a_single_block_has_no_findings() {
    let found = findings(run_of(1, &[("a/x", &|_| prepares(50_000)), ("b/y", &|_| prepares(0))]));
    assert_eq!(found, []);
    let found = findings(run_of(2, &[("a/x", &|_| prepares(50_000)), ("b/y", &|_| prepares(0))]));
    assert_eq!(codes(&found), [(FindingCode::TlsPreparation, "a/x@1")]);
}

#[test]
fn an_uncertain_gap_has_no_causes() {
    let found = findings(run(&[
        ("a/x", &|it| prepares(it.about(3000)).then(it.wildly(30_000))),
        ("b/y", &|_| prepares(0)),
    ]));
    assert_eq!(codes(&found), [(FindingCode::Nothing, "b/y@1")]);
}

#[test]
fn reports_the_unexplained_part_of_a_gap_with_its_size() {
    let idle = |explained: u64| {
        findings(run(&[
            ("a/x", &move |it| prepares(explained).then(it.about(20_000))),
            ("b/y", &|_| prepares(0)),
        ]))
    };
    let alone = idle(0);
    assert_found(&alone, FindingCode::Unexplained, ["a/x@1", "b/y@1"], 20_000);
    assert_eq!(alone.len(), 1, "{:?}", summaries(&alone));
    let partly = idle(10_000);
    assert_found(&partly, FindingCode::Unexplained, ["a/x@1", "b/y@1"], 20_000);
    assert_found(&partly, FindingCode::TlsPreparation, ["a/x@1", "b/y@1"], 10_000);
    assert_not_found(&idle(200_000), FindingCode::Unexplained);
}

#[test]
fn controls_and_copies_have_no_findings_and_are_compared_with_nothing() {
    let mut sample = run(&[
        ("a/x", &|it| prepares(it.about(20_000))),
        ("b/y", &|_| prepares(0)),
        ("b/y", &|it| single(Steps { lookup: it.about(90_000), ..Steps::default() })),
        ("b/y", &|_| answered_at_once()),
    ]);
    sample.set_role(2, "b/y@1#aa", Role::Aa);
    sample.set_role(3, "b/y@1#delay", Role::Delay);
    let mut recording = sample.end(StopReason::Blocks);
    for place in recording.trials.iter_mut().collect::<Vec<_>>().chunks_mut(4) {
        place[2].arm = ArmName("b/y@1#aa".to_owned());
        place[3].arm = ArmName("b/y@1#delay".to_owned());
    }
    let found = findings_of(&recording);
    assert_eq!(codes(&found), [(FindingCode::TlsPreparation, "a/x@1")]);
    assert_found(&found, FindingCode::TlsPreparation, ["a/x@1", "b/y@1"], 20_000);
}

fn answered_at_once() -> Batch {
    opened(Opening::Never, 1, &[Steps::default()])
}

#[test]
fn every_cause_has_a_rule() {
    let ruled: BTreeSet<FindingCode> =
        rules::RULES.iter().copied().flatten().map(rules::Rule::code).collect();
    let without: Vec<FindingCode> =
        FindingCode::ALL.into_iter().filter(|code| !ruled.contains(code)).collect();
    assert_eq!(without, [FindingCode::Unexplained, FindingCode::Nothing]);
}
