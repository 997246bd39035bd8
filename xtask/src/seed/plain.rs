//! The plain script's process: `plain.py`, which fetches a batch and reads the clock around it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use model::plan::PlannedTarget;
use model::target::Trust;
use runner::command::ProcessCommand;
use runner::line_process::LineProcess;
use runner::process_groups::ProcessGroups;
use stats::quantity::Seconds;

use crate::process_pairs::Fetching;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/seed/plain.py");

/// How long it may take over a batch, its imports included.
const PATIENCE: Duration = Duration::from_secs(60);

/// The script, running.
pub(super) struct Plain(LineProcess);

impl Plain {
    /// Starts it for a way of fetching the first so many of a target's requests.
    pub(super) fn start(
        python: &Path,
        way: &str,
        planned: &PlannedTarget,
        batch: u32,
        groups: &ProcessGroups,
    ) -> Result<Self> {
        let first = planned.target.requests.first().context("there is nothing to fetch")?;
        let url = first.url.strip_suffix('1').context("the first todo's number is not 1")?;
        let Trust::Added { path } = &planned.target.trust else {
            return Err(anyhow!("no certificate is added to the clients' own"));
        };
        let command = ProcessCommand::new(python, &[SCRIPT, way, url, &batch.to_string()]);
        Ok(Self(LineProcess::start(&command.with([path]), groups)?))
    }
}

impl Fetching for Plain {
    fn batch(&mut self) -> Result<Seconds> {
        let seconds = self.0.send(&"fetch").and_then(|()| self.0.receive(PATIENCE));
        let seconds = seconds.map_err(|error| {
            self.0.kill();
            self.0.close();
            anyhow!("the plain script failed: {error}\n{}", self.0.log())
        })?;
        Seconds::new(seconds).context("a batch took no time")
    }
}
