//! Recordings that hold too little, make no sense or were not made by batchmark, in every command and format that
//! reads one.

use std::fs;

use report::export::Format;
use serde_json::{Value, json};
use test_support::wait_until;

use crate::exports::every_format;
use crate::hostile;
use crate::serve::Served;
use crate::support::{Ended, Program, RECORDINGS};

fn documented(name: &str) -> String {
    format!("{RECORDINGS}/{name}.jsonl")
}

/// A copy of a recording with only the lines that `keep` changes and keeps.
fn changed(program: &Program, name: &str, keep: impl Fn(&mut Value) -> bool) -> String {
    let text = fs::read_to_string(documented(name)).expect("is there");
    let lines = text.lines().filter_map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("is JSON");
        keep(&mut line).then(|| line.to_string() + "\n")
    });
    program.write("changed.jsonl", &lines.collect::<String>())
}

/// Whether a line is anything but a counted trial.
fn is_uncounted(line: &Value) -> bool {
    line["stage"]["is"] != "counted"
}

/// What each command says of a recording. None may crash, show what a terminal obeys, or write a file that is
/// no JSON where it should be.
fn read_everywhere(program: &Program, file: &str) -> Vec<(String, Ended)> {
    let files = every_format(program, "files");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let whole = documented("command");
    let commands: [&[&str]; 7] = [
        &["report", file, "--full", "--waterfall"],
        &["report", file],
        &["compare", file, file],
        &["compare", &whole, file],
        &["compare", file, &whole, "--markdown", "-"],
        &["whatif", file, "--set", "rtt=31ms"],
        &[&["report", file], &files[..]].concat(),
    ];
    let ended = commands.map(|words| (words[..2].join(" "), program.run(words)));
    for (command, ended) in &ended {
        check(command, ended);
    }
    for format in Format::ALL {
        let written =
            fs::read_to_string(program.file(&format!("files/{format}"))).unwrap_or_default();
        let is_json = matches!(
            format,
            Format::Json | Format::Har | Format::Trace | Format::Otlp | Format::Bmf | Format::Gha
        );
        assert!(!is_json || written.is_empty() || is_json_text(&written), "{format}: {written}");
        let is_data = is_json || format == Format::Hdr;
        assert!(is_data || !acts(&written), "{format}: {written:?}");
        assert!(!written.contains("NaN"), "{format}: {written}");
    }
    ended.into()
}

fn is_json_text(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

fn check(command: &str, Ended { code, stdout, stderr }: &Ended) {
    assert!(matches!(code, Some(0..=2)), "{command} ended with {code:?}: {stderr}");
    assert!(!stderr.contains("panicked") && !stdout.contains("NaN"), "{command}: {stdout}{stderr}");
    assert!(!acts(stdout), "{command}: {stdout:?}");
    assert!(!acts(stderr), "{command}: {stderr:?}");
    if *code == Some(2) {
        assert!(
            stdout.is_empty() && stderr.starts_with("batchmark: "),
            "{command}: {stdout}{stderr}"
        );
    }
}

/// Whether a text has a character that a terminal obeys, other than a line break.
fn acts(text: &str) -> bool {
    let changes_direction =
        |letter| matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.contains(|letter: char| letter.is_control() && letter != '\n' || changes_direction(letter))
}

#[test]
fn one_trial_has_no_interval_and_no_verdict() {
    let program = Program::new();
    let file = changed(&program, "question", |line| {
        is_uncounted(line) || line["stage"]["block"] == 0 && line["stage"]["slot"] == 0
    });
    let ended = read_everywhere(&program, &file);
    let (_, report) = &ended[1];
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    assert!(!report.stdout.contains('['), "{}", report.stdout);
    assert!(!report.stdout.contains("slower"), "{}", report.stdout);
    let analysis = fs::read_to_string(program.file("files/json")).expect("is written");
    let analysis: Value = serde_json::from_str(&analysis).expect("is JSON");
    let arms = analysis["arms"].as_array().expect("is a list");
    let measured = arms.iter().find(|arm| arm["describe"]["count"] == 1).expect("has one trial");
    assert_eq!(
        (&measured["median_low"], &measured["describe"]["std"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn one_block_has_no_interval_and_says_so() {
    let program = Program::new();
    let file =
        changed(&program, "question", |line| is_uncounted(line) || line["stage"]["block"] == 0);
    let ended = read_everywhere(&program, &file);
    let (_, report) = &ended[1];
    assert!(!report.stdout.contains(", 0.") && !report.stdout.contains('['), "{}", report.stdout);
    let analysis = fs::read_to_string(program.file("files/json")).expect("is written");
    let analysis: Value = serde_json::from_str(&analysis).expect("is JSON");
    for ratio in analysis["ratios"].as_array().expect("is a list") {
        assert_eq!((&ratio["low"], &ratio["high"]), (&Value::Null, &Value::Null), "{ratio}");
        assert_eq!(ratio["verdict"], "inconclusive", "{ratio}");
    }
}

#[test]
fn failed_trials_alone_give_no_time() {
    let program = Program::new();
    let failed = json!({ "kind": "reset", "message": "connection reset" });
    let file = changed(&program, "question", |line| {
        if line["line"] == "trial" {
            let columns = &mut line["outcome"]["ran"]["columns"];
            let requests = columns["bytes"].as_array().map(Vec::len).unwrap_or_default();
            columns["error"] = Value::from(vec![failed.clone(); requests]);
        }
        true
    });
    let ended = read_everywhere(&program, &file);
    let (_, report) = &ended[1];
    assert_eq!(report.code, Some(1), "{}{}", report.stdout, report.stderr);
    assert!(report.stdout.contains("connection reset"), "{}", report.stdout);
    assert!(!report.stdout.contains("fastest"), "{}", report.stdout);
    for empty in ["csv-requests", "hdr"] {
        let written =
            fs::read_to_string(program.file(&format!("files/{empty}"))).expect("is written");
        assert!(!written.contains("Tag="), "{written}");
    }
}

#[test]
fn lost_trials_alone_give_no_time() {
    let program = Program::new();
    let file = changed(&program, "question", |line| {
        if line["line"] == "trial" {
            line["outcome"] =
                json!({ "lost": { "message": "the driver died", "stderr": "line 1" } });
        }
        true
    });
    let ended = read_everywhere(&program, &file);
    let (_, report) = &ended[1];
    assert_eq!(report.code, Some(1), "{}{}", report.stdout, report.stderr);
    assert!(report.stdout.contains("the driver died"), "{}", report.stdout);
}

#[test]
fn impossible_times_crash_nothing() {
    for (started, finished) in [("9", "3"), ("5", "5"), ("0", "18446744073709551615")] {
        let program = Program::new();
        let file = changed(&program, "command", |line| {
            if line["line"] == "trial" {
                line["outcome"]["ran"]["started"] = started.into();
                line["outcome"]["ran"]["finished"] = finished.into();
            }
            true
        });
        read_everywhere(&program, &file);
    }
}

#[test]
fn a_recording_can_be_cut_anywhere() {
    let program = Program::new();
    let whole = fs::read(documented("command")).expect("is there");
    for part in 0..8 {
        let file = program.file("cut.jsonl");
        fs::write(&file, &whole[..whole.len() * part / 8 + part]).expect("is written");
        read_everywhere(&program, file.to_str().expect("a plain path"));
    }
}

#[test]
fn refuses_what_is_no_recording_in_every_command() {
    let program = Program::new();
    let header = fs::read_to_string(documented("command")).expect("is there");
    let header = header.lines().next().expect("has a header");
    let nested = "[".repeat(100_000);
    let texts: [&[u8]; 9] = [
        b"",
        b"\n\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"\xff\xfe\0\0\x1b[31m\n",
        b"{\"line\":\"trial\"}\n",
        nested.as_bytes(),
        &[header.as_bytes(), b"\n\x1b[31m{\"line\":\"\xe2\x80\xaeno\"}\n{}\n"].concat(),
    ];
    for text in texts {
        let file = program.file("foreign.jsonl");
        fs::write(&file, text).expect("is written");
        for (command, ended) in read_everywhere(&program, file.to_str().expect("a plain path")) {
            let Ended { code, stderr, .. } = ended;
            assert_eq!(code, Some(2), "{command} of {text:?}: {stderr}");
            assert!(stderr.contains("foreign.jsonl"), "{command}: {stderr}");
        }
    }
    let folder = program.file("").to_str().expect("a plain path").to_owned();
    for words in [["report", &folder], ["whatif", &folder]] {
        let ended = program.run(&words);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        check(words[0], &ended);
    }
}

#[test]
fn hostile_texts_reach_no_terminal_and_no_file_for_people() {
    let program = Program::new();
    for name in hostile::RECORDINGS {
        let file = hostile::recording(&program, name);
        let file = file.to_str().expect("a plain path");
        let ended = read_everywhere(&program, file);
        let (_, full) = &ended[0];
        assert!(
            full.stdout.contains("<script>alert(1)"),
            "{name} has no hostile text: {}",
            full.stdout
        );
        let served = Served::start(&program, &[file]);
        // The list fills while the recordings are read.
        wait_until("the list shows the recording", || served.get("/").contains("&lt;script&gt;"));
        let list = served.get("/");
        let (_, list) = list.split_once("\r\n\r\n").expect("has a head");
        assert!(!list.contains("<script>alert") && !acts(list), "{list:?}");
    }
}
