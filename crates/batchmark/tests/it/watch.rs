//! `--watch`, on a pseudo-terminal: the live view, how it ends, and what it leaves behind.

use std::process::{Command, Stdio};

use crate::support::{BARE, Ended, Program, TERMINAL};

const ENTER: &str = "\u{1b}[?1049h";
const LEAVE: &str = "\u{1b}[?1049l";

/// What was on the screen; `keys` are pressed once `text` is on it. Nothing without Python.
fn shown(words: &[&str], text: &str, keys: &str) -> Option<Ended> {
    let program = Program::new();
    let run =
        program.command(&[&["--watch", "-b", "2", "--link", "rtt=1ms"], words, &BARE].concat());
    let mut command = Command::new("python3");
    command.args(["-c", TERMINAL, text, keys]).arg(run.get_program()).args(run.get_args());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("TERM", "xterm-256color").stdin(Stdio::null());
    Some(Ended::from(command.output().ok()?))
}

/// What was on the screen during the run, and what was printed after it.
fn parts(ended: &Ended) -> (&str, &str) {
    let (_, run) = ended.stdout.split_once(ENTER).expect("the view is opened");
    run.split_once(LEAVE).expect("the view is closed")
}

#[test]
fn a_live_view_fills_and_is_followed_by_the_report() {
    let Some(ended) = shown(&["-n", "3"], "", "") else { return };
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let (live, after) = parts(&ended);
    assert!(live.contains("(uncounted)") && live.contains("blocks,"), "{live}");
    assert!(live.contains("hyper/async@2") && live.contains("median so far"), "{live}");
    for verdict in ["fastest", "slower", "tie ["] {
        assert!(!live.contains(verdict), "{verdict}: {live}");
    }
    assert!(after.contains("vs fastest"), "{after}");
}

#[test]
fn q_ends_a_live_run_after_the_current_trial() {
    let Some(ended) = shown(&["-n", "100000"], "blocks,", "q") else { return };
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    let (_, after) = parts(&ended);
    assert!(after.contains("Stopping after the current trial"), "{after}");
    assert!(after.contains("Stopped by hand"), "{after}");
}

#[test]
fn a_second_ctrl_c_leaves_the_terminal_as_it_was() {
    let Some(ended) = shown(&["-n", "100000"], "blocks,", r"\x03\x03\x03") else { return };
    assert_ne!(ended.code, Some(99), "the terminal has no echo: {}", ended.stdout);
    parts(&ended);
}

#[test]
fn a_live_view_needs_a_terminal() {
    let ended = Program::new().run(&["--watch", "-n", "1"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("--watch draws on the terminal"), "{}", ended.stderr);
}
