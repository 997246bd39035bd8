use super::*;
use crate::analyse;
use evidence::noise::Noise;
use evidence::sample::{Sample, failure};
use insta::assert_snapshot;
use model::failure::FailureKind;
use model::recording::StopReason;
use model::time::Span;

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
            sample.and(&format!("{name}@4"), 0);
            let run = sample.last_run();
            run.finished = run.started + Span::from_nanos(nanos as u64);
        }
    }
    sample
}

fn answers_of(sample: Sample) -> Vec<Answer> {
    analyse(&sample.end(StopReason::Blocks)).answers
}

fn only(sample: Sample) -> Answer {
    let mut answers = answers_of(sample);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

fn best(answer: &Answer) -> Vec<&str> {
    answer.best.iter().map(|arm| arm.0.as_str()).collect()
}

#[test]
fn the_quickest_is_best_and_surely_so_where_all_others_are_surely_slower() {
    let answer = only(run(&[("a/x", 100.0, 0.02), ("b/y", 50.0, 0.02), ("c/z", 60.0, 0.02)]));
    assert_eq!((best(&answer), answer.sure), (vec!["b/y@4"], true));
    assert_snapshot!(answer.sentence, @"At batch size 4 use b/y: 50.06 ms, where c/z takes 1.20 [1.18, 1.22] times as long and a/x takes 2.00 [1.96, 2.03] times as long.");
}

#[test]
fn those_that_cannot_be_told_from_the_quickest_are_best_too() {
    let answer = only(run(&[("a/x", 100.0, 0.02), ("b/y", 50.0, 0.05), ("c/z", 50.5, 0.05)]));
    assert_eq!((best(&answer).len(), answer.sure), (2, true));
    assert!(!best(&answer).contains(&"a/x@4"));
    assert_snapshot!(answer.sentence, @"At batch size 4 use b/y and c/z, which are equally quick as far as was measured: 50.18 ms, where a/x takes 1.99 [1.93, 2.06] times as long.");
}

#[test]
fn where_all_are_equally_quick_it_makes_no_difference() {
    let answer = only(run(&[("a/x", 50.0, 0.05), ("b/y", 50.0, 0.05)]));
    assert_eq!((best(&answer).len(), answer.sure), (2, true));
    assert_snapshot!(answer.sentence, @"At batch size 4 it makes no difference that could be measured which you use of a/x and b/y: 49.93 ms.");
}

#[test]
fn a_difference_within_the_margin_does_not_matter_however_sure_it_is() {
    let answer = only(run(&[("a/x", 50.0, 0.0001), ("b/y", 50.7, 0.0001)]));
    assert_eq!(best(&answer), ["a/x@4", "b/y@4"]);
    let answer = only(run(&[("a/x", 50.0, 0.0001), ("b/y", 51.5, 0.0001)]));
    assert_eq!(best(&answer), ["a/x@4"]);
}

#[test]
fn one_that_is_slower_perhaps_by_chance_makes_the_answer_unsure() {
    // Sure alone, and not among nine comparisons.
    let others: Vec<String> = (0..8).map(|number| format!("c/{number}")).collect();
    let mut arms: Vec<(&str, u32)> = vec![("a/x", 4), ("b/y", 4)];
    arms.extend(others.iter().map(|other| (other.as_str(), 4)));
    let mut sample = Sample::new(&arms);
    for block in 0..12 {
        sample.block(&[("a/x@4", 500), ("b/y@4", [491, 622][block % 2])]);
        for other in &others {
            sample.and(&format!("{other}@4"), 1000);
        }
    }
    let answer = only(sample);
    assert_eq!((best(&answer), answer.sure), (vec!["a/x@4"], false));
    let doubted = answer.sentence.matches("by chance").count();
    assert_eq!(doubted, 1, "{}", answer.sentence);
}

#[test]
fn one_that_seems_slower_but_not_surely_is_best_too() {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4)]);
    for block in 0..12 {
        sample.block(&[("a/x@4", 100), ("b/y@4", [90, 130][block % 2])]);
    }
    let mut recording = sample.end(StopReason::Blocks);
    assert_eq!(best(&analyse(&recording).answers[0]), ["a/x@4", "b/y@4"]);
    recording.trials.truncate(4);
    assert_eq!(best(&analyse(&recording).answers[0]).len(), 2);
}

#[test]
fn one_arm_alone_is_told_with_its_time() {
    let answer = only(run(&[("a/x", 100.0, 0.02)]));
    assert_eq!((best(&answer), answer.sure), (vec!["a/x@4"], true));
    assert_snapshot!(answer.sentence, @"At batch size 4, a/x takes 100.27 ms.");
}

#[test]
fn what_a_caveat_forbids_is_not_said() {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4), ("a/x", 4)]);
    sample.as_role(2, "a/x@4#aa", Role::Aa);
    for block in 0..12 {
        let jitter = block % 3;
        sample.block(&[("a/x@4", 100 + jitter), ("b/y@4", 50), ("a/x@4#aa", 20 + jitter)]);
    }
    let answer = only(sample);
    assert_eq!(best(&answer), ["b/y@4"]);
    assert!(!answer.sure && !answer.sentence.contains("b/y takes"), "{}", answer.sentence);
    assert_snapshot!(answer.sentence, @"At batch size 4 nothing can be said: a caveat below forbids a verdict.");
}

#[test]
fn arms_without_a_time_are_named_beside_those_that_have_one() {
    let refused = || Some(failure(FailureKind::Refused, "refused"));
    let beside = |names: &[&str]| {
        let mut sample = run(&[("a/x", 100.0, 0.02)]);
        for name in names {
            let mut failed = sample.plan().arms[0].clone();
            failed.name = ArmName(format!("{name}@4"));
            failed.label.0 = (*name).to_owned();
            sample.plan().arms.push(failed);
            sample.also_failed(&format!("{name}@4"), &[refused(), None, None, None]);
        }
        only(sample)
    };
    let answer = beside(&["b/y"]);
    assert_eq!(best(&answer), ["a/x@4"]);
    assert_snapshot!(answer.sentence, @"At batch size 4, a/x takes 100.27 ms. b/y has no time: none of its batches succeeded.");
    let answer = beside(&["b/y", "c/z"]);
    assert_snapshot!(answer.sentence, @"At batch size 4, a/x takes 100.27 ms. b/y and c/z have no time: none of their batches succeeded.");
    let mut only_failed = Sample::new(&[("a/x", 1)]);
    only_failed.failed("a/x@1", &[refused()]);
    assert_eq!(answers_of(only_failed), []);
}

#[test]
fn one_block_compares_without_an_interval_and_is_not_sure() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 4)]);
    sample.block(&[("a/x@1", 100), ("b/y@1", 50), ("a/x@4", 70)]);
    let answers = answers_of(sample);
    let sizes: Vec<u32> = answers.iter().map(|answer| answer.batch_size.0).collect();
    assert_eq!((sizes, answers[0].sure), (vec![1, 4], false));
    assert_snapshot!(answers[0].sentence, @"At batch size 1 use b/y: 50.00 ms, where a/x takes 100.00 ms (perhaps by chance).");
}

#[test]
fn what_holds_the_others_back_is_said_with_what_to_change() {
    let analysis = analyse(&Sample::three_ways(12));
    let answer = &analysis.answers[0];
    assert!(answer.sure);
    for finding in &analysis.findings {
        let first = analysis.findings.iter().find(|other| other.arm == finding.arm);
        let said = answer.sentence.contains(finding.code.phrase());
        assert!(said || first != Some(finding), "{}: {}", finding.code, answer.sentence);
    }
    assert_snapshot!(answer.sentence, @"At batch size 4 use hyper/async: 50.42 ms, where ureq/threads takes 1.20 [1.20, 1.20] times as long and ureq/sequential takes 1.99 [1.99, 2.00] times as long. Of the 60.42 ms of ureq/threads, 10.00 go with beginning each batch anew; to change it, make session, event loop and threads once, and keep them for all batches. Of the 100.42 ms of ureq/sequential, 33.51 go with round trips one after another; to change it, have the requests under way at once: an async client, or a pool of as many threads as there are requests.");
}
