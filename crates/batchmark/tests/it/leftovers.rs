//! No temporary folder remains, whatever is interrupted or killed.

use std::fs;

use model::trial::{Outcome, Trial};
use test_support::wait_until;

use crate::interrupt::Running;
use crate::provision;
use crate::python::python_or_return;
use crate::support::{Program, read_recording};

/// A run with temporary files: the Python driver writes a certificate bundle, the endpoint its
/// certificate.
fn running(program: &Program, python: &str) -> Running {
    let words = ["-s", "sequential,requests/sequential", "--python", python, "--no-controls"];
    Running::start(program, &words)
}

/// The temporary folders that exist.
fn left(program: &Program) -> Vec<String> {
    let entries = fs::read_dir(program.file("")).expect("is there").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("batchmark-")).collect()
}

const NOTHING: [String; 0] = [];

#[test]
fn ctrl_c_leaves_no_folder() {
    let python = python_or_return!();
    for times in 1..=2 {
        let program = Program::new();
        let running = running(&program, &python);
        assert_eq!(left(&program).len(), 1, "everything is in the folder of the run");
        (0..times).for_each(|_| running.interrupt());
        running.wait();
        assert_eq!(left(&program), NOTHING, "Ctrl-C {times} times");
    }
}

#[test]
fn a_killed_driver_leaves_no_folder() {
    let python = python_or_return!();
    let program = Program::new();
    let running = running(&program, &python);
    running.kill("--folder");
    // The trial is lost, and the run continues with a new process.
    let is_lost = |trial: &Trial| matches!(trial.outcome, Outcome::Lost(_));
    wait_until("a trial is lost", || {
        read_recording(&program.last_recording()).trials.iter().any(is_lost)
    });
    running.interrupt();
    running.wait();
    assert_eq!(left(&program), NOTHING);
}

#[test]
fn a_killed_endpoint_leaves_no_folder() {
    let python = python_or_return!();
    let program = Program::new();
    let running = running(&program, &python);
    running.kill("endpoint-process");
    let (code, _) = running.wait();
    assert_eq!(code, Some(1));
    assert_eq!(left(&program), NOTHING);
}

#[test]
fn removes_the_folder_of_a_killed_program() {
    let python = python_or_return!();
    let program = Program::new();
    let killed = running(&program, &python);
    killed.kill("--no-controls");
    killed.wait();
    assert_eq!(left(&program).len(), 1);
    let next = running(&program, &python);
    let own = left(&program);
    assert_eq!(own.len(), 1, "the folder of the first is gone");
    // A further program does not remove a locked folder.
    let other = program.run_with(
        &[("TMPDIR", program.file("").to_str().expect("a plain path"))],
        &["-s", "sequential", "-b", "1", "-n", "1", "--link", "rtt=0", "--save", "/dev/null"],
    );
    assert_eq!(other.code, Some(0), "{}{}", other.stdout, other.stderr);
    assert_eq!(left(&program), own);
    next.interrupt();
    next.wait();
    assert_eq!(left(&program), NOTHING);
}
