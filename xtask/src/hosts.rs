//! The drivers of other languages, as a run of `batchmark` starts them.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use batchmark::hosts::{Carried, HostArguments, HostName, named};
use runner::command::ProcessCommand;

use crate::program;

/// The command that starts the driver of a language.
pub(crate) fn driver_command(host: HostName, carried: &Carried) -> Result<ProcessCommand> {
    let arguments = HostArguments { python: pinned_python()?, ..HostArguments::default() };
    let command = named(host, &arguments).driver(carried);
    command.map_err(|absence| anyhow!("{}: {}", absence.reason, absence.remedy))
}

/// The Python with all pinned packages; none where it cannot be made, or another environment is active.
fn pinned_python() -> Result<Option<PathBuf>> {
    if env::var_os("VIRTUAL_ENV").is_some() {
        return Ok(None);
    }
    Ok(provision::python(&program::build_folder()?.join("tmp")).ok())
}
