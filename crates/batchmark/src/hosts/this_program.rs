//! This program's own file, which is its driver and its endpoint too.

use std::path::PathBuf;

use anyhow::Context;

/// Finds it.
///
/// # Errors
/// When the system does not say where it is.
pub(crate) fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program's own file cannot be found")
}
