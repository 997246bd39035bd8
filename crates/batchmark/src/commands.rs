//! The subcommands, one file each.

pub mod driver_check;
pub mod endpoint;
pub mod processes;
pub mod report;
pub mod run;
pub mod strategies;

use std::path::PathBuf;

use anyhow::Context;

/// This program's own file, which is its driver and its endpoint too.
pub(crate) fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program's own file cannot be found")
}
