//! A child process that speaks JSON Lines: commands on its stdin, replies on its stdout, its log on
//! stderr.
//!
//! It leads a process group of its own, so that Ctrl-C in the terminal does not reach it and
//! nothing that it starts outlives it. While a reply is awaited nothing here wakes up: a waiting
//! runner takes no CPU from a client that is being timed.

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

/// The longest line that is read: a trial of a hundred thousand requests stays far below.
const LONGEST_LINE: u64 = 256 << 20;
/// How much of the end of a process's log is kept.
const LOG_TAIL: usize = 8 << 10;
/// How long a process may take to end by itself once its stdin has ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// What can go wrong between two processes that speak JSON Lines.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The program could not be started.
    #[error("{command} could not be started: {source}")]
    Start {
        /// What was to be started.
        command: String,
        /// Why it was not.
        source: io::Error,
    },
    /// It ended, or closed its stdout.
    #[error("it ended in the middle of its work")]
    Ended,
    /// It took too long.
    #[error("it gave no answer within {:.1} s", .0.as_secs_f64())]
    Silent(Duration),
    /// A line that is no reply.
    #[error("it wrote {line:?}, which is no reply of the protocol: {reason}")]
    Nonsense {
        /// The line, shortened.
        line: String,
        /// Why it cannot be read.
        reason: String,
    },
    /// A line without end.
    #[error("it wrote a line of more than {LONGEST_LINE} bytes")]
    Endless,
}

/// What the reading thread sees.
enum Heard {
    Line(String),
    Endless,
}

/// A child process that speaks JSON Lines. Dropping it ends it.
#[derive(Debug)]
pub struct LineProcess {
    child: Child,
    stdin: Option<ChildStdin>,
    heard: Receiver<Heard>,
    log: Arc<Mutex<Vec<u8>>>,
    groups: ProcessGroups,
}

impl LineProcess {
    /// Starts `command`.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(command: &ProcessCommand, groups: &ProcessGroups) -> Result<Self, LineError> {
        let failed = |source| LineError::Start { command: command.to_string(), source };
        let mut process = Command::new(&command.program);
        for variable in PROXY_VARIABLES {
            process.env_remove(variable);
        }
        let mut child = process
            .args(&command.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        groups.add(child.id());
        let stdin = child.stdin.take();
        let (sender, heard) = mpsc::sync_channel(64);
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || listen(BufReader::new(stdout), &sender));
        }
        let log = Arc::new(Mutex::new(Vec::new()));
        if let Some(stderr) = child.stderr.take() {
            let log = Arc::clone(&log);
            thread::spawn(move || keep_tail(stderr, &log));
        }
        Ok(Self { child, stdin, heard, log, groups: groups.clone() })
    }

    /// Sends a command.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn send(&mut self, command: &impl Serialize) -> Result<(), LineError> {
        let mut line = serde_json::to_vec(command).map_err(|_| LineError::Ended)?;
        line.push(b'\n');
        let stdin = self.stdin.as_mut().ok_or(LineError::Ended)?;
        stdin.write_all(&line).and_then(|()| stdin.flush()).map_err(|_| LineError::Ended)
    }

    /// Sends a line as it stands, however wrong it is: for checking how a driver takes it.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn send_text(&mut self, line: &str) -> Result<(), LineError> {
        let stdin = self.stdin.as_mut().ok_or(LineError::Ended)?;
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).map_err(|_| LineError::Ended)
    }

    /// Waits for the next reply.
    ///
    /// # Errors
    /// When the process ends, stays silent for `patience`, or writes something else.
    pub fn receive<R: DeserializeOwned>(&self, patience: Duration) -> Result<R, LineError> {
        match self.heard.recv_timeout(patience) {
            Ok(Heard::Line(line)) => serde_json::from_str(&line).map_err(|error| {
                LineError::Nonsense { line: shortened(&line), reason: error.to_string() }
            }),
            Ok(Heard::Endless) => Err(LineError::Endless),
            Err(RecvTimeoutError::Timeout) => Err(LineError::Silent(patience)),
            Err(RecvTimeoutError::Disconnected) => Err(LineError::Ended),
        }
    }

    /// The end of what the process has written to its log up to now.
    pub fn log(&self) -> String {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Closes the process's stdin, and tells whether it ended by itself in good time.
    pub fn close(&mut self) -> bool {
        self.stdin = None;
        self.ends()
    }

    /// Whether it ends by itself in good time. What it still says is not heard.
    pub fn ends(&self) -> bool {
        let deadline = host::clock::monotonic() + PATIENCE;
        loop {
            let left = deadline.saturating_sub(host::clock::monotonic());
            match self.heard.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    /// Ends the process at once, for it cannot be trusted to end by itself.
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
        // Before it is reaped, for until then nobody else can have its number.
        host::process::kill_group(self.child.id());
        let _ = self.child.wait();
        self.groups.remove(self.child.id());
    }
}

fn listen(mut stdout: impl BufRead, sender: &SyncSender<Heard>) {
    loop {
        let mut line = Vec::new();
        let heard = match stdout.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if line.len() as u64 == LONGEST_LINE => Heard::Endless,
            Ok(_) if line.trim_ascii().is_empty() => continue,
            Ok(_) => Heard::Line(String::from_utf8_lossy(&line).trim_end().to_owned()),
        };
        if sender.send(heard).is_err() {
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

    const PATIENT: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> LineProcess {
        let command = ProcessCommand::new("/bin/sh", &["-c", script]);
        LineProcess::start(&command, &ProcessGroups::default()).expect("sh starts")
    }

    #[test]
    fn lines_go_to_and_fro() {
        let mut process = shell("read line; echo \"$line\"; cat >/dev/null");
        process.send(&json!({"op": "hello"})).expect("it listens");
        let reply: Value = process.receive(PATIENT).expect("it answers");
        assert_eq!(reply, json!({"op": "hello"}));
        assert!(process.close());
    }

    #[test]
    fn each_way_of_not_answering_has_its_own_name() {
        let error = |script: &str, patience| {
            shell(script).receive::<Value>(patience).expect_err("no answer")
        };
        assert!(matches!(error("exit 3", PATIENT), LineError::Ended));
        assert!(matches!(error("sleep 60", Duration::from_millis(20)), LineError::Silent(_)));
        assert!(matches!(error("echo hello", PATIENT), LineError::Nonsense { .. }));
    }

    #[test]
    fn the_end_of_the_log_is_kept() {
        let process = shell("echo oh dear >&2; echo 1; cat >/dev/null");
        process.receive::<Value>(PATIENT).expect("it answers");
        while process.log().is_empty() {
            thread::yield_now();
        }
        assert_eq!(process.log(), "oh dear\n");
    }

    #[test]
    fn nothing_outlives_a_process_that_is_dropped() {
        let process = shell("sleep 600 & echo $!; wait");
        let grandchild: u32 = process.receive(PATIENT).expect("it answers");
        drop(process);
        let stat = format!("/proc/{grandchild}/stat");
        // Killed at once; reaped by whoever inherits it, which may take a moment.
        while std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            thread::yield_now();
        }
    }
}
