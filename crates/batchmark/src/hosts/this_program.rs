//! This program's own file, which is its driver and its endpoint too.

use std::path::PathBuf;

use anyhow::Context;
use runner::command::ProcessCommand;

use crate::private_folder::PrivateFolder;

/// Finds it.
///
/// # Errors
/// When the system does not say where it is.
pub(crate) fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program's own file cannot be found")
}

/// How the embedded endpoint's process is started, which writes to the private folder.
///
/// # Errors
/// When the program's file cannot be found, or the folder cannot be made.
pub(crate) fn endpoint_process(private: &PrivateFolder) -> anyhow::Result<ProcessCommand> {
    let folder = private.path().context("no temporary folder can be made")?;
    Ok(ProcessCommand::new(this_program()?, &["endpoint-process"]).with([folder]))
}
