//! Ctrl-C: the first ends after the running trial, the second at once; nothing is left over.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use model::recording::StopReason;

use crate::support::{Program, read_recording};

/// A run that goes on for hours, and has begun.
pub(crate) struct Running {
    child: Child,
    /// What marks every process that belongs to it.
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
        // Read to its end, so that nothing that it says can stop it.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self { child, mark }
    }

    pub(crate) fn interrupt(&self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill starts").success());
    }

    /// Kills one of its processes, the first that has this among its words.
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

    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let mut stdout = String::new();
        let mut out = self.child.stdout.take().expect("stdout is piped");
        out.read_to_string(&mut stdout).expect("is text");
        let code = self.child.wait().expect("it ends").code();
        while !self.processes().is_empty() {
            std::thread::yield_now();
        }
        (code, stdout)
    }

    /// The processes that belong to it, but for those that have ended and wait to be reaped.
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
fn the_first_ends_after_the_running_trial_and_prints_what_there_is() {
    let program = Program::new();
    let running = Running::start(&program, &[]);
    assert!(running.processes().len() >= 5, "the program, its endpoint and three drivers");
    running.interrupt();
    let (code, stdout) = running.ended();
    assert_eq!(code, Some(0), "{stdout}");
    assert!(stdout.contains("batch 4") && stdout.contains("Ctrl-C"), "{stdout}");
    let recording = read_recording(&program.last_recording());
    let closing = recording.closing.expect("it was closed");
    assert_eq!(closing.reason, StopReason::Interrupted);
    assert!(!recording.truncated);
}

#[test]
fn the_second_ends_at_once_and_the_recording_is_whole() {
    let program = Program::new();
    let running = Running::start(&program, &[]);
    running.interrupt();
    running.interrupt();
    let (code, _) = running.ended();
    // Where the first was quick enough, there was nothing left for the second to end.
    assert!(code == Some(130) || code == Some(0), "{code:?}");
    let recording = read_recording(&program.last_recording());
    assert!(!recording.trials.is_empty());
    assert!(!recording.truncated);
}
