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
    report::printer::say(&format!("batchmark: {}", sentence(error)));
    if error.is::<UsageError>() { Exit::BadUsage } else { Exit::SomeFailed }
}

/// The error with its causes; a cause that an error's own sentence holds already is not repeated.
fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !sentence.contains(&cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
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

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn causes_are_told_once() {
        let error = Err::<(), _>(anyhow!("no such file")).context("x cannot be read");
        assert_eq!(sentence(&error.expect_err("is one")), "x cannot be read: no such file");
        let error = Err::<(), _>(anyhow!("no such file")).context("x: no such file");
        assert_eq!(sentence(&error.expect_err("is one")), "x: no such file");
    }
}
