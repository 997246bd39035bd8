//! What a client used for a number of requests.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use host::clock;
use host::usage::ResourceUsage;
use serde::{Deserialize, Serialize};

use crate::program::own_file;

/// The hidden word before a command whose cost is measured.
pub(super) const STEP: &str = "cost";

/// What a client used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) requests: u64,
    pub(super) time: Duration,
    pub(super) user: Duration,
    pub(super) system: Duration,
    /// In bytes.
    pub(super) peak_memory: u64,
}

impl Cost {
    /// Requests per second.
    pub(super) fn rate(&self) -> f64 {
        self.requests as f64 / self.time.as_secs_f64()
    }

    /// CPU time for each request, in microseconds.
    pub(super) fn cpu_micros(&self) -> f64 {
        self.user_micros() + self.system_micros()
    }

    /// CPU time in user mode for each request, in microseconds.
    pub(super) fn user_micros(&self) -> f64 {
        self.user.as_secs_f64() * 1e6 / self.requests as f64
    }

    /// CPU time in kernel mode for each request, in microseconds.
    pub(super) fn system_micros(&self) -> f64 {
        self.system.as_secs_f64() * 1e6 / self.requests as f64
    }

    /// Peak memory in megabytes.
    pub(super) fn megabytes(&self) -> f64 {
        self.peak_memory as f64 / 1e6
    }
}

/// What a command printed, and what its processes used.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) output: String,
    pub(super) time: Duration,
    pub(super) user: Duration,
    pub(super) system: Duration,
    pub(super) peak_memory: u64,
}

impl Ended {
    /// Runs a command as the only child of another process: the system tells peaks of memory apart only
    /// by parent.
    pub(super) fn run(command: &[String]) -> Result<Self> {
        let mut step = Command::new(own_file()?);
        step.args(["peers", STEP]).args(command).stdin(Stdio::null()).stderr(Stdio::inherit());
        let output = step.output()?;
        ensure!(output.status.success(), "{} ended with {}", command.join(" "), output.status);
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// Runs the command in this process, and prints how it ended as JSON.
pub(super) fn run_and_print(command: &[String]) -> Result<()> {
    let (program, arguments) = command.split_first().context("a command is missing")?;
    let started = clock::monotonic();
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
    let time = clock::monotonic() - started;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} ended with {}: {text}{complaint}", output.status);
    let used = ResourceUsage::of_children().context("the system does not report what was used")?;
    let ResourceUsage { user, system, peak_memory, .. } = used;
    let ended = Ended { output: text, time, user, system, peak_memory };
    println!("{}", serde_json::to_string(&ended)?);
    Ok(())
}
