//! Go's net/http, measured with the Go that is installed here.

use model::failure::FailureKind;
use model::recording::Recording;
use model::trace::Milestone;

use crate::provision;
use crate::support::{BARE, Program, columns};

#[test]
fn the_go_driver_passes_driver_check() {
    let Some(go) = provision::go() else { return };
    let ended = Program::new().run(&["driver-check", "--host", "go", "--go", go]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
    for name in ["go/sequential: ", "go/concurrent: "] {
        assert!(ended.stdout.contains(name), "{name} is not checked: {}", ended.stdout);
    }
}

/// Records two batches of four requests of each strategy.
fn record(strategies: &str, options: &[&str]) -> Recording {
    let program = Program::new();
    let words = [&["-s", strategies, "-b", "4", "-n", "2"], options, &BARE].concat();
    let (ended, recording) = program.record(&words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    recording
}

#[test]
fn httptrace_shows_all_milestones_but_the_first_byte_of_a_handshake() {
    let Some(_) = provision::go() else { return };
    let recording = record("go/sequential,go/concurrent", &[]);
    for trial in recording.trials.iter().filter(|trial| trial.place().is_some()) {
        let columns = columns(trial);
        for milestone in Milestone::ALL {
            let is_hidden = matches!(
                milestone,
                Milestone::Resolving | Milestone::Resolved | Milestone::Securing
            );
            let is_seen = columns.milestones[milestone].is_some();
            assert_eq!(is_seen, !is_hidden, "{milestone} of {}", trial.arm);
        }
    }
}

#[test]
fn over_http2_one_request_has_the_opening_of_the_connection_that_carries_all() {
    let Some(_) = provision::go() else { return };
    let recording = record("go/concurrent", &["--link", "rtt=11ms,http=2"]);
    for trial in recording.trials.iter().filter(|trial| trial.place().is_some()) {
        let columns = columns(trial);
        let connections = columns.connection.as_ref().expect("are observed");
        assert!(connections.iter().all(|connection| *connection == connections[0]), "{columns:?}");
        let of = |milestone: Milestone| columns.milestones[milestone].iter().flatten().flatten();
        assert!(of(Milestone::Secured).count() <= 1, "{columns:?}");
        assert_eq!(of(Milestone::Writing).count(), 0, "no hook is before the write");
    }
}

#[test]
fn a_warm_go_client_keeps_two_idle_connections_unless_told_otherwise() {
    let Some(_) = provision::go() else { return };
    let arms = "go/concurrent:session=warm,go/concurrent:session=warm,pool=4";
    let recording = record(arms, &["--link", "rtt=11ms"]);
    let opened = |pool: &str| -> Vec<usize> {
        let of_arm =
            recording.trials.iter().filter(|trial| trial.arm.0.contains("pool=4") == (pool == "4"));
        let counted = of_arm.filter(|trial| trial.place().is_some());
        counted.filter_map(|trial| Some(trial.witness.as_ref()?.connections.len())).collect()
    };
    assert_eq!(opened("4"), [0, 0], "all four connections are kept");
    assert_eq!(opened("2"), [2, 2], "two of four connections are opened again");
}

#[test]
fn the_go_driver_names_a_host_that_cannot_be_resolved() {
    let Some(_) = provision::go() else { return };
    let program = Program::new();
    let words = ["-s", "go/sequential", "-n", "1", "http://unknown.invalid/{1..2}"];
    let (_, recording) = program.record(&[&words[..], &BARE].concat());
    let kinds: Vec<FailureKind> = recording
        .trials
        .iter()
        .flat_map(|trial| columns(trial).failures().map(|failure| failure.kind))
        .collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == FailureKind::Dns), "{kinds:?}");
}

#[test]
fn a_run_names_a_go_that_is_missing_or_cannot_compile() {
    let program = Program::new();
    let ended = program.run(&["-s", "go/concurrent", "--go", "/nonexistent/go"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no program /nonexistent/go"), "{}", ended.stderr);
    assert!(ended.stderr.contains("apt install golang-go"), "{}", ended.stderr);
    let old = program.script("go1.4", "#!/bin/sh\necho 'undefined: atomic.Int64' >&2\nexit 2\n");
    let ended = program.run(&["-s", "go/concurrent", "--go", &old]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(
        ended.stderr.contains("cannot compile the driver: undefined: atomic.Int64"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("install Go 1.19 or newer"), "{}", ended.stderr);
}

#[test]
fn strategies_of_other_clients_start_no_compiler() {
    let program = Program::new();
    let spy = program.script("spy", "#!/bin/sh\necho started >&2\nexit 1\n");
    for name in ["nothing/threads", "threads"] {
        let words = ["-s", name, "-b", "1", "-n", "1", "--go", &spy, "--java", &spy];
        let ended = program.run(&[&words[..], &BARE].concat());
        assert!(!ended.stderr.contains(&spy), "{}", ended.stderr);
    }
}
