//! `batchmark whatif`: predictions from a recording, without the network.

use model::time::Span;
use serde_json::Value;

use crate::support::{Ended, Program, RECORDINGS, read_recording};

/// A recording of the documentation.
fn recording(name: &str) -> String {
    format!("{RECORDINGS}/{name}")
}

fn whatif(words: &[&str]) -> Ended {
    let first = recording("first.jsonl");
    Program::new().run(&[&["whatif", first.as_str()], words].concat())
}

fn predictions(words: &[&str]) -> Vec<Value> {
    let ended = whatif(&[words, &["--json", "-"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let mut json: Value = serde_json::from_str(&ended.stdout).expect("is JSON");
    serde_json::from_value(json["predictions"].take()).expect("is a list")
}

fn refusal(words: &[&str]) -> String {
    let ended = whatif(words);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn predicts_every_recorded_arm_and_names_its_bottleneck() {
    let found = predictions(&["--set", "workers=16"]);
    assert_eq!(found.len(), 6);
    let threads = found.iter().find(|it| it["arm"] == "ureq/threads@16").expect("is recorded");
    let [now, seconds, low, high] =
        ["measured_seconds", "seconds", "low", "high"].map(|key| threads[key].as_f64());
    assert!(low < seconds && seconds < high && seconds < now, "{threads}");
    assert_eq!(threads["bottleneck"], "connections");
    assert_eq!(threads["set"]["workers"], "16");
    assert_eq!(threads["refused"], Value::Null);
}

#[test]
fn an_arm_can_be_named_by_its_label_or_its_name() {
    assert_eq!(predictions(&["--arm", "ureq/threads"]).len(), 2);
    let one = predictions(&["--arm", "ureq/threads@16", "-b", "64"]);
    assert_eq!(one.len(), 1);
    assert_eq!((&one[0]["batch_size"], &one[0]["measured_batch_size"]), (&64.into(), &16.into()));
    assert_eq!(one[0]["saved_seconds"], Value::Null);
    let sentence = refusal(&["--arm", "ureq/thread"]);
    assert!(sentence.contains("did you mean ureq/threads?"), "{sentence}");
}

#[test]
fn says_why_an_arm_is_not_predicted() {
    let ended = whatif(&["--set", "http=2"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("hyper/async@4: not predicted: the model does not know what http=2")
    );
    let command = recording("command.jsonl");
    let ended = Program::new().run(&["whatif", &command, "--set", "rtt=20ms"]);
    assert!(ended.stdout.contains("does not reproduce what was"), "{}", ended.stdout);
}

#[test]
fn refuses_a_condition_that_no_recorded_strategy_has() {
    assert!(refusal(&["--set", "wokers=4"]).contains("did you mean workers?"));
    assert!(refusal(&["--set", "workers=none"]).contains("workers must be a number from 1 up"));
    assert!(refusal(&["--set", "rtt=far"]).contains("rtt:"));
    assert!(refusal(&["--set", "workers"]).contains("write NAME=VALUE"));
    assert!(refusal(&["-b", "0"]).contains("write a whole number from 1"));
    let ended = Program::new().run(&["whatif"]);
    assert!(ended.code == Some(2) && ended.stderr.contains("there is no last recording"));
}

/// A program whose last recording is one of the documentation, of which the predictions never change.
fn program_after(name: &str) -> Program {
    let program = Program::new();
    let last = program.last_recording();
    std::fs::create_dir_all(last.parent().expect("is in a folder")).expect("can be created");
    std::fs::copy(recording(name), &last).expect("can be copied");
    program
}

#[test]
fn predicts_from_the_last_recording() {
    let words = ["whatif", "--arm", "ureq/threads@4", "--set", "rtt=31ms", "--json", "-"];
    let ended = program_after("first.jsonl").run(&words);
    let json: Value = serde_json::from_str(&ended.stdout).expect("is JSON");
    let prediction = &json["predictions"][0];
    // TCP, TLS and the exchange, each by 20 ms longer.
    let longer = -prediction["saved_seconds"].as_f64().expect("has the same size");
    assert!((0.055..0.065).contains(&longer), "{prediction}");
}

#[test]
fn a_check_measures_the_changed_condition_beside_the_unchanged_one() {
    let program = program_after("first.jsonl");
    let save = program.file("check.jsonl");
    let file = save.to_str().expect("a plain path");
    let set = ["--arm", "ureq/threads@4", "--set", "workers=2", "--set", "think=3ms"];
    let words = ["whatif", "--check", "--save", file, "--json", "-"];
    let ended = program.run(&[&words[..], &set].concat());
    let json: Value = serde_json::from_str(&ended.stdout).expect("is JSON");
    let prediction = &json["predictions"][0];
    assert!(prediction["check"]["error"].is_f64(), "{prediction}");
    assert!(prediction["check"]["unchanged_seconds"].is_f64(), "{prediction}");
    let plan = read_recording(&save).plan.expect("has a plan");
    let labels: Vec<&str> = plan.arms.iter().map(|arm| arm.label.0.as_str()).collect();
    assert_eq!(labels, ["ureq/threads", "ureq/threads:think=3ms,workers=2"]);
    let think = |place: usize| Some(plan.target_of(&plan.arms[place])?.link.as_ref()?.think);
    assert_eq!([think(0), think(1)], [0, 3].map(|millis| Some(Span::from_millis(millis))));
    assert!(read_recording(&program.last_recording()).plan.is_some(), "the last one stays");
}

#[test]
fn a_check_refuses_what_no_run_can_set_before_it_measures() {
    assert!(refusal(&["--set", "work=x2", "--check"]).contains("work=x2 of ureq/sequential"));
    assert!(refusal(&["--set", "workers=4", "--check"]).contains("workers=4 of ureq/sequential"));
}
