//! The GitHub action: its scripts, with a stand-in for GitHub.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::compare::retimed;
use crate::provision;
use crate::support::{Ended, Program, program_path, succeed};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.github/scripts");

/// What `gh` prints and notes.
const GH: &str =
    "#!/bin/sh\necho \"$@\" >>\"$CALLS\"\ncase \"$*\" in *--jq*) cat \"$EARLIER\" ;; esac\n";

/// Runs a script of the action with these variables.
fn script(program: &Program, name: &str, variables: &[(&str, &str)]) -> Ended {
    let path = |name: &str| program.file(name).to_str().expect("a plain path").to_owned();
    let mut command = Command::new("bash");
    command
        .arg(format!("{SCRIPTS}/{name}"))
        .env("PROGRAM", program_path())
        .env("XDG_STATE_HOME", path("state"))
        .env("FOLDER", path("action"))
        .env("FAIL_SLOWER", "5%")
        .env("GITHUB_OUTPUT", path("output"))
        .env("GITHUB_STEP_SUMMARY", path("summary"))
        .envs(variables.iter().copied());
    Ended::from(command.output().expect("bash starts"))
}

/// The arguments of a run as the action gets them, quoted as in a shell.
fn arguments(strategy: &str) -> String {
    format!("-n 9 -b 2 -s '{strategy}' --no-controls -w 1 --link \"rtt=0\"")
}

/// Measures as the action does. Returns what it ended with, and the comment.
fn measure(program: &Program, arguments: &str) -> (Ended, String) {
    let ended = script(program, "measure.sh", &[("ARGUMENTS", arguments)]);
    let comment = fs::read_to_string(program.file("action/comment.md")).unwrap_or_default();
    (ended, comment)
}

fn outputs(program: &Program) -> String {
    let file = program.file("output");
    let outputs = fs::read_to_string(&file).expect("was written");
    fs::remove_file(file).expect("is there");
    outputs
}

#[test]
fn a_measurement_is_compared_with_the_baseline_and_becomes_the_next_one() {
    let program = Program::new();
    let (ended, comment) = measure(&program, &arguments("sequential,async"));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(comment.starts_with("There is no baseline yet"), "{comment}");
    assert!(outputs(&program).starts_with("slower=false\n"));

    let baseline = program.file("action/baseline/recording.jsonl");
    let baseline = baseline.to_str().expect("a plain path");
    let faster = retimed(&program, baseline, "faster.jsonl", 1_000);
    fs::copy(faster, baseline).expect("can be replaced");
    let (ended, comment) = measure(&program, &arguments("sequential,async"));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(comment.contains("Slower by more than 5%"), "{comment}");
    assert!(outputs(&program).starts_with("slower=true\n"));

    let (ended, comment) = measure(&program, &arguments("threads"));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("::warning::"), "{}", ended.stdout);
    assert!(comment.contains("`ureq/threads`"), "{comment}");
    assert!(outputs(&program).starts_with("slower=false\n"));

    let (ended, _) = measure(&program, "-s nothing");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stdout.contains("::error::"), "{}", ended.stdout);
}

#[test]
fn a_comment_replaces_the_earlier_one() {
    let program = Program::new();
    let folder = program.file("");
    let folder = folder.to_str().expect("a plain path");
    program.script("gh", GH);
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let calls = program.write("calls", "");
    let comment = program.write("comment.md", &"slower ".repeat(20_000));
    let post = |earlier: &str| {
        let earlier = program.write("earlier", earlier);
        let variables = [
            ("PATH", path.as_str()),
            ("CALLS", &calls),
            ("EARLIER", &earlier),
            ("COMMENT", &comment),
            ("REPOSITORY", "owner/name"),
            ("NUMBER", "7"),
        ];
        let ended = script(&program, "comment.sh", &variables);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        fs::read_to_string(&calls).expect("gh was called")
    };
    let calls = post("");
    assert!(calls.contains("repos/owner/name/issues/7/comments -F body=@"), "{calls}");
    assert!(!calls.contains("PATCH"), "{calls}");
    assert!(post("42\n43\n").contains("-X PATCH repos/owner/name/issues/comments/42 -F body=@"));
}

#[test]
fn shellcheck_finds_nothing_in_the_scripts() {
    let Some(python) = provision::python() else { return };
    let scripts = fs::read_dir(SCRIPTS).expect("is there").flatten().map(|entry| entry.path());
    let mut command = Command::new(python.with_file_name("shellcheck"));
    command.args(scripts).arg(format!("{SCRIPTS}/../../.ci/run"));
    succeed(&mut command);
}

#[test]
fn the_action_has_the_form_that_github_requires() {
    let Some(node) = provision::node() else { return };
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/action");
    let Some(folder) = provision::node_program(&package) else { return };
    let mut command = Command::new(node);
    command.arg(folder.join("node_modules/@action-validator/cli/cli.mjs"));
    succeed(command.arg(format!("{SCRIPTS}/../../action.yml")).env_remove("NODE_OPTIONS"));
}
