//! `batchmark merge`, as the command line shows it: recordings of one plan, and what is refused.

use std::fs;

use serde_json::Value;

use crate::support::Program;

const RUN: [&str; 8] =
    ["-n", "3", "-s", "sequential,async", "--no-controls", "--no-witness", "--link", "rtt=0"];

/// The path of a new recording of this batch size.
fn recorded(program: &Program, name: &str, batch_size: &str) -> String {
    let file = program.file(name).to_str().expect("a plain path").to_owned();
    let ended = program.run(&[&RUN[..], &["-b", batch_size, "--save", &file]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    file
}

#[test]
fn recordings_of_one_plan_are_merged_place_by_place() {
    let program = Program::new();
    let places = ["paris", "tokyo", "local"];
    let files = places.map(|place| recorded(&program, &format!("{place}.jsonl"), "2"));
    let words: Vec<&str> = files.iter().map(String::as_str).collect();
    let merged = program.run(&[&["merge"][..], &words].concat());
    assert_eq!(merged.code, Some(0), "{}", merged.stderr);
    for text in ["3 places, plan ", "paris, tokyo and local", "mean of places", "a further place"] {
        assert!(merged.stdout.contains(text), "{text} is missing in {}", merged.stdout);
    }
    let json = program.run(&[&["merge", "--json", "-"][..], &words].concat()).stdout;
    let json: Value = serde_json::from_str(&json).expect("is JSON");
    assert_eq!(json["schema"], "batchmark-merge/1");
    assert_eq!(json["ratios"][0]["places"].as_array().map(Vec::len), Some(3));
    assert!(json["ratios"][0]["ratio"].as_f64().is_some_and(|ratio| ratio > 0.0), "{json}");
    let page = program.run(&[&["merge", "--html", "-"][..], &words].concat()).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("a further place"), "{page}");
    let named = program.run(&["merge", &format!("a={}", files[0]), &format!("b={}", files[1])]);
    assert!(named.stdout.starts_with("2 places, plan "), "{}", named.stdout);
    assert!(named.stdout.lines().next().is_some_and(|line| line.ends_with("a and b")));
}

#[test]
fn says_why_recordings_cannot_be_merged() {
    let program = Program::new();
    let one = recorded(&program, "one.jsonl", "2");
    let same = recorded(&program, "same.jsonl", "2");
    let larger = recorded(&program, "larger.jsonl", "3");
    let page = program.file("page").to_str().expect("a plain path").to_owned();
    let file = program.file("both.jsonl").to_str().expect("a plain path").to_owned();
    let both = program.run(&[&RUN[..], &["-b", "2,3", "--save", &file]].concat());
    assert_eq!(both.code, Some(0), "{}", both.stderr);
    let copy = program.write("copy.jsonl", &fs::read_to_string(&one).expect("is there"));
    let text = program.write("text.jsonl", "not a recording\n");
    let header = fs::read_to_string(&one).expect("is there");
    let header = header.lines().next().expect("has a header");
    let pilot = program.write("pilot.jsonl", &format!("{header}\n"));
    let refused = [
        (&["merge"][..], "RECORDING"),
        (&["merge", &one], "name two or more"),
        (&["merge", &one, ""], "name a recording"),
        (&["merge", &one, &one], "are the same run"),
        (&["merge", &one, &copy], "one and copy are the same run"),
        (&["merge", &one, &larger], "share no arm"),
        (&["merge", &one, &file], "they differ in strategies and batch sizes and requests"),
        (&["merge", &one, &text], "text.jsonl cannot be reported"),
        (&["merge", &one, &pilot], "pilot has no plan"),
        (&["merge", &one, "absent"], "absent cannot be read"),
        (&["merge", &one, &larger, "--json", "/nonexistent/file"], "share no arm"),
        (&["merge", &one, &same, "--json", "/nonexistent/file"], "/nonexistent/file"),
        (&["merge", &one, &same, "--html", "/nonexistent/file"], "/nonexistent/file"),
        (&["merge", &one, &same, "--html", &one], "would overwrite"),
        (&["merge", &one, &same, "--html", "-", "--json", "-"], "cannot both write to stdout"),
        (&["merge", &one, &same, "--html", &page, "--json", &page], "name the same file"),
    ];
    for (words, reason) in refused {
        let ended = program.run(words);
        let code = (ended.code, ended.stdout.as_str());
        assert_eq!(code, (Some(2), ""), "{words:?} {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn two_places_of_one_name_must_be_named_apart() {
    let program = Program::new();
    let [one, other] = ["one.jsonl", "other.jsonl"].map(|name| recorded(&program, name, "2"));
    let words = ["merge", &format!("here={one}"), &format!("here={other}")];
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(2), "{}", ended.stdout);
    assert!(ended.stderr.contains("a place named \"here\""), "{}", ended.stderr);
}
