//! A trial: one timed run of one arm, and what came of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::ArmName;
use crate::failure::FailureKind;
use crate::time::{Moment, Span};
use crate::trace::Columns;
use crate::witness::Witness;

/// A trial's number, unique in a recording.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct TrialId(pub u64);

/// What a trial is there for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// Before the plan was fixed; never counted.
    Pilot,
    /// The first trial of a driver process; never counted.
    WarmUp,
    /// One of a block.
    Counted(Place),
}

/// Where in the plan's order a counted trial stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The block, from 0 on.
    pub block: u32,
    /// The place in the block's order, from 0 on.
    pub slot: u32,
    /// The arm whose trial came before, where there was one; warm-up trials do count here.
    pub predecessor: Option<ArmName>,
}

/// A trial, as it stands in a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// Its number.
    pub id: TrialId,
    /// The arm that was run.
    pub arm: ArmName,
    /// What it was run for.
    pub stage: Stage,
    /// Which of the arm's driver processes ran it, from 0 on.
    pub process: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// What the embedded endpoint saw; null for a target that is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
}

impl Trial {
    /// The place of a counted trial.
    pub fn place(&self) -> Option<&Place> {
        match &self.stage {
            Stage::Counted(place) => Some(place),
            Stage::Pilot | Stage::WarmUp => None,
        }
    }

    /// How long the batch took, where every request of it succeeded.
    pub fn batch_time(&self) -> Option<Span> {
        match &self.outcome {
            Outcome::Ran(run) if run.columns.failures().next().is_none() => Some(run.batch_time()),
            Outcome::Ran(_) | Outcome::Lost(_) => None,
        }
    }
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The driver ran it to its end; single requests may have failed.
    Ran(Box<Run>),
    /// The driver died, hung or talked nonsense.
    Lost(Loss),
}

/// What a driver reports of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// When the batch began.
    pub started: Moment,
    /// When the batch was done.
    pub finished: Moment,
    /// What the driver's process used meanwhile.
    pub usage: Usage,
    /// What the client says of each request.
    pub columns: Columns,
}

impl Run {
    /// How long the batch took.
    pub const fn batch_time(&self) -> Span {
        self.finished.since(self.started)
    }
}

/// What a driver's process used during a trial. What the driver cannot tell is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Usage {
    /// CPU time outside the kernel, in nanoseconds.
    pub user: Option<Span>,
    /// CPU time inside the kernel, in nanoseconds.
    pub system: Option<Span>,
    /// How often it gave up the CPU to wait.
    pub voluntary_switches: Option<u64>,
    /// How often the CPU was taken from it.
    pub involuntary_switches: Option<u64>,
    /// The most memory that the process has held since its start, in bytes.
    pub peak_memory: Option<u64>,
    /// When the code that fetches started its threads, where that code is not the driver's own, in
    /// nanoseconds after the batch's start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_starts: Option<Vec<Span>>,
}

/// A trial that a driver did not bring to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loss {
    /// The kind of failure that it counts as, where it was not begun because the trial before it had
    /// failed so and had taken its process with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FailureKind>,
    /// What happened, as a sentence for people.
    pub message: String,
    /// The end of what the driver wrote to its log.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
}
