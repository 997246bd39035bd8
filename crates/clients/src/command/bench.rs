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
use crate::session::{Bench, SessionError, Stretch, Timing};
use crate::trial::Trial;

/// How much of the end of what a command says on stderr is looked at.
const LOG_TAIL: u64 = 8 << 10;
/// How much of its last line is told, in characters.
const LONGEST_LINE: usize = 500;

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
    let said = last_line(log).unwrap_or_else(|| "it said nothing on stderr".to_owned());
    Err(Failure { kind: FailureKind::Code, message: format!("{end}: {said}") })
}

/// The last line of a log that says anything.
fn last_line(mut log: File) -> Option<String> {
    let length = log.seek(SeekFrom::End(0)).ok()?;
    log.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL))).ok()?;
    let mut tail = Vec::new();
    log.read_to_end(&mut tail).ok()?;
    let text = String::from_utf8_lossy(&tail);
    // A progress bar goes back to the beginning of its line.
    let line = text.split(['\n', '\r']).map(str::trim).rfind(|line| !line.is_empty())?;
    Some(line.chars().filter(|letter| !letter.is_control()).take(LONGEST_LINE).collect())
}
