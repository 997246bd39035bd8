//! Recordings that are cut off, foreign or in danger of being overwritten.

use crate::support::{Ended, Program};

fn report(program: &Program, text: &[u8]) -> Ended {
    let file = program.file("changed.jsonl");
    std::fs::write(&file, text).expect("is written");
    program.run(&["report", file.to_str().expect("a plain path")])
}

fn record(program: &Program) -> Vec<u8> {
    let ended = program.run(&["-n", "2", "-b", "2", "--link", "rtt=0"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    std::fs::read(program.last_recording()).expect("was recorded")
}

#[test]
fn reports_a_recording_that_was_cut_off() {
    let program = Program::new();
    let whole = record(&program);
    let ended = report(&program, &whole[..whole.len() * 9 / 10]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("batch 2"), "{}", ended.stdout);
    assert!(ended.stdout.contains("cut off"), "{}", ended.stdout);
}

#[test]
fn reports_a_recording_with_only_a_header() {
    let program = Program::new();
    let whole = record(&program);
    let header = whole.iter().position(|&byte| byte == b'\n').expect("has lines") + 1;
    let ended = report(&program, &whole[..header]);
    assert!(ended.stdout.contains("The run was cut off"), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn refuses_a_file_that_is_not_a_recording() {
    let program = Program::new();
    let refusal = |text: &str| {
        let ended = report(&program, text.as_bytes());
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        ended.stderr
    };
    assert!(refusal("").contains("it is empty"));
    assert!(refusal("hello\n").contains("not a recording"));
    let newer = "{\"line\":\"header\",\"schema\":\"batchmark-recording/9\"}\n";
    assert!(refusal(newer).contains("use a newer version of batchmark"));
    let absent = program.run(&["report", "/nonexistent"]);
    assert_eq!(absent.code, Some(2));
    assert!(absent.stderr.contains("/nonexistent cannot be read"), "{}", absent.stderr);
}

#[test]
fn says_what_to_type_if_there_is_no_last_recording() {
    let ended = Program::new().run(&["report"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("type `batchmark run` first"), "{}", ended.stderr);
}

#[test]
fn does_not_overwrite_a_recording_with_an_analysis() {
    let program = Program::new();
    let whole = record(&program);
    let file = program.file("kept.jsonl");
    std::fs::write(&file, &whole).expect("is written");
    let path = file.to_str().expect("a plain path");
    let refused = program.run(&["report", "--json", path]);
    assert_eq!(refused.code, Some(2), "{}", refused.stdout);
    assert!(refused.stderr.contains("is a recording"), "{}", refused.stderr);
    assert_eq!(std::fs::read(&file).expect("is there"), whole);
    // An analysis may be overwritten by a newer one.
    let other = program.file("analysis.json");
    for _ in 0..2 {
        let other = other.to_str().expect("a plain path");
        assert_eq!(program.run(&["report", path, "--json", other]).code, Some(0));
    }
}
