//! Renders the documents' output excerpts and generated pages again.
//!
//! The test that compares them with the program writes them, so there is one renderer.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs the test of the documents with leave to write.
pub(crate) fn render() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["test", "--quiet", "--package", "batchmark", "--test", "it", "documents_show"])
        .env("UPDATE_DOCS", "1")
        .status()
        .context("cargo cannot be started")?;
    if !status.success() {
        bail!("the documents could not be rendered");
    }
    Ok(())
}
