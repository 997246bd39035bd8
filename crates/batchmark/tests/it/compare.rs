//! `batchmark compare`, kept baselines and the gate, as the command line shows them.

use serde_json::Value;

use crate::support::{Ended, Program};

/// A run of two strategies whose server thinks this long.
fn run(program: &Program, think: &str, more: &[&str]) -> Ended {
    let link = format!("rtt=0,think={think}");
    let words = ["-n", "9", "-b", "2", "-s", "sequential,async", "--no-controls", "--link", &link];
    program.run(&[&words[..], more].concat())
}

/// The path of a new recording.
fn recorded(program: &Program, name: &str, think: &str) -> String {
    let file = program.file(name).to_str().expect("a plain path").to_owned();
    let ended = run(program, think, &["--save", &file]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    file
}

#[test]
fn a_slower_arm_fails_the_gate_and_is_named_with_what_else_differs() {
    let program = Program::new();
    let old = recorded(&program, "old.jsonl", "1ms");
    let new = recorded(&program, "new.jsonl", "60ms");
    let compare = |words: &[&str]| program.run(&[&["compare", &old, &new], words].concat());
    let gated = compare(&["--fail-slower", "5%"]);
    assert_eq!(gated.code, Some(4), "{}{}", gated.stdout, gated.stderr);
    assert!(gated.stdout.contains("Slower by more than 5%: ureq/sequential@2"), "{}", gated.stdout);
    assert!(gated.stdout.contains("target: link: rtt=0,tls=on,think=1ms"), "{}", gated.stdout);
    let (differences, arms) = gated.stdout.split_once("new/old").expect("has a table");
    assert!(differences.contains("link") && arms.contains("slower"), "{}", gated.stdout);
    assert_eq!(compare(&[]).code, Some(0));
    let json: Value =
        serde_json::from_str(&compare(&["--json", "-", "--fail-slower", "5%"]).stdout)
            .expect("is JSON");
    assert_eq!(json["schema"], "batchmark-comparison/1");
    assert_eq!(json["gate"]["slower"].as_array().map(Vec::len), Some(2));
    let markdown = compare(&["--markdown", "-"]).stdout;
    assert!(markdown.contains("| `ureq/sequential@2` |"), "{markdown}");
    let back = program.run(&["compare", &new, &old, "--fail-slower", "5%"]);
    assert_eq!(back.code, Some(0), "{}", back.stdout);
}

#[test]
fn a_run_is_compared_with_a_kept_baseline() {
    let program = Program::new();
    let kept = run(&program, "1ms", &["--save-baseline", "main"]);
    assert_eq!(kept.code, Some(0), "{}", kept.stderr);
    let gate = ["--baseline-recording", "main", "--fail-slower", "5%"];
    let slower = run(&program, "60ms", &[&gate[..], &["--save-baseline", "main"]].concat());
    assert_eq!(slower.code, Some(4), "{}{}", slower.stdout, slower.stderr);
    assert!(slower.stdout.contains("Slower by more than 5%"), "{}", slower.stdout);
    assert!(slower.stderr.contains("the baseline was not kept"), "{}", slower.stderr);
    let again = program.run(&[&["report"][..], &gate].concat());
    assert_eq!((again.code, &again.stdout), (Some(4), &slower.stdout));
    let json = program.run(&[&["report", "--json", "-"][..], &gate].concat());
    assert!(serde_json::from_str::<Value>(&json.stdout).is_ok(), "{}", json.stdout);
    assert!(json.stderr.contains("Slower by more than 5%"), "{}", json.stderr);
    let same = program.run(&["compare", "main", "main", "--fail-slower", "5%"]);
    assert_eq!(same.code, Some(0), "{}", same.stdout);
}

#[test]
fn says_why_two_files_cannot_be_compared() {
    let program = Program::new();
    let old = recorded(&program, "old.jsonl", "1ms");
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
