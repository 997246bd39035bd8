//! Ctrl-C: the first one ends a run after the current trial, the second one at once.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use model::recording::StopReason;
use test_support::wait_until;

use crate::support::{Program, read_recording};

/// A run that would take hours and has started its blocks.
pub(crate) struct Running {
    child: Child,
    /// An environment variable that marks all its processes.
    mark: String,
}

impl Running {
    pub(crate) fn start(program: &Program, words: &[&str]) -> Self {
        let mark = format!("BATCHMARK_TEST={}", program.file("mark").display());
        let (name, value) = mark.split_once('=').expect("has a value");
        let mut child = program
            .command(&[&["-n", "100000", "-b", "4", "--link", "rtt=1ms"], words].concat())
            .env(name, value)
            .env("TMPDIR", program.file(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut said = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let mut line = String::new();
        while !line.starts_with("block") {
            line.clear();
            assert_ne!(said.read_line(&mut line).expect("is text"), 0, "it ended too early");
        }
        // Drains stderr, so a full pipe cannot block the program.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, mark }
    }

    pub(crate) fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// Kills its first process that has `word` among its arguments.
    pub(crate) fn kill(&self, word: &str) {
        let has = |id: &&u32| {
            let words = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            words.split(|&byte| byte == 0).any(|each| each == word.as_bytes())
        };
        let processes = self.processes();
        let id = processes.iter().find(has).expect("there is such a process").to_string();
        let sent = Command::new("kill").args(["-KILL", &id]).status();
        assert!(sent.expect("kill starts").success());
    }

    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let mut stdout = String::new();
        let mut out = self.child.stdout.take().expect("stdout is piped");
        out.read_to_string(&mut stdout).expect("is text");
        let code = self.child.wait().expect("it ends").code();
        wait_until("all its processes have ended", || self.processes().is_empty());
        (code, stdout)
    }

    /// All its processes, except those that have ended and wait to be reaped.
    fn processes(&self) -> Vec<u32> {
        let processes = fs::read_dir("/proc").expect("this is Linux").flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let belongs = |id: &u32| {
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == self.mark.as_bytes())
        };
        ids.filter(belongs).collect()
    }
}

#[test]
fn first_ctrl_c_ends_after_the_current_trial_and_reports() {
    let program = Program::new();
    let running = Running::start(&program, &[]);
    assert!(running.processes().len() >= 5, "the program, its endpoint and three drivers");
    running.interrupt();
    let (code, stdout) = running.wait();
    assert_eq!(code, Some(0), "{stdout}");
    assert!(stdout.contains("batch 4") && stdout.contains("Stopped by hand"), "{stdout}");
    let recording = read_recording(&program.last_recording());
    let closing = recording.closing.expect("it was closed");
    assert_eq!(closing.reason, StopReason::Interrupted);
    assert!(!recording.truncated);
}

#[test]
fn second_ctrl_c_ends_at_once_and_keeps_the_recording() {
    let program = Program::new();
    let running = Running::start(&program, &[]);
    running.interrupt();
    running.interrupt();
    let (code, _) = running.wait();
    // The first Ctrl-C may end the run before the second one arrives.
    assert!(code == Some(130) || code == Some(0), "{code:?}");
    let recording = read_recording(&program.last_recording());
    assert!(!recording.trials.is_empty());
    assert!(!recording.truncated);
}
