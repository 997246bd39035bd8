//! Runs a command's batches: one process each, timed from before its start until its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::failure::Failure;

use super::refusal;
use super::template::{CommandTemplate, Replacements};
use crate::session::BatchRunner;
use crate::session_error::SessionError;
use crate::time_limit::Interruptible;
use crate::timing::{BatchTiming, Measured, Stopwatch};
use crate::trial::RunningTrial;

/// How many bytes at the end of a command's stderr are read.
const LOG_TAIL: u64 = 8 << 10;
/// How many of its last lines a failure shows, and how many characters of each.
const LAST_LINES: usize = 8;
const LONGEST_LINE: usize = 300;

/// A command that is ready to be run.
pub(super) struct CommandRunner {
    /// The command.
    pub(super) template: CommandTemplate,
    /// What the target fetches. Batches fetch the first of these URLs.
    pub(super) urls: Vec<String>,
    /// The headers as words.
    pub(super) headers: Vec<String>,
    /// The path of the trusted certificates.
    pub(super) certificates: String,
}

impl CommandRunner {
    fn command(&self, requests: usize, log: &File) -> io::Result<Command> {
        let by = Replacements {
            urls: self.urls.get(..requests).unwrap_or(&self.urls),
            headers: &self.headers,
            certificates: &self.certificates,
        };
        let mut command = Command::new(self.template.program());
        command
            .args(self.template.arguments(&by))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A file, so that no thread has to read while the command is timed.
            .stderr(log.try_clone()?);
        Ok(command)
    }
}

impl BatchRunner for CommandRunner {
    fn run(&mut self, trial: &Arc<RunningTrial>) -> Result<BatchTiming, SessionError> {
        let log = tempfile::tempfile().map_err(SessionError::File)?;
        let mut command = self.command(trial.requests(), &log).map_err(SessionError::File)?;
        let running = Arc::new(Running::default());
        trial.limit().guard(Arc::clone(&running) as _);
        let stopwatch = Stopwatch::start(Measured::Children);
        let ended = running.run(&mut command);
        let timing = stopwatch.stop();
        trial.limit().release();
        host::process::end_orphans();
        let status = ended.map_err(|reason| SessionError::Command {
            program: self.template.program().to_owned(),
            reason,
        })?;
        let outcome = outcome_of(status, log);
        // After the limit every result is a timeout: the requests stay without an outcome.
        if !trial.limit().has_passed() {
            for request in 0..trial.requests() {
                trial.settle(request, outcome.clone());
            }
        }
        Ok(timing)
    }
}

/// A running command.
#[derive(Default)]
struct Running {
    is_interrupted: AtomicBool,
}

impl Running {
    fn run(&self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut child = command.spawn()?;
        // An interrupt before the spawn could not kill this child.
        if self.is_interrupted.load(Ordering::SeqCst) {
            host::process::kill_descendants();
        }
        child.wait()
    }
}

impl Interruptible for Running {
    fn interrupt(&self) {
        self.is_interrupted.store(true, Ordering::SeqCst);
        host::process::kill_descendants();
    }
}

/// The outcome of every request of the batch: a command that exits with 0 has fetched all.
fn outcome_of(status: ExitStatus, log: File) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let end = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    };
    let lines = last_lines(log);
    let message = match &lines[..] {
        [] => format!("{end} and wrote nothing to stderr"),
        [line] => format!("{end}: {line}"),
        lines => format!("{end}:\n{}", lines.join("\n")),
    };
    Err(Failure { kind: refusal::kind_of(&lines), message })
}

/// The last lines of a log that are not empty.
fn last_lines(mut log: File) -> Vec<String> {
    let tail = read_tail(&mut log).unwrap_or_default();
    let text = String::from_utf8_lossy(&tail);
    // A progress bar returns to the start of its line.
    let lines = text.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.collect();
    let last = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default();
    last.iter().map(|line| readable(line)).collect()
}

fn read_tail(log: &mut File) -> io::Result<Vec<u8>> {
    let length = log.seek(SeekFrom::End(0))?;
    log.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
    let mut tail = Vec::new();
    log.read_to_end(&mut tail)?;
    Ok(tail)
}

fn readable(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_control()).take(LONGEST_LINE).collect()
}
