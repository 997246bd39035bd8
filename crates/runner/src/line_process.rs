//! A child process that speaks JSON Lines: commands on stdin, replies on stdout, its log on stderr.
//!
//! The process leads a process group, so Ctrl-C in the terminal does not reach it and nothing that
//! it starts outlives it. Waiting for a reply uses no CPU that a timed client might need.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::command::ProcessCommand;
use crate::environment::PROXY_VARIABLES;
use crate::process_groups::ProcessGroups;

/// The longest accepted line. The report of a hundred thousand requests is far shorter.
const LONGEST_LINE: u64 = 256 << 20;
/// How many bytes at the end of a process's log are kept.
const LOG_TAIL: usize = 8 << 10;
/// How long a process may take to end by itself. Long, because a busy machine may let it wait.
pub const END_TIMEOUT: Duration = Duration::from_secs(10);

/// Why communication with a process failed.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The program could not be started.
    #[error("{command} could not be started: {source}")]
    Start {
        /// The command.
        command: String,
        /// The system's error.
        source: io::Error,
    },
    /// It ended, or closed its stdout.
    #[error("it ended unexpectedly")]
    Ended,
    /// It took too long.
    #[error("it did not answer within {:.1} s", .0.as_secs_f64())]
    Silent(Duration),
    /// It wrote a line that is not a reply.
    #[error("it wrote {line:?}, which is not a reply of the protocol: {reason}")]
    NotAReply {
        /// The line, shortened.
        line: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// It wrote a line that is too long.
    #[error("it wrote a line of more than {LONGEST_LINE} bytes")]
    TooLong,
}

/// What the thread reads that listens to the process's stdout.
enum Output {
    Line(String),
    TooLong,
}

/// A child process that speaks JSON Lines. Dropping it ends it.
#[derive(Debug)]
pub struct LineProcess {
    child: Child,
    stdin: Option<ChildStdin>,
    output: Receiver<Output>,
    log: Arc<Mutex<Vec<u8>>>,
    groups: ProcessGroups,
}

impl LineProcess {
    /// Starts `command`.
    ///
    /// # Errors
    /// If the program cannot be started.
    pub fn start(command: &ProcessCommand, groups: &ProcessGroups) -> Result<Self, LineError> {
        let failed = |source| LineError::Start { command: command.to_string(), source };
        let mut program = Command::new(&command.program);
        for variable in PROXY_VARIABLES {
            program.env_remove(variable);
        }
        let mut child = program
            .args(&command.arguments)
            .envs(command.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        groups.add(child.id());
        let stdin = child.stdin.take();
        let (sender, output) = mpsc::sync_channel(64);
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || listen(BufReader::new(stdout), &sender));
        }
        let log = Arc::new(Mutex::new(Vec::new()));
        if let Some(stderr) = child.stderr.take() {
            let log = Arc::clone(&log);
            thread::spawn(move || keep_tail(stderr, &log));
        }
        let mut process = Self { child, stdin, output, log, groups: groups.clone() };
        if let Some(line) = &command.first_line {
            process.send_line(line)?;
        }
        Ok(process)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn send(&mut self, command: &impl Serialize) -> Result<(), LineError> {
        let line = serde_json::to_string(command).map_err(|_| LineError::Ended)?;
        self.send_line(&line)
    }

    /// Sends a line of text, in one write.
    ///
    /// # Errors
    /// If the process has ended.
    pub fn send_line(&mut self, line: &str) -> Result<(), LineError> {
        let stdin = self.stdin.as_mut().ok_or(LineError::Ended)?;
        let line = format!("{line}\n");
        stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).map_err(|_| LineError::Ended)
    }

    /// Waits for the next reply.
    ///
    /// # Errors
    /// If the process ends, takes longer than `timeout`, or writes something else.
    pub fn receive<R: DeserializeOwned>(&self, timeout: Duration) -> Result<R, LineError> {
        match self.output.recv_timeout(timeout) {
            Ok(Output::Line(line)) => serde_json::from_str(&line).map_err(|error| {
                LineError::NotAReply { line: shortened(&line), reason: error.to_string() }
            }),
            Ok(Output::TooLong) => Err(LineError::TooLong),
            Err(RecvTimeoutError::Timeout) => Err(LineError::Silent(timeout)),
            Err(RecvTimeoutError::Disconnected) => Err(LineError::Ended),
        }
    }

    /// The last bytes that the process has written to its log so far.
    pub fn log(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Closes the process's stdin. Returns whether the process then ends by itself within
    /// [`END_TIMEOUT`].
    pub fn close(&mut self) -> bool {
        self.stdin = None;
        self.wait()
    }

    /// Waits for the process to end by itself and discards its output. Returns whether it ends
    /// within [`END_TIMEOUT`].
    pub fn wait(&self) -> bool {
        let deadline = host::clock::monotonic() + END_TIMEOUT;
        loop {
            let left = deadline.saturating_sub(host::clock::monotonic());
            match self.output.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    /// Kills the process and everything that it started.
    pub fn kill(&mut self) {
        self.stdin = None;
        host::process::kill_group(self.child.id());
    }
}

impl Drop for LineProcess {
    fn drop(&mut self) {
        if self.stdin.is_some() {
            self.close();
        }
        // Before the process is reaped: until then no other process can get its number.
        host::process::kill_group(self.child.id());
        let _ = self.child.wait();
        self.groups.remove(self.child.id());
    }
}

fn listen(mut stdout: impl BufRead, sender: &SyncSender<Output>) {
    loop {
        let mut line = Vec::new();
        let output = match stdout.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.len() as u64 == LONGEST_LINE => Output::TooLong,
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => Output::Line(String::from_utf8_lossy(&line).trim_end().to_owned()),
        };
        if sender.send(output).is_err() {
            return;
        }
    }
}

fn keep_tail(mut stderr: impl Read, log: &Mutex<Vec<u8>>) {
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut chunk) {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(&chunk[..length]);
        let surplus = log.len().saturating_sub(LOG_TAIL);
        log.drain(..surplus);
    }
}

fn shortened(line: &str) -> String {
    const LONGEST: usize = 120;
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use test_support::wait_until;

    const TIMEOUT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> LineProcess {
        let command = ProcessCommand::new("/bin/sh", &["-c", script]);
        LineProcess::start(&command, &ProcessGroups::default()).expect("sh starts")
    }

    #[test]
    fn exchanges_lines_with_a_process() {
        let mut process = shell("read line; echo \"$line\"; cat >/dev/null");
        process.send(&json!({"op": "hello"})).expect("it listens");
        let reply: Value = process.receive(TIMEOUT).expect("it answers");
        assert_eq!(reply, json!({"op": "hello"}));
        assert!(process.close());
    }

    #[test]
    fn distinguishes_the_reasons_for_a_missing_reply() {
        let error =
            |script: &str, timeout| shell(script).receive::<Value>(timeout).expect_err("no reply");
        assert!(matches!(error("exit 3", TIMEOUT), LineError::Ended));
        assert!(matches!(error("sleep 60", Duration::from_millis(20)), LineError::Silent(_)));
        assert!(matches!(error("echo hello", TIMEOUT), LineError::NotAReply { .. }));
    }

    #[test]
    fn keeps_the_end_of_the_log() {
        let process = shell("echo oh dear >&2; echo 1; cat >/dev/null");
        process.receive::<Value>(TIMEOUT).expect("it answers");
        wait_until("the process has written its log", || !process.log().is_empty());
        assert_eq!(process.log(), "oh dear\n");
    }

    #[test]
    fn ends_everything_that_a_dropped_process_started() {
        let process = shell("sleep 600 & echo $!; wait");
        let grandchild: u32 = process.receive(TIMEOUT).expect("it answers");
        drop(process);
        let stat = format!("/proc/{grandchild}/stat");
        // It is killed at once; the process that inherits it may take a moment to reap it.
        wait_until("the grandchild has ended", || {
            std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "))
        });
    }
}
