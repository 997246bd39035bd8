//! `batchmark tune`: a short run, predictions, and a race of the best.

use crate::support::{BARE, Program};

#[test]
fn races_the_best_candidates_and_names_the_winner() {
    let program = Program::new();
    let words = ["tune", "-s", "ureq/threads:workers=2,session=warm,ureq/sequential", "-b", "4"];
    let rest = ["-n", "3", "--link", "rtt=20ms", "-q"];
    let (ended, recording) = program.record(&[&words[..], &rest, &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("are raced"), "{}", ended.stdout);
    assert!(ended.stdout.contains("best for a batch of 4: "), "{}", ended.stdout);
    let arms = recording.plan.expect("has a plan").arms;
    assert!((2..=4).contains(&arms.len()), "{arms:?}");
    // Unless the machine was so busy that the model refused, four workers are in the race.
    let raced = arms.iter().any(|arm| arm.label.0 == "ureq/threads:session=warm,workers=4");
    assert!(raced || ended.stdout.contains("are not predicted"), "{}", ended.stdout);
}

#[test]
fn searches_one_batch_size() {
    let ended = Program::new().run(&["tune", "-b", "4,16"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("write -b once"), "{}", ended.stderr);
}

#[test]
fn says_why_nothing_can_be_searched() {
    let words = ["tune", "http://127.0.0.1:1/[1-4]", "-s", "ureq/sequential", "-b", "4"];
    let ended = Program::new().run(&[&words[..], &["-q"], &BARE].concat());
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
}
