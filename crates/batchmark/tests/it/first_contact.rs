//! The first contact: `batchmark doctor`, `batchmark new`, and what a first run suggests.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::provision;
use crate::support::{Ended, Program, TERMINAL};

/// A checkup as JSON, with nothing on the `PATH` but what is in a folder.
fn checkup(program: &Program, folder: &Path, words: &[&str]) -> Value {
    let path = folder.to_str().expect("a plain path");
    let ended = program.run_with(&[("PATH", path)], &[&["doctor", "--json"], words].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).expect("is JSON")
}

fn point<'a>(checkup: &'a Value, topic: &str, name: &str) -> &'a Value {
    let points = checkup["points"].as_array().expect("are points");
    let found = points.iter().find(|point| point["topic"] == topic && point["name"] == name);
    found.unwrap_or_else(|| panic!("{topic} {name} is not in {checkup}"))
}

#[test]
fn doctor_says_how_to_get_what_is_missing() {
    let program = Program::new();
    let empty = tempfile::tempdir().expect("a folder");
    let found = checkup(&program, empty.path(), &[]);
    assert_eq!(found["schema"], "batchmark-doctor/1");
    for name in ["python", "node", "go", "java", "curl"] {
        let point = point(&found, "programs", name);
        assert_eq!(point["state"], "missing", "{point}");
        assert!(point["remedy"].as_str().is_some_and(|text| text.contains("install")), "{point}");
    }
    assert_eq!(point(&found, "programs", "built-in")["state"], "ok");
    assert!(point(&found, "machine", "cores")["found"].as_str().is_some());
}

#[test]
fn doctor_names_the_libraries_of_a_python_and_whether_it_can_be_watched() {
    let Some(python) = provision::python() else { return };
    let program = Program::new();
    let empty = tempfile::tempdir().expect("a folder");
    let found =
        checkup(&program, empty.path(), &["--python", python.to_str().expect("a plain path")]);
    let point_of_python = point(&found, "programs", "python");
    assert_eq!(point_of_python["state"], "ok", "{found}");
    let versions = point_of_python["versions"].as_array().expect("are versions");
    assert!(versions.iter().any(|module| module["module"] == "requests"), "{point_of_python}");
    let watched = point(&found, "socket_witness", "python");
    assert_eq!(watched["state"], "ok", "{watched}");
}

#[test]
fn doctor_knows_that_go_makes_its_system_calls_itself() {
    if provision::go().is_none() {
        return;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let go = folders.iter().map(|folder| folder.join("go")).find(|go| go.is_file());
    let go = go.expect("go was started by its name");
    let program = Program::new();
    let empty = tempfile::tempdir().expect("a folder");
    let found = checkup(&program, empty.path(), &["--go", go.to_str().expect("a plain path")]);
    assert_eq!(point(&found, "programs", "go")["state"], "ok", "{found}");
    let watched = point(&found, "socket_witness", "go");
    let sentence = watched["found"].as_str().unwrap_or_default();
    assert!(sentence.contains("Go makes them itself"), "{watched}");
}

#[test]
fn doctor_prints_plain_text_without_what_programs_hide_in_it() {
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    let curl = program.script("curl", "#!/bin/sh\nprintf 'curl 9 \\033[2J\\007evil\\n'\n");
    fs::rename(curl, folder.path().join("curl")).expect("is moved");
    let path = folder.path().to_str().expect("a plain path");
    let ended = program.run_with(&[("PATH", path), ("COLUMNS", "180")], &["doctor"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("curl 9"), "{}", ended.stdout);
    assert!(!ended.stdout.contains(['\u{1b}', '\u{7}']), "{}", ended.stdout);
    let widest = ended.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest.is_some_and(|columns| columns <= 100), "{}", ended.stdout);
    assert!(ended.stdout.contains("Machine\nok       system"), "{}", ended.stdout);
}

#[test]
fn doctor_refuses_wrong_arguments() {
    let program = Program::new();
    for words in
        [&["doctor", "extra"][..], &["doctor", "--jsn"], &["doctor", "--json", "/no/such/x"]]
    {
        assert_eq!(program.run(words).code, Some(2), "{words:?}");
    }
}

/// The options that make a run of a plan short.
const SMALL: [&str; 7] = ["-b", "2", "-n", "1", "--no-controls", "--no-witness", "--quiet"];

fn run_in(folder: &Path, program: &Program, words: &[&str]) -> Ended {
    Ended::from(program.command(words).current_dir(folder).output().expect("the program starts"))
}

#[test]
fn new_writes_what_can_be_measured_as_it_is() {
    let Some(python) = provision::python() else { return };
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    let ended = run_in(folder.path(), &program, &["new", "bench"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let expected = "wrote bench/plan.toml and bench/own.py\n\
                    measure them: cd bench && batchmark run plan.toml\n";
    assert_eq!(ended.stdout, expected);
    let bench = folder.path().join("bench");
    let python = ["--python", python.to_str().expect("a plain path")];
    let measured = run_in(&bench, &program, &[&["run", "plan.toml"], &python, &SMALL[..]].concat());
    assert_eq!(measured.code, Some(0), "{}{}", measured.stdout, measured.stderr);
    for arm in ["own/one_by_one", "own/in_threads", "ureq/threads"] {
        assert!(measured.stdout.contains(arm), "{}", measured.stdout);
    }
    let again = run_in(folder.path(), &program, &["new", "bench"]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("bench/plan.toml is there already"), "{}", again.stderr);
}

#[test]
fn new_prints_plain_text_for_a_folder_with_a_strange_name() {
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    let ended = run_in(folder.path(), &program, &["new", "a\u{1b}[2Jb"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("wrote a [2Jb/plan.toml"), "{}", ended.stdout);
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
}

#[test]
fn what_new_leaves_commented_out_can_be_used() {
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run_in(folder.path(), &program, &["new"]).code, Some(0));
    let plan = folder.path().join("plan.toml");
    let text = fs::read_to_string(&plan).expect("was written");
    // A comment has a space behind its mark, an option has none.
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(option) if !option.starts_with(' ') => option,
        _ => line,
    });
    fs::write(&plan, lines.collect::<Vec<_>>().join("\n")).expect("is written");
    let ended = run_in(folder.path(), &program, &["run", "plan.toml", "--dry-run"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for option in ["url = ", "iterations = 20", "budget = ", "why = true", "save = ", "Accept"] {
        assert!(ended.stdout.contains(option), "{option} is not in {}", ended.stdout);
    }
}

#[test]
fn what_new_writes_passes_the_checks_of_the_package() {
    let Some(python) = provision::python() else { return };
    let program = Program::new();
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run_in(folder.path(), &program, &["new"]).code, Some(0));
    let own = folder.path().join("own.py");
    let own = own.to_str().expect("a plain path");
    let cache = folder.path().join("cache");
    for words in [
        &["ruff", "check", "--config", "pyproject.toml", own][..],
        &["ruff", "format", "--check", "--config", "pyproject.toml", own],
        &["mypy", "--strict", own],
    ] {
        let mut command = Command::new(&python);
        command.arg("-m").args(words).current_dir(provision::PACKAGE).stdin(Stdio::null());
        command.env("RUFF_NO_CACHE", "true").env("MYPY_CACHE_DIR", &cache).env("MYPYPATH", ".");
        let ended = Ended::from(command.output().expect("python starts"));
        assert_eq!(ended.code, Some(0), "{words:?}: {}{}", ended.stdout, ended.stderr);
    }
}

/// The title of the suggestions.
const SUGGESTED: &str = "Try next:";

#[test]
fn a_first_run_on_a_terminal_ends_with_two_suggestions() {
    let program = Program::new();
    let run = || {
        let bare = program.command(&[]);
        let mut command = Command::new("python3");
        // The second Ctrl-C would end it at once; the first one lets it print its result.
        command.args(["-c", TERMINAL, "block", "\\x03"]).arg(bare.get_program());
        command.envs(bare.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Ended::from(command.output().expect("python3 starts"))
    };
    let first = run();
    assert_eq!(first.code, Some(0), "{}", first.stdout);
    let (_, suggested) = first.stdout.split_once(SUGGESTED).expect("suggests");
    let commands = suggested.lines().filter(|line| line.trim().starts_with("batchmark "));
    assert_eq!(commands.count(), 2, "{suggested}");
    let second = run();
    assert_eq!(second.code, Some(0), "{}", second.stdout);
    assert!(!second.stdout.contains(SUGGESTED), "{}", second.stdout);
}
