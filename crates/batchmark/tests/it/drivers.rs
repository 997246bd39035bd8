//! `driver-check` and `strategies`.

use crate::provision;
use crate::support::{Ended, Program, program_path};

#[test]
fn built_in_driver_passes_driver_check() {
    let program = Program::new();
    let ended = program.run(&["driver-check", program_path(), "driver"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
}

/// A driver with one strategy.
const MINIMAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/minimal_driver.py");

/// Checks the minimal driver, whose answers a script of sed changes. It must fail.
fn check_changed(answers: &str) -> Option<Ended> {
    let python = provision::python()?;
    let script = r#""$0" "$1" | sed -u "$2""#;
    let python = python.to_str().expect("a plain path");
    let ended = Program::new().run(&["driver-check", "sh", "-c", script, python, MINIMAL, answers]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    Some(ended)
}

#[test]
fn driver_check_finds_false_reports() {
    const LIES: &str = r#"s/"bytes": *\[[0-9]*/"bytes":[1/
        s/"kind": *"refused"/"kind":"reset"/
        s/"kind": *"bad_condition"/"kind":"internal"/"#;
    let Some(ended) = check_changed(LIES) else { return };
    let found = points(&ended.stdout, "WRONG   urllib/sequential: ");
    let expected = [
        "it reports every request as the endpoint saw it",
        "it reads a large body to its end",
        "it refuses an unknown condition or value",
        "a port that refuses fails as refused",
        "a status that is not expected fails only its request, as status",
    ];
    assert_eq!(found, expected);
}

#[test]
fn driver_check_finds_what_an_earlier_preparation_leaves_behind() {
    // Counts the preparations in the hold space. From the second one on, another number of bytes is reported.
    const SECOND: &str = r#"/"op": *"ready"/{x;s/$/+/;x}
        x
        /++/{x;s/"bytes": *\[[0-9]*/"bytes":[1/;b}
        x"#;
    let Some(ended) = check_changed(SECOND) else { return };
    let found = points(&ended.stdout, "        but prepared again in the same process, it ");
    let is_found = found.iter().any(|wrong| wrong.starts_with("reports bytes 1 for request 0"));
    assert!(is_found, "{}", ended.stdout);
}

/// The points of a check that begin with a text.
fn points<'a>(stdout: &'a str, beginning: &str) -> Vec<&'a str> {
    stdout.lines().filter_map(|line| line.strip_prefix(beginning)).collect()
}

#[test]
fn driver_check_accepts_a_command_that_refuses_what_it_does_not_support() {
    let Some(_) = provision::curl() else { return };
    let program = Program::new();
    let curl = "curl=curl -fsS --fail-early --cacert {cacert} {urls}";
    let null = "curl=curl --version";
    let ended = program.run(&["driver-check", "--command", curl, "--command-null", null]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(points(&ended.stdout, "WRONG"), [""; 0]);
    let refused = points(&ended.stdout, "        refused: ");
    assert_eq!(refused.len(), 4, "{}", ended.stdout);
    assert!(refused[0].starts_with("a command gets only URLs and headers"), "{refused:?}");
}

#[test]
fn driver_check_rejects_a_command_that_accepts_what_it_ignores() {
    let Some(_) = provision::curl() else { return };
    let program = Program::new();
    // Without -f curl accepts any status, and with -k any certificate.
    let careless = "curl=curl -sSk {urls}";
    let ended = program.run(&["driver-check", "--command", careless]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let expected = [
        "command/curl: a status that is not expected fails the batch",
        "command/curl: an untrusted certificate fails the batch",
    ];
    assert_eq!(points(&ended.stdout, "WRONG   "), expected, "{}", ended.stdout);
}

#[test]
fn driver_check_rejects_a_program_that_is_not_a_driver() {
    let program = Program::new();
    for command in [&["cat"][..], &["true"], &["/nonexistent"], &["sh", "-c", "echo hello; cat"]] {
        let ended = program.run(&[&["driver-check"], command].concat());
        assert_eq!(ended.code, Some(1), "{command:?}: {}", ended.stderr);
        assert!(ended.stdout.contains("WRONG   it introduces itself"), "{}", ended.stdout);
    }
}

#[test]
fn strategies_lists_names_conditions_and_versions() {
    let ended = Program::new().run(&["strategies"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for word in ["ureq/sequential (or sequential)", "hyper/async", "session=cold", "rustls 0."] {
        assert!(ended.stdout.contains(word), "{word} is missing in {}", ended.stdout);
    }
}
