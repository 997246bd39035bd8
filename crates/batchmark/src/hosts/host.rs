//! What a host is, and why one cannot be used.

use std::fmt;

use runner::command::ProcessCommand;

use super::carried::Carried;

/// A program that serves strategies.
pub trait Host: fmt::Debug {
    /// Its unique name, such as `python`.
    fn name(&self) -> String;

    /// The folder of strategies that only hosts of the user serve, such as `own`; none for a host of
    /// libraries, which may serve any other folder.
    fn folder(&self) -> Option<&'static str> {
        None
    }

    /// The command that starts its driver.
    ///
    /// # Errors
    /// If something that it needs is missing.
    fn driver(&self, carried: &Carried) -> Result<ProcessCommand, Absence>;

    /// What to do if its driver does not answer.
    fn remedy(&self) -> String;
}

/// Why a host cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What is missing, as a sentence without a full stop.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// A host that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsentHost {
    /// The host.
    pub host: String,
    /// Why, and what to do about it.
    pub absence: Absence,
}
