//! The command that starts a process: a program and its arguments, never a shell line.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A program, its arguments, and variables in addition to the inherited environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessCommand {
    /// The program; looked up in `PATH` if it has no slash.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The line that it reads from stdin before the protocol begins. Unlike an argument, it can only
    /// be read by the process.
    pub first_line: Option<String>,
    /// The variables that are set for the process.
    pub variables: Vec<(&'static str, OsString)>,
}

impl ProcessCommand {
    /// A program with arguments.
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Self { program: program.into(), arguments, first_line: None, variables: Vec::new() }
    }

    /// The command with further arguments at the end.
    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The command with a line that the process reads before the protocol begins.
    #[must_use]
    pub fn with_first_line(mut self, line: String) -> Self {
        self.first_line = Some(line);
        self
    }
}

impl fmt::Display for ProcessCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.program.display())?;
        for argument in &self.arguments {
            write!(formatter, " {}", argument.display())?;
        }
        Ok(())
    }
}
