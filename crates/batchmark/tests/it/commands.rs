//! Commands as strategies: their arguments, their time and their failures.

use std::fs;

use crate::interrupt::Running;
use crate::support::{BARE, Ended, Program};

/// Measures commands: one block of a batch of two.
fn measure(program: &Program, words: &[&str]) -> Ended {
    let usual = ["-b", "2", "-n", "1", "--link", "rtt=0,tls=off"];
    program.run(&[&usual[..], &BARE, words].concat())
}

#[test]
fn passes_every_word_to_the_command_as_quoted() {
    let program = Program::new();
    let noted = program.file("noted");
    let command = format!(
        "odd=sh -c 'printf \"%s\\n\" \"$@\" > {}' x \"two words\" {{urls}} 'a\\b' --all={{urls}}",
        noted.display()
    );
    let ended = measure(&program, &["-s", "command/odd", "--command", &command]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let noted = fs::read_to_string(noted).expect("it was noted");
    let lines: Vec<&str> = noted.lines().collect();
    assert_eq!(lines.len(), 5, "{noted}");
    assert_eq!((lines[0], lines[3]), ("two words", "a\\b"));
    assert!(lines[1].ends_with("/todos/1") && lines[2].ends_with("/todos/2"), "{noted}");
    assert_eq!(lines[4], format!("--all={} {}", lines[1], lines[2]));
}

#[test]
fn runs_a_shell_only_if_requested() {
    let program = Program::new();
    let noted = program.file("noted");
    let command = format!("loop=for url in {{urls}}; do echo \"$url\"; done > {}", noted.display());
    let ended = measure(&program, &["-s", "command/loop", "--shell", "--command", &command]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(fs::read_to_string(noted).expect("it was noted").lines().count(), 2);
    let ended = measure(&program, &["-s", "command/loop", "--command", &command]);
    assert_ne!(ended.code, Some(0), "{}", ended.stdout);
}

#[test]
fn measures_the_start_of_the_process_separately() {
    let program = Program::new();
    let (command, null) = ("wait=sleep 0.05 {urls}", "wait=true");
    // `sleep` would refuse the URLs as further arguments.
    let command = command.replace("sleep 0.05", "sh -c 'sleep 0.05' x");
    let words = ["-s", "sequential,command/wait", "--command", &command, "--command-null", null];
    let ended = measure(&program, &[&words[..], &["--json", "-"]].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let analysis: serde_json::Value = serde_json::from_str(&ended.stdout).expect("is JSON");
    let arms = analysis["arms"].as_array().expect("are arms");
    let named = |name: &str| arms.iter().find(|arm| arm["arm"] == name).expect("is an arm");
    let null = named("command/wait:work=null@2");
    assert_eq!(null["role"], "null");
    let start = named("command/wait@2")["start_seconds"].as_f64().expect("was measured");
    assert_eq!(Some(start), null["describe"]["mean"].as_f64());
    assert!(named("ureq/sequential@2")["start_seconds"].is_null());
    let ratios = analysis["ratios"].as_array().expect("are ratios");
    assert_eq!(ratios.len(), 1, "{ratios:?}");
}

#[test]
fn measures_commands_first_and_built_in_strategies_as_references() {
    let program = Program::new();
    let words = ["--command", "a=true {urls}", "--save"];
    let file = program.file("recording.jsonl");
    let save = file.to_str().expect("a plain path");
    let ended = measure(&program, &[&words[..], &[save]].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let plan = crate::support::read_recording(&file).plan.expect("has a plan");
    let names: Vec<&str> = plan.arms.iter().map(|arm| arm.strategy.as_str()).collect();
    assert_eq!(names, ["command/a", "ureq/sequential", "ureq/threads", "hyper/async"]);
    assert_eq!(plan.baseline.0, "command/a");
    assert_eq!(plan.references.len(), 3);
}

#[test]
fn reports_a_command_that_fails_and_measures_the_others() {
    let program = Program::new();
    let command = "bad=sh -c 'echo oh dear >&2; exit 3' x {urls}";
    let ended =
        measure(&program, &["-s", "sequential,command/bad", "--full", "--command", command]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("command/bad@2: 1 of 1 trial failed"), "{}", ended.stdout);
    assert!(ended.stdout.contains("oh dear"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("ureq/sequential@2: 1 of 1"), "{}", ended.stdout);
}

#[test]
fn ends_a_command_that_never_ends_at_the_time_limit() {
    let program = Program::new();
    let command = "stuck=sh -c 'sleep 600' x {urls}";
    let words = ["-s", "sequential,command/stuck", "--command", command, "--timeout", "400ms"];
    let ended = measure(&program, &words);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("timeout"), "{}", ended.stdout);
}

#[test]
fn reports_a_missing_program() {
    let program = Program::new();
    let words = ["-s", "sequential,command/a", "--command", "a=/nonexistent/curl {urls}"];
    let ended = measure(&program, &words);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    let sentence = "command/a cannot be measured: cannot find the program \"/nonexistent/curl\"";
    assert!(ended.stderr.contains(sentence), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn gives_headers_to_a_command_that_has_a_place_for_them() {
    let program = Program::new();
    let noted = program.file("noted");
    let command =
        |words: &str| format!("note=sh -c 'printf \"%s\\n\" \"$@\" > {}' {words}", noted.display());
    let headers = ["-H", "X-Key: it's a \"key\"", "-H", "X-Empty;"];
    let measure_with = |command: &str| {
        let words = ["-s", "sequential,command/note", "--full", "--command", command];
        measure(&program, &[&words[..], &headers].concat())
    };
    let ended = measure_with(&command("x {headers} {urls}"));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stderr.contains("caveat:"), "{}", ended.stderr);
    let lines = fs::read_to_string(&noted).expect("it was noted");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[..4], ["-H", "X-Key: it's a \"key\"", "-H", "X-Empty;"]);
    let ended = measure_with(&command("x {urls}"));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let before = "caveat: The headers of -H are not sent with command/note.";
    assert!(ended.stderr.contains(before), "{}", ended.stderr);
    assert!(ended.stdout.contains("The headers of -H are not sent"), "{}", ended.stdout);
}

#[test]
fn refuses_bad_commands_before_the_run() {
    let program = Program::new();
    for (words, message) in [
        (&["--command", "curl {urls}"][..], "write --command 'NAME=WORDS…'"),
        (&["--command", "a=curl"], "write {urls} where"),
        (&["--command", "a=curl '{urls}"], "a quote is not closed"),
        (&["--command-null", "a=curl"], "has no command"),
        (&["-s", "command/b", "--command", "a=curl {urls}"], "unknown strategy \"command/b\""),
    ] {
        let ended = measure(&program, words);
        assert_eq!(ended.code, Some(2), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(message), "{words:?}: {}", ended.stderr);
    }
}

#[test]
fn ctrl_c_leaves_no_command() {
    let program = Program::new();
    let command = "slow=sh -c 'sleep 0.05; true' x {urls}";
    let words = ["-s", "command/slow", "--command", command, "--no-controls"];
    let running = Running::start(&program, &words);
    running.interrupt();
    running.interrupt();
    let (code, _) = running.wait();
    assert!(code == Some(130) || code == Some(0), "{code:?}");
}
