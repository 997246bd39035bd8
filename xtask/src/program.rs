//! The program `batchmark` inside this one, so that a task can run it without building it
//! separately. Its arguments follow the hidden task `program`. The processes that a run starts from
//! its own file are hidden tasks too.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use batchmark::exit::Exit;

use crate::event_cost;

/// The hidden task whose arguments are those of `batchmark`.
const PROGRAM: &str = "program";
/// The hidden task that is the driver of the built-in strategies.
pub(crate) const DRIVER: &str = "driver";
/// The hidden task that is the endpoint's process.
pub(crate) const ENDPOINT: &str = "endpoint-process";
/// The hidden task that is the driver of commands.
const COMMAND_DRIVER: &str = "command-driver";
/// The hidden task that makes calls which the socket witness records.
pub(crate) const CALLS: &str = "calls";

/// Runs the program if the task is one of the hidden tasks.
pub(crate) fn serve(task: &str) -> Option<ExitCode> {
    let words = std::env::args_os();
    let ended = match task {
        PROGRAM => batchmark::run(words.skip(1)),
        DRIVER | ENDPOINT | COMMAND_DRIVER => batchmark::run(words),
        CALLS => event_cost::serve().map(|()| Exit::Success),
        _ => return None,
    };
    Some(ended.unwrap_or_else(|error| batchmark::exit::failed(&error)).into())
}

/// This program's own file.
pub(crate) fn own_file() -> Result<PathBuf> {
    std::env::current_exe().context("cannot find this program's own file")
}

/// The build folder that contains this program.
pub(crate) fn build_folder() -> Result<PathBuf> {
    let file = own_file()?;
    let folder = file.parent().and_then(|profile| profile.parent());
    Ok(folder.context("this program is not in a build folder")?.to_owned())
}

/// The program's command, without its arguments.
pub(crate) fn command() -> Result<Command> {
    let mut command = Command::new(own_file()?);
    command.arg(PROGRAM).stdin(Stdio::null());
    Ok(command)
}
