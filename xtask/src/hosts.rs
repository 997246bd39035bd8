//! The drivers of other languages, as a run of `batchmark` starts them.

use anyhow::{Result, anyhow};
use batchmark::hosts::{Carried, HostArguments, HostName, named};
use runner::command::ProcessCommand;

/// The command that starts the driver of a language.
pub(crate) fn driver_command(host: HostName, carried: &Carried) -> Result<ProcessCommand> {
    let command = named(host, &HostArguments::default()).driver(carried);
    command.map_err(|absence| anyhow!("{}: {}", absence.reason, absence.remedy))
}
