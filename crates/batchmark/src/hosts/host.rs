//! What a host is.

use std::fmt;
use std::path::PathBuf;

use runner::command::ProcessCommand;

use super::carried::Carried;
use runner::host_driver::Absence;

/// A program that serves strategies.
pub trait Host: fmt::Debug {
    /// Its unique name, such as `python`.
    fn name(&self) -> String;

    /// The folder of strategies that only hosts of the user serve, such as `own`; none for a host of
    /// libraries, which may serve any other folder.
    fn folder(&self) -> Option<&'static str> {
        None
    }

    /// The client whose strategies are the only ones that it serves; none for a host of several clients. Such
    /// a host is never started to look for another client.
    fn client(&self) -> Option<&'static str> {
        None
    }

    /// The program that the user knows it by; none if it is the one that is started.
    fn program(&self) -> Option<PathBuf> {
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
