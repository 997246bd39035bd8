use super::*;
use crate::analyse;
use model::failure::FailureKind;
use model::recording::StopReason;
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
fn the_fastest_is_best_and_sure_when_all_others_are_surely_slower() {
    let answer = only(run(&[("a/x", 100.0, 0.02), ("b/y", 50.0, 0.02), ("c/z", 60.0, 0.02)]));
    assert_eq!((best(&answer), answer.sure), (vec!["b/y@4"], true));
}

#[test]
fn arms_tied_with_the_fastest_are_best_too() {
    let answer = only(run(&[("a/x", 100.0, 0.02), ("b/y", 50.0, 0.05), ("c/z", 50.5, 0.05)]));
    assert_eq!((best(&answer).len(), answer.sure), (2, true));
    assert!(!best(&answer).contains(&"a/x@4"));
}

#[test]
fn all_arms_are_best_when_all_are_tied() {
    let answer = only(run(&[("a/x", 50.0, 0.05), ("b/y", 50.0, 0.05)]));
    assert_eq!((best(&answer).len(), answer.sure), (2, true));
}

#[test]
fn a_certain_difference_within_the_margin_is_a_tie() {
    let answer = only(run(&[("a/x", 50.0, 0.0001), ("b/y", 50.7, 0.0001)]));
    assert_eq!(best(&answer), ["a/x@4", "b/y@4"]);
    let answer = only(run(&[("a/x", 50.0, 0.0001), ("b/y", 51.5, 0.0001)]));
    assert_eq!(best(&answer), ["a/x@4"]);
}

#[test]
fn an_arm_that_may_be_slower_by_chance_makes_the_answer_unsure() {
    // Sure alone, and not among nine comparisons.
    let others: Vec<String> = (0..8).map(|number| format!("c/{number}")).collect();
    let mut arms: Vec<(&str, u32)> = vec![("a/x", 4), ("b/y", 4)];
    arms.extend(others.iter().map(|other| (other.as_str(), 4)));
    let mut sample = Sample::new(&arms);
    for block in 0..12 {
        sample.block(&[("a/x@4", 500), ("b/y@4", [491, 622][block % 2])]);
        for other in &others {
            sample.add_trial(&format!("{other}@4"), 1000);
        }
    }
    let answer = only(sample);
    assert_eq!((best(&answer), answer.sure), (vec!["a/x@4"], false));
    let doubted = answer.ranking[1..].iter().filter(|ranked| !ranked.is_surely_slower).count();
    assert_eq!(doubted, 1, "{:?}", answer.ranking);
}

#[test]
fn an_arm_whose_interval_holds_one_is_best_too() {
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
fn a_single_arm_is_best_and_sure() {
    let answer = only(run(&[("a/x", 100.0, 0.02)]));
    assert_eq!((best(&answer), answer.sure), (vec!["a/x@4"], true));
}

#[test]
fn a_veto_makes_the_answer_unsure() {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4), ("a/x", 4)]);
    sample.set_role(2, "a/x@4#aa", Role::Aa);
    for block in 0..12 {
        let jitter = block % 3;
        sample.block(&[("a/x@4", 100 + jitter), ("b/y@4", 50), ("a/x@4#aa", 20 + jitter)]);
    }
    let answer = only(sample);
    assert_eq!(best(&answer), ["b/y@4"]);
    assert!(!answer.sure && answer.vetoed);
}

#[test]
fn lists_arms_without_a_time() {
    let refused = || Some(failure(FailureKind::Refused, "refused"));
    let beside = |names: &[&str]| {
        let mut sample = run(&[("a/x", 100.0, 0.02)]);
        for name in names {
            let mut failed = sample.plan().arms[0].clone();
            failed.name = ArmName(format!("{name}@4"));
            failed.label.0 = (*name).to_owned();
            sample.plan().arms.push(failed);
            sample.add_failed(&format!("{name}@4"), &[refused(), None, None, None]);
        }
        only(sample)
    };
    let without_time =
        |answer: &Answer| answer.without_time.iter().map(ToString::to_string).collect::<Vec<_>>();
    let answer = beside(&["b/y"]);
    assert_eq!(best(&answer), ["a/x@4"]);
    assert_eq!(without_time(&answer), ["b/y@4"]);
    assert_eq!(without_time(&beside(&["b/y", "c/z"])), ["b/y@4", "c/z@4"]);
}

#[test]
fn a_size_at_which_every_batch_failed_has_an_answer_without_a_best_arm() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
    let refused = || Some(failure(FailureKind::Refused, "refused"));
    sample.failed("a/x@1", &[refused()]);
    sample.add_failed("b/y@1", &[refused()]);
    let answer = only(sample);
    assert_eq!((answer.best.len(), answer.ranking.len()), (0, 0));
    assert!(!answer.sure && !answer.vetoed);
    assert_eq!(answer.without_time.len(), 2);
    assert_eq!(answers_of(Sample::new(&[("a/x", 1)])), []);
}

#[test]
fn the_answer_of_one_block_has_no_interval_and_is_not_sure() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 4)]);
    sample.block(&[("a/x@1", 100), ("b/y@1", 50), ("a/x@4", 70)]);
    let answers = answers_of(sample);
    let sizes: Vec<u32> = answers.iter().map(|answer| answer.batch_size.0).collect();
    assert_eq!((sizes, answers[0].sure), (vec![1, 4], false));
}

#[test]
fn ranks_the_arms_by_their_time_with_the_ratio_to_the_fastest() {
    let answer = only(run(&[("a/x", 100.0, 0.02), ("b/y", 50.0, 0.02), ("c/z", 60.0, 0.02)]));
    let ranked: Vec<&str> = answer.ranking.iter().map(|ranked| ranked.arm.0.as_str()).collect();
    assert_eq!(ranked, ["b/y@4", "c/z@4", "a/x@4"]);
    assert_eq!(answer.ranking[0].ratio, None);
    let [low, ratio, high] =
        [answer.ranking[2].low, answer.ranking[2].ratio, answer.ranking[2].high];
    assert!(low < ratio && ratio < high && Some(1.9) < low && high < Some(2.1));
    assert!(answer.ranking[1..].iter().all(|ranked| ranked.is_surely_slower && !ranked.is_tied));
}
