//! The load that drifts: a script that works on every core.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/verdict/load.py");

/// A running load, which ends when this is dropped.
pub(super) struct DriftingLoad(Child);

impl DriftingLoad {
    /// Starts the load with the schedule of this seed.
    pub(super) fn start(seed: u64) -> Result<Self> {
        let mut command = Command::new("python3");
        command.args([SCRIPT, &seed.to_string()]).stdin(Stdio::piped());
        Ok(Self(command.spawn().context("python3 cannot be started")?))
    }
}

impl Drop for DriftingLoad {
    fn drop(&mut self) {
        // The script ends with its stdin.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
