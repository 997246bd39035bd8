use super::*;
use explain::analyse;
use insta::assert_snapshot;
use model::arm::{ArmName, Role};
use model::failure::FailureKind;
use model::recording::{Recording, StopReason};
use model::time::Span;
use test_support::noise::Noise;
use test_support::sample::{Sample, failure};

/// A run of twelve blocks of arms with a batch of four, each with its milliseconds and the
/// deviation of its logarithm.
fn run(arms: &[(&str, f64, f64)]) -> Sample {
    let sizes: Vec<(&str, u32)> = arms.iter().map(|&(name, ..)| (name, 4)).collect();
    let mut sample = Sample::new(&sizes);
    let mut noise = Noise::new(3);
    for _ in 0..12 {
        sample.block(&[]);
        for (name, millis, deviation) in arms {
            let nanos = 1e6 * millis * (deviation * noise.normal()).exp();
            sample.add_trial(&format!("{name}@4"), 0);
            let run = sample.last_run();
            run.finished = run.started + Span::from_nanos(nanos as u64);
        }
    }
    sample
}

/// The paragraphs of a run, one a batch size.
fn paragraphs(sample: Sample) -> String {
    write_answer(&sample.end(StopReason::Blocks))
}

fn write_answer(recording: &Recording) -> String {
    let analysis = analyse(recording);
    let paragraphs: Vec<String> =
        analysis.answers.iter().map(|answer| paragraph(answer, &analysis)).collect();
    paragraphs.join("\n")
}

#[test]
fn names_the_fastest_and_how_much_slower_the_others_are() {
    let arms = [("a/x", 100.0, 0.02), ("b/y", 50.0, 0.02), ("c/z", 60.0, 0.02)];
    assert_snapshot!(paragraphs(run(&arms)), @"batch 4: b/y is fastest (50.1 ms). c/z is 1.20× slower [1.18, 1.22]. a/x is 2.00× slower [1.96, 2.03].");
}

#[test]
fn says_that_tied_arms_do_not_differ_measurably() {
    let three = [("a/x", 100.0, 0.02), ("b/y", 50.0, 0.05), ("c/z", 50.5, 0.05)];
    assert_snapshot!(paragraphs(run(&three)), @"batch 4: b/y and c/z are fastest, with no measurable difference between them (50.2 ms). a/x is 1.99× slower [1.93, 2.06].");
    assert_snapshot!(paragraphs(run(&[("a/x", 50.0, 0.05), ("b/y", 50.0, 0.05)])), @"batch 4: no measurable difference between a/x and b/y (49.9 ms).");
}

#[test]
fn gives_no_verdict_that_a_caveat_forbids() {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4), ("a/x", 4)]);
    sample.set_role(2, "a/x@4#aa", Role::Aa);
    for block in 0..12 {
        let jitter = block % 3;
        sample.block(&[("a/x@4", 100 + jitter), ("b/y@4", 50), ("a/x@4#aa", 20 + jitter)]);
    }
    assert_snapshot!(paragraphs(sample), @"batch 4: no verdict, because a caveat forbids it.");
}

#[test]
fn names_the_arms_without_a_time() {
    let refused = || Some(failure(FailureKind::Refused, "refused"));
    let mut sample = run(&[("a/x", 100.0, 0.02)]);
    for name in ["b/y", "c/z"] {
        let mut failed = sample.plan().arms[0].clone();
        failed.name = ArmName(format!("{name}@4"));
        failed.label.0 = name.to_owned();
        sample.plan().arms.push(failed);
        sample.add_failed(&format!("{name}@4"), &[refused(), None, None, None]);
    }
    assert_snapshot!(paragraphs(sample), @"batch 4: a/x takes 100 ms. b/y and c/z have no time, because all of their batches failed: 1 of 4 requests failed in every trial: GET https://127.0.0.1:40001/todos/1 (refused).");
}

#[test]
fn says_why_no_arm_of_a_size_has_a_time() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 2), ("b/y", 2)]);
    for _ in 0..2 {
        sample.block(&[("a/x@1", 10), ("b/y@1", 10)]);
        for arm in ["a/x@2", "b/y@2"] {
            sample.add_failed(arm, &[None, Some(failure(FailureKind::Status, "404"))]);
            sample.last_run().columns.status = Some(vec![Some(200), Some(404)]);
        }
    }
    assert_snapshot!(paragraphs(sample), @"
    batch 1: no measurable difference between a/x and b/y (10.0 ms).
    batch 2: no strategy has a time. a/x and b/y have no time, because all of their batches failed: 1 of 2 requests failed in every trial: GET https://127.0.0.1:40001/todos/2 answered 404.
    ");
}

#[test]
fn one_block_is_perhaps_by_chance() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 4)]);
    sample.block(&[("a/x@1", 100), ("b/y@1", 50), ("a/x@4", 70)]);
    assert_snapshot!(paragraphs(sample), @"
    batch 1: b/y is fastest (50.0 ms). a/x is 2.00× slower, perhaps by chance.
    batch 4: a/x takes 70.0 ms.
    ");
}

#[test]
fn names_the_largest_cause_of_each_arm_and_what_to_change() {
    assert_snapshot!(write_answer(&Sample::three_strategies(12)), @"batch 4: hyper/async is fastest (50.4 ms). ureq/threads is 1.20× slower [1.20, 1.20]: 25.6 of 60.4 ms: work before the first request. Create session, event loop and threads once, for all batches (session=warm). (likely: cold_start) ureq/sequential is 1.99× slower [1.99, 2.00]: 32.7 of 100 ms: one request at a time. Send the requests concurrently, as ureq/threads and hyper/async do. (likely: serial_round_trips)");
}
