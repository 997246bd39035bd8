//! This program's own file, which also serves as driver and as endpoint.

use std::path::PathBuf;

use anyhow::Context;
use runner::command::ProcessCommand;

use crate::private_folder::PrivateFolder;

/// The path of the file.
///
/// # Errors
/// If the system does not report it.
pub(crate) fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program's own file cannot be found")
}

/// The command that starts the embedded endpoint. It writes to the private folder.
///
/// # Errors
/// If the program's file cannot be found, or the folder cannot be created.
pub(crate) fn endpoint_process(private: &PrivateFolder) -> anyhow::Result<ProcessCommand> {
    let folder = private.path().context("the temporary folder cannot be created")?;
    Ok(ProcessCommand::new(this_program()?, &["endpoint-process"]).with([folder]))
}
