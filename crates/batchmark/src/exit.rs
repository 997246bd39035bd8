//! How the program ends: exit codes, and the message on stderr for an error.

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::usage::UsageError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything succeeded.
    Success,
    /// Some requests failed, or a driver breaks the protocol.
    SomeFailed,
    /// Usage error.
    BadUsage,
    /// The target could not be reached.
    Unreachable,
    /// A strategy became slower than `--fail-slower` allows.
    Slower,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::SomeFailed => 1,
            Exit::BadUsage => 2,
            Exit::Unreachable => 3,
            Exit::Slower => 4,
        })
    }
}

/// Prints an error and returns its exit code: usage errors have their own.
pub fn failed(error: &anyhow::Error) -> Exit {
    report::printer::print_message(&format!("batchmark: {}", sentence(error)));
    if error.is::<UsageError>() { Exit::BadUsage } else { Exit::SomeFailed }
}

/// The error with its causes. A cause that the message already contains is not repeated.
fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !sentence.contains(&cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
}

/// Prints what clap answers instead of arguments: help and version on stdout, errors on stderr.
///
/// # Errors
/// If the answer cannot be printed.
pub fn answer_usage(error: &clap::Error) -> anyhow::Result<Exit> {
    let text = error.render();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        report::printer::print(&text.to_string())?;
        return Ok(Exit::Success);
    }
    report::printer::print_message(text.to_string().trim_end());
    Ok(Exit::BadUsage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn prints_each_cause_once() {
        let error = Err::<(), _>(anyhow!("no such file")).context("x cannot be read");
        assert_eq!(sentence(&error.expect_err("is one")), "x cannot be read: no such file");
        let error = Err::<(), _>(anyhow!("no such file")).context("x: no such file");
        assert_eq!(sentence(&error.expect_err("is one")), "x: no such file");
    }
}
