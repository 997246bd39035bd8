//! A command's trials: a process for each batch, from before it is started until it has ended.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use host::usage::Usage;
use model::failure::{Failure, FailureKind};

use super::template::Template;
use crate::limit::Interrupt;
use crate::session::{Bench, Stretch, Timing};
use crate::session_error::SessionError;
use crate::trial::Trial;

/// How much of the end of what a command says on stderr is looked at.
const LOG_TAIL: u64 = 8 << 10;
/// How many of its last lines are told, and how much of each, in characters.
const LAST_LINES: usize = 8;
const LONGEST_LINE: usize = 300;

/// A command that is ready to be run.
pub(super) struct CommandBench {
    template: Template,
    urls: Vec<String>,
    certificates: String,
}

impl CommandBench {
    /// A command that fetches the first of these URLs.
    pub(super) const fn new(template: Template, urls: Vec<String>, certificates: String) -> Self {
        Self { template, urls, certificates }
    }

    fn command(&self, requests: usize, log: &File) -> io::Result<Command> {
        let urls = self.urls.get(..requests).unwrap_or(&self.urls);
        let mut command = Command::new(self.template.program());
        command
            .args(self.template.arguments(urls, &self.certificates))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // A file, so that nobody has to read along while the command is timed.
            .stderr(log.try_clone()?);
        Ok(command)
    }
}

impl Bench for CommandBench {
    fn run(&mut self, trial: &Arc<Trial>) -> Result<Timing, SessionError> {
        let log = tempfile::tempfile().map_err(SessionError::File)?;
        let mut command = self.command(trial.requests(), &log).map_err(SessionError::File)?;
        let running = Arc::new(Running::default());
        trial.limit().guard(Arc::clone(&running) as _);
        let stretch = Stretch::begin(Usage::of_children);
        let ended = running.run(&mut command);
        let timing = stretch.end();
        trial.limit().release();
        host::process::end_orphans();
        let status = ended.map_err(|reason| SessionError::Command {
            program: self.template.program().to_owned(),
            reason,
        })?;
        let outcome = judge(status, log);
        // What ends late is late, whatever its exit status: the requests stay without an end.
        if !trial.limit().has_passed() {
            for request in 0..trial.requests() {
                trial.settle(request, outcome.clone());
            }
        }
        Ok(timing)
    }
}

/// A command while it runs.
#[derive(Default)]
struct Running {
    is_interrupted: AtomicBool,
}

impl Running {
    fn run(&self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut child = command.spawn()?;
        // An interrupt that came too early for this child did not find it.
        if self.is_interrupted.load(Ordering::SeqCst) {
            host::process::kill_descendants();
        }
        child.wait()
    }
}

impl Interrupt for Running {
    fn interrupt(&self) {
        self.is_interrupted.store(true, Ordering::SeqCst);
        host::process::kill_descendants();
    }
}

/// A command that exits with 0 has fetched everything, and any other nothing.
fn judge(status: ExitStatus, log: File) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    let end = match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    };
    let message = match &last_lines(log)[..] {
        [] => format!("{end}: it said nothing on stderr"),
        [line] => format!("{end}: {line}"),
        lines => format!("{end}:\n{}", lines.join("\n")),
    };
    Err(Failure { kind: FailureKind::Code, message })
}

/// The last lines of a log that say anything.
fn last_lines(mut log: File) -> Vec<String> {
    let tail = read_tail(&mut log).unwrap_or_default();
    let text = String::from_utf8_lossy(&tail);
    // A progress bar goes back to the beginning of its line.
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
