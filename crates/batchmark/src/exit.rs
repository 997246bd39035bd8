//! How the program ends: the exit codes, and the sentence on stderr that goes with an error.

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::usage::UsageError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked to do.
    Success,
    /// It was measured, but some requests failed; or a driver is not correct.
    SomeFailed,
    /// What was typed cannot be done.
    BadUsage,
    /// The target could not be reached.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::SomeFailed => 1,
            Exit::BadUsage => 2,
            Exit::Unreachable => 3,
        })
    }
}

/// Says what went wrong, and what that means for the exit code: what was typed wrong is told from
/// what broke.
pub fn failed(error: &anyhow::Error) -> Exit {
    report::printer::say(&format!("batchmark: {error:#}"));
    if error.is::<UsageError>() { Exit::BadUsage } else { Exit::SomeFailed }
}

/// Answers a command line that clap did not take: help and version are answers, the rest is not.
///
/// # Errors
/// When the answer cannot be printed.
pub fn not_understood(error: &clap::Error) -> anyhow::Result<Exit> {
    let text = error.render();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        report::printer::print(&text.to_string())?;
        return Ok(Exit::Success);
    }
    report::printer::say(text.to_string().trim_end());
    Ok(Exit::BadUsage)
}
