//! The recording: what was measured, as append-only JSON Lines.
//!
//! It is the waist of the program: all that comes before it touches the network and the clock, all
//! that comes after it is a pure function of it. A header, the pilot's trials, the plan, a line a
//! trial, a closing line; each line is flushed as it is written, so that a process killed at any
//! instant leaves a recording that can be read up to its last whole line.

mod reader;
mod writer;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::ArmName;
use crate::driver_protocol::DriverHello;
use crate::environment::Environment;
use crate::facts::Facts;
use crate::plan::Plan;
use crate::trial::Trial;

pub use reader::BadRecording;
pub use writer::Writer;

/// The name and version that a header carries.
pub const SCHEMA: &str = "batchmark-recording/1";

/// A line of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Header(Box<Header>),
    /// What an arm's driver said when it was ready: once for each arm, and again where a later
    /// process says otherwise.
    Ready(ArmFacts),
    /// A trial, of the pilot before the plan's line and else after it.
    Trial(Box<Trial>),
    /// The plan, between the pilot and the first block.
    Plan(Box<Plan>),
    /// The last line of a run that came to its end.
    Closing(Closing),
}

/// Where and with what a recording was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// When the run began, as RFC 3339 in UTC.
    pub started_at: String,
    /// The machine.
    pub environment: Environment,
    /// The drivers, as each introduced itself.
    pub drivers: Vec<DriverHello>,
}

/// What is true of an arm, as its driver says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmFacts {
    /// The arm.
    pub arm: ArmName,
    /// The facts.
    pub facts: Facts,
}

/// How a run came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closing {
    /// Why no further block was begun.
    pub reason: StopReason,
    /// How many whole blocks there are.
    pub blocks: u32,
    /// The share of all processors' time that was busy during the blocks, whatever with, from 0 to 1.
    #[serde(default)]
    pub busy: Option<f64>,
}

/// Why no further block was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// As many blocks as were asked for, or as are allowed.
    Blocks,
    /// Every ratio was known well enough.
    Precision,
    /// The time was up.
    Budget,
    /// A person interrupted the run.
    Interrupted,
    /// In the pilot no request of any arm was answered.
    Unreachable,
    /// In the pilot no batch of any arm succeeded, though requests were answered.
    PilotFailed,
}

/// A recording, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Where and with what it was made.
    pub header: Header,
    /// What the drivers said of their arms, in the order in which they said it.
    pub facts: Vec<ArmFacts>,
    /// What was measured; missing when the run ended before its first block.
    pub plan: Option<Plan>,
    /// All trials, in the order in which they were run.
    pub trials: Vec<Trial>,
    /// How the run ended; missing when it was killed.
    pub closing: Option<Closing>,
    /// Whether the last line was cut off in its middle and left out.
    pub truncated: bool,
}
