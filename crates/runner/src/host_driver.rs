//! A host that answered, with its driver's introduction, and a host that cannot be used.

use std::path::PathBuf;

use model::driver_protocol::DriverHello;

use crate::command::ProcessCommand;

/// A host whose driver answered.
#[derive(Clone, Debug)]
pub struct HostDriver {
    /// The name of the host.
    pub host: String,
    /// The program that users know it by: this program, an interpreter or a compiler.
    pub program: PathBuf,
    /// The command that starts its driver.
    pub command: ProcessCommand,
    /// How its driver introduced itself.
    pub hello: DriverHello,
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
