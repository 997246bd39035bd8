//! The process of `script.py`, which fetches a batch and reads the clock around it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use model::plan::PlannedTarget;
use model::target::Trust;
use runner::command::ProcessCommand;
use runner::line_process::LineProcess;
use runner::process_groups::ProcessGroups;
use stats::quantity::Seconds;

use crate::process_pairs::FetchProcess;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/seed/script.py");

/// The longest accepted time of a batch, including the script's imports.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The running script.
pub(super) struct ScriptProcess(LineProcess);

impl ScriptProcess {
    /// Starts the script for a strategy and the first `batch` requests of a target.
    pub(super) fn start(
        python: &Path,
        strategy: &str,
        planned: &PlannedTarget,
        batch: u32,
        groups: &ProcessGroups,
    ) -> Result<Self> {
        let first = planned.target.requests.first().context("the target has no requests")?;
        let url = first.url.strip_suffix('1').context("the first todo's number is not 1")?;
        let Trust::Added { path } = &planned.target.trust else {
            return Err(anyhow!("the target adds no certificate"));
        };
        let command = ProcessCommand::new(python, &[SCRIPT, strategy, url, &batch.to_string()]);
        Ok(Self(LineProcess::start(&command.with([path]), groups)?))
    }
}

impl FetchProcess for ScriptProcess {
    fn fetch_batch(&mut self) -> Result<Seconds> {
        let seconds = self.0.send(&"fetch").and_then(|()| self.0.receive(TIMEOUT));
        let seconds = seconds.map_err(|error| {
            self.0.kill();
            self.0.close();
            anyhow!("the script failed: {error}\n{}", self.0.log())
        })?;
        Seconds::new(seconds).context("a batch took no time")
    }
}
