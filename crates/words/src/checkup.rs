//! The words of `batchmark doctor`: what this machine offers to a measurement, what it lacks, and what to type
//! then. It only words what others found out.

mod machine;
mod programs;
mod sockets;

pub use machine::{OpenFiles, machine};
pub use programs::{MissingGroup, absent_program, host, installed_program};
pub use sockets::{Sockets, Watched, sockets};

use model::driver_protocol::ModuleVersion;
use serde::Serialize;

/// The version of the JSON document.
pub const SCHEMA: &str = "batchmark-doctor/1";

model::closed_list! {
    /// How a point of a checkup is.
    pub enum State {
        /// As a measurement needs it.
        Good = "ok",
        /// It can be measured with, but something makes results worse.
        Note = "note",
        /// It is not there.
        Missing = "missing",
    }
}

model::closed_list! {
    /// What a point is about.
    pub enum Topic {
        /// The machine that measures.
        Machine = "machine",
        /// The programs and libraries that can be measured.
        Programs = "programs",
        /// What can be seen of the clients' system calls.
        SocketWitness = "socket_witness",
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// The version of this document.
    pub schema: &'static str,
    /// This program's version.
    pub batchmark: String,
    /// Everything that was looked at.
    pub points: Vec<Point>,
}

impl Checkup {
    /// The checkup of these points by this version of the program.
    pub fn new(version: &str, points: Vec<Point>) -> Self {
        Self { schema: SCHEMA, batchmark: version.to_owned(), points }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// What it is about.
    pub topic: Topic,
    /// Its name: `cores`, `python`, `httpx/async`.
    pub name: String,
    /// How it is.
    pub state: State,
    /// What was found, as a sentence without a full stop.
    pub found: String,
    /// The modules that take part in a measurement, with their versions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<ModuleVersion>,
    /// What to type or to change; null where nothing is to be done.
    pub remedy: Option<Remedy>,
}

/// What to do about a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Remedy {
    /// A command to type as it is.
    Command(String),
    /// What to change, as a sentence.
    Advice(String),
}

impl Remedy {
    fn advice(text: impl Into<String>) -> Self {
        Self::Advice(text.into())
    }

    fn command(text: impl Into<String>) -> Self {
        Self::Command(text.into())
    }
}

impl Point {
    fn good(topic: Topic, name: &str, found: impl Into<String>) -> Self {
        let (name, found) = (name.to_owned(), found.into());
        Self { topic, name, state: State::Good, found, versions: Vec::new(), remedy: None }
    }

    fn with_remedy(self, state: State, remedy: Remedy) -> Self {
        Self { state, remedy: Some(remedy), ..self }
    }

    /// The point as it is, or with this advice where something makes results worse.
    fn noted_if(self, is_worse: bool, advice: &str) -> Self {
        if is_worse { self.with_remedy(State::Note, Remedy::advice(advice)) } else { self }
    }
}
