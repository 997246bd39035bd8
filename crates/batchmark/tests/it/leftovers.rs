//! What is left over: nothing, whatever ends, is interrupted or is killed.

use std::fs;

use model::trial::{Outcome, Trial};

use crate::interrupt::Running;
use crate::provision;
use crate::python::python_or_return;
use crate::support::{Program, read_recording};

/// A Python driver puts a copy of a bundle beside itself, and the endpoint its certificate.
fn running(program: &Program, python: &str) -> Running {
    let words = ["-s", "sequential,requests/sequential", "--python", python, "--no-controls"];
    Running::start(program, &words)
}

/// The folders that were left.
fn left(program: &Program) -> Vec<String> {
    let entries = fs::read_dir(program.file("")).expect("is there").flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("batchmark-")).collect()
}

const NOTHING: [String; 0] = [];

#[test]
fn nothing_is_left_by_ctrl_c_once_or_twice() {
    let python = python_or_return!();
    for times in 1..=2 {
        let program = Program::new();
        let running = running(&program, &python);
        assert_eq!(left(&program).len(), 1, "all is in the run's folder");
        (0..times).for_each(|_| running.interrupt());
        running.ended();
        assert_eq!(left(&program), NOTHING, "Ctrl-C {times} times");
    }
}

#[test]
fn nothing_is_left_of_a_driver_that_is_killed() {
    let python = python_or_return!();
    let program = Program::new();
    let running = running(&program, &python);
    running.kill("--folder");
    // Its next trial is lost, and the run goes on with another.
    let is_lost = |trial: &Trial| matches!(trial.outcome, Outcome::Lost(_));
    while !read_recording(&program.last_recording()).trials.iter().any(is_lost) {
        std::thread::yield_now();
    }
    running.interrupt();
    running.ended();
    assert_eq!(left(&program), NOTHING);
}

#[test]
fn nothing_is_left_of_an_endpoint_that_is_killed() {
    let python = python_or_return!();
    let program = Program::new();
    let running = running(&program, &python);
    running.kill("endpoint-process");
    let (code, _) = running.ended();
    assert_eq!(code, Some(1));
    assert_eq!(left(&program), NOTHING);
}

#[test]
fn what_a_killed_program_leaves_the_next_one_removes() {
    let python = python_or_return!();
    let program = Program::new();
    let killed = running(&program, &python);
    killed.kill("--no-controls");
    killed.ended();
    assert_eq!(left(&program).len(), 1);
    let next = running(&program, &python);
    let own = left(&program);
    assert_eq!(own.len(), 1, "the folder of the first is gone");
    // Another one leaves alone what somebody holds.
    let other = program.run_with(
        &[("TMPDIR", program.file("").to_str().expect("a plain path"))],
        &["-s", "sequential", "-b", "1", "-n", "1", "--link", "rtt=0", "--save", "/dev/null"],
    );
    assert_eq!(other.code, Some(0), "{}{}", other.stdout, other.stderr);
    assert_eq!(left(&program), own);
    next.interrupt();
    next.ended();
    assert_eq!(left(&program), NOTHING);
}
