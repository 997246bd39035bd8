//! `batchmark compare`, kept baselines and the gate, as the command line shows them.
//!
//! The times of the recordings are made up, so that nothing depends on the machine.

use std::fs;

use serde_json::Value;

use crate::support::Program;

const RUN: [&str; 9] =
    ["-n", "9", "-b", "2", "-s", "sequential,async", "--no-controls", "--link", "rtt=0"];

/// The path of a new recording.
fn recorded(program: &Program, name: &str) -> String {
    let file = program.file(name).to_str().expect("a plain path").to_owned();
    let ended = program.run(&[&RUN[..], &["--save", &file]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    file
}

/// A copy of a recording in which every batch took about this long, on another machine.
pub(crate) fn retimed(program: &Program, recording: &str, name: &str, nanos: u64) -> String {
    let text = fs::read_to_string(recording).expect("is there");
    let retimed = |line: &str| -> String {
        let mut line: Value = serde_json::from_str(line).expect("is JSON");
        if line["line"] == "header" {
            line["environment"]["cpu"] = "Another".into();
        }
        let id = line["id"].as_u64().unwrap_or_default();
        let run = &mut line["outcome"]["ran"];
        if let Some(started) = run["started"].as_str() {
            let started: u64 = started.parse().expect("is a number");
            run["finished"] = (started + nanos + id % 3 * nanos / 100).to_string().into();
        }
        line.to_string()
    };
    let lines: Vec<String> = text.lines().map(retimed).collect();
    program.write(name, &format!("{}\n", lines.join("\n")))
}

#[test]
fn a_slower_arm_fails_the_gate_and_is_named_with_what_else_differs() {
    let program = Program::new();
    let measured = recorded(&program, "measured.jsonl");
    let old = retimed(&program, &measured, "old.jsonl", 100_000_000);
    let new = retimed(&program, &measured, "new.jsonl", 150_000_000);
    let compare = |words: &[&str]| program.run(&[&["compare", &old, &new], words].concat());
    let gated = compare(&["--fail-slower", "5%"]);
    assert_eq!(gated.code, Some(4), "{}{}", gated.stdout, gated.stderr);
    assert!(gated.stdout.contains("Slower by more than 5%: ureq/sequential@2"), "{}", gated.stdout);
    assert_eq!(compare(&[]).code, Some(0));
    assert_eq!(compare(&["--fail-slower", "60%"]).code, Some(0));
    let json = compare(&["--json", "-", "--fail-slower", "5%"]).stdout;
    let json: Value = serde_json::from_str(&json).expect("is JSON");
    assert_eq!(json["schema"], "batchmark-comparison/1");
    assert_eq!(json["gate"]["slower"].as_array().map(Vec::len), Some(2));
    let markdown = compare(&["--markdown", "-"]).stdout;
    assert!(markdown.contains("| `ureq/sequential@2` |"), "{markdown}");
    let back = program.run(&["compare", &new, &old, "--fail-slower", "5%"]);
    assert_eq!(back.code, Some(0), "{}", back.stdout);
    let elsewhere = program.run(&["compare", &measured, &new]);
    let (differences, arms) = elsewhere.stdout.split_once("new/old").expect("has a table");
    assert!(differences.contains("machine: cpu "), "{}", elsewhere.stdout);
    assert!(arms.contains("A difference of machines is not"), "{}", elsewhere.stdout);
}

#[test]
fn a_run_is_compared_with_a_kept_baseline() {
    let program = Program::new();
    let kept = program.run(&[&RUN[..], &["--save-baseline", "main"]].concat());
    assert_eq!(kept.code, Some(0), "{}", kept.stderr);
    let main = program.file("batchmark/baselines/main.jsonl");
    let before = fs::read(&main).expect("was kept");
    assert_eq!(before, fs::read(program.last_recording()).expect("was recorded"));
    let same = program.run(&["report", "--baseline-recording", "main", "--fail-slower", "5%"]);
    assert_eq!(same.code, Some(0), "{}", same.stdout);
    assert!(same.stdout.contains("No arm is slower by more than 5%"), "{}", same.stdout);
    // Nothing takes a microsecond.
    let main_path = main.to_str().expect("a plain path");
    let fast = retimed(&program, main_path, "fast.jsonl", 1000);
    let gate = ["--baseline-recording", &fast, "--fail-slower", "5%"];
    let slower = program.run(&[&RUN[..], &gate, &["--save-baseline", "main"]].concat());
    assert_eq!(slower.code, Some(4), "{}{}", slower.stdout, slower.stderr);
    assert!(slower.stdout.contains("Slower by more than 5%"), "{}", slower.stdout);
    assert!(slower.stderr.contains("the baseline was not kept"), "{}", slower.stderr);
    assert_eq!(fs::read(&main).expect("is still there"), before);
    let again = program.run(&[&["report"][..], &gate].concat());
    assert_eq!((again.code, &again.stdout), (Some(4), &slower.stdout));
    let json = program.run(&[&["report", "--json", "-"][..], &gate].concat());
    assert!(serde_json::from_str::<Value>(&json.stdout).is_ok(), "{}", json.stdout);
    assert!(json.stderr.contains("Slower by more than 5%"), "{}", json.stderr);
}

#[test]
fn says_why_two_files_cannot_be_compared() {
    let program = Program::new();
    let old = recorded(&program, "old.jsonl");
    let other = program.file("other.jsonl").to_str().expect("a plain path").to_owned();
    let words = ["-n", "2", "-b", "3", "--link", "rtt=0", "-s", "async", "--no-controls"];
    let ended = program.run(&[&words[..], &["--save", &other]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let text = program.write("text.jsonl", "not a recording\n");
    let refused = [
        (&["compare", &old, &other][..], "the recordings share no arm"),
        (&["compare", &old, &text], "text.jsonl cannot be reported"),
        (&["compare", "absent", &old], "absent cannot be read"),
        (&["compare", &old, &old, "--fail-slower", "0"], "write a share between 0% and 100%"),
        (&["compare", &old, &old, "--json", "-", "--markdown", "-"], "cannot both write to stdout"),
        (&["compare", &old, &old, "--json", &old], "is a recording that --json would overwrite"),
        (&["report", "--fail-slower", "5%"], "--baseline-recording"),
        (&["run", "--save-baseline", "../main"], "a name has letters"),
        (&["run", "--save-baseline", "main", "--save", "/dev/null"], "--save names a pipe"),
    ];
    for (words, reason) in refused {
        let ended = program.run(words);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{words:?} {}",
            ended.stderr
        );
        assert!(ended.stderr.contains(reason), "{words:?}: {}", ended.stderr);
    }
}
