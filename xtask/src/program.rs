//! The program `batchmark`, served by this one, so that a chore can run it as a person does without
//! building it apart: its words stand behind the hidden chore `program`, and the processes that a
//! run starts from its own file are hidden chores too.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};

/// The hidden chore whose further words are those of `batchmark`.
const WORDS: &str = "program";
/// The hidden chore that is the driver of the built-in strategies.
pub(crate) const DRIVER: &str = "driver";
/// The hidden chore that is the endpoint's process.
pub(crate) const ENDPOINT: &str = "endpoint-process";
/// The hidden chore that is the driver of commands.
const COMMAND_DRIVER: &str = "command-driver";

/// Is the program, where the chore is one that the program knows; nothing for any other.
pub(crate) fn serve(chore: &str) -> Option<ExitCode> {
    let words = std::env::args_os();
    let ended = match chore {
        WORDS => batchmark::run(words.skip(1)),
        DRIVER | ENDPOINT | COMMAND_DRIVER => batchmark::run(words),
        _ => return None,
    };
    Some(ended.unwrap_or_else(|error| batchmark::exit::failed(&error)).into())
}

/// This program's own file.
pub(crate) fn own_file() -> Result<PathBuf> {
    std::env::current_exe().context("this program's own file cannot be found")
}

/// The build folder that this program lies in.
pub(crate) fn build_folder() -> Result<PathBuf> {
    let file = own_file()?;
    let folder = file.parent().and_then(|profile| profile.parent());
    Ok(folder.context("this program lies in no build folder")?.to_owned())
}

/// The program, ready to be given its words.
pub(crate) fn command() -> Result<Command> {
    let mut command = Command::new(own_file()?);
    command.arg(WORDS).stdin(Stdio::null());
    Ok(command)
}
