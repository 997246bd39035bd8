//! The recording: everything that was measured, as append-only JSON Lines.
//!
//! Everything before the recording touches the network and the clock; everything after it is a pure
//! function of it. It holds a header, the trials of the pilot, the plan, one line for each trial and
//! a closing line. Each line is flushed at once, so a killed process leaves a recording that can be
//! read up to its last whole line. `docs/recording.schema.json` describes the lines; CONTRIBUTING.md
//! says when the schema's version changes.

mod line;
mod reader;
mod writer;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::ArmName;
use crate::driver_protocol::DriverHello;
use crate::environment::Environment;
use crate::facts::Facts;
use crate::plan::Plan;
use crate::time::Moment;
use crate::trial::Trial;

pub use reader::BadRecording;
pub use writer::Writer;

/// The name and version of the schema, as every new header has it.
pub const SCHEMA: &str = "batchmark-recording/2";

/// The version before, whose recordings hold no packed tables. What is the same is written in the same way.
const BEFORE: &str = "batchmark-recording/1";

/// A line of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum RecordingLine {
    /// The first line.
    Header(Box<RecordingHeader>),
    /// What an arm's driver states once it is prepared: once for each arm, and again if a later
    /// process states something else.
    Ready(ArmFacts),
    /// A trial; those of the pilot come before the plan.
    Trial(Box<Trial>),
    /// The plan, between the pilot and the first block; and again where an interrupted run goes on.
    Plan(Box<Plan>),
    /// The last line of a run that was not killed. One that was interrupted may go on behind it.
    Closing(Closing),
}

/// The machine and the drivers of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordingHeader {
    /// [`SCHEMA`].
    pub schema: String,
    /// When the run began, in RFC 3339 and UTC.
    pub started_at: String,
    /// The machine.
    pub environment: Environment,
    /// How each driver introduced itself.
    pub drivers: Vec<DriverHello>,
    /// How the machine's clock compares with the collector's; absent if they were not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockComparison>,
}

/// The clock of a machine compared with that of a collector: the four stamps of each of several exchanges.
/// All are readings of CLOCK_MONOTONIC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockComparison {
    /// Which clock of which collector it was. Recordings of one collector share a time axis.
    pub collector: String,
    /// The exchanges; the shortest is the most precise.
    pub exchanges: Vec<ClockExchange>,
}

/// An exchange of messages between a collector and a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockExchange {
    /// When the collector sent its message, on its clock.
    pub sent: Moment,
    /// When the machine received it, on its own clock.
    pub received: Moment,
    /// When the machine answered, on its own clock.
    pub replied: Moment,
    /// When the answer arrived, on the collector's clock.
    pub arrived: Moment,
}

/// Facts about an arm, stated by its driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArmFacts {
    /// The arm.
    pub arm: ArmName,
    /// The facts.
    pub facts: Facts,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Closing {
    /// Why no further block started.
    pub reason: StopReason,
    /// How many whole blocks there are.
    pub blocks: u32,
    /// The share of all processor time that was busy during the blocks, from 0 to 1.
    #[serde(default)]
    pub busy: Option<f64>,
}

crate::closed_list! {
    /// Why no further block started.
    pub enum StopReason {
        /// The requested or maximum number of blocks was reached.
        Blocks = "blocks",
        /// Every ratio was known precisely enough.
        Precision = "precision",
        /// The time budget was spent.
        Budget = "budget",
        /// Ctrl-C ended the run.
        Interrupted = "interrupted",
        /// No request was answered in the pilot.
        Unreachable = "unreachable",
        /// No batch succeeded in the pilot, though requests were answered.
        PilotFailed = "pilot_failed",
    }
}

/// A recording in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The machine and the drivers.
    pub header: RecordingHeader,
    /// What the drivers stated about their arms, in order.
    pub facts: Vec<ArmFacts>,
    /// The plan; none if the run was killed in its pilot.
    pub plan: Option<Plan>,
    /// All trials, in the order in which they were run, without those that a resumed run has repeated.
    pub trials: Vec<Trial>,
    /// How the run ended; none if it was killed.
    pub closing: Option<Closing>,
    /// Whether the last line was cut off and is left out.
    pub truncated: bool,
}

#[cfg(test)]
mod tests {
    use super::RecordingLine;
    use test_support::assert_committed;

    #[test]
    fn has_a_committed_schema() {
        assert_committed::<RecordingLine>("recording.schema.json");
    }
}
