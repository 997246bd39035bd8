//! A trial: one timed run of one arm, and its outcome.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::ArmName;
use crate::failure::{Failure, FailureKind};
use crate::profile::Profile;
use crate::sampling::Sampled;
use crate::socket::SocketWitness;
use crate::time::{Moment, Span};
use crate::trace::Columns;
use crate::witness::Witness;

/// The number of a trial, unique in a recording.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct TrialId(pub u64);

/// The stage of a run that a trial belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// Before the plan was complete; never counted.
    Pilot,
    /// The first trial of a driver process; never counted.
    WarmUp,
    /// A trial of a block.
    Counted(Place),
    /// After the last block, to see which code the client runs; never counted.
    Profile,
}

/// The position of a counted trial in the order of the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The block, from 0 on.
    pub block: u32,
    /// The position in the block, from 0 on.
    pub slot: u32,
    /// The arm of the previous trial, if there was one; warm-up trials included.
    pub predecessor: Option<ArmName>,
}

/// A trial in a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// Its number.
    pub id: TrialId,
    /// The arm.
    pub arm: ArmName,
    /// The stage of the run.
    pub stage: Stage,
    /// The driver process of the arm that ran it, from 0 on.
    pub process: u32,
    /// The outcome.
    pub outcome: Outcome,
    /// What the embedded endpoint saw; null for a foreign server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// What the client's system calls show; null where the client was not observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub socket: Option<Box<SocketWitness>>,
}

impl Trial {
    /// The position of a counted trial.
    pub fn place(&self) -> Option<&Place> {
        match &self.stage {
            Stage::Counted(place) => Some(place),
            Stage::Pilot | Stage::WarmUp | Stage::Profile => None,
        }
    }

    /// Leaves out what is known of single requests, if some of it is packed: nothing is known of them rather than
    /// a part.
    pub fn leave_out_unread(&mut self) {
        let Outcome::Ran(run) = &mut self.outcome else { return };
        let by_endpoint = self.witness.as_ref().is_some_and(|it| it.requests.is_unread());
        let by_sockets = self.socket.as_ref().is_some_and(|it| it.requests.is_unread());
        if run.columns.packed.is_some() || by_endpoint || by_sockets {
            let error = run.columns.error.take();
            run.columns = Columns { error, ..Columns::default() };
            self.witness = None;
            self.socket = None;
        }
    }

    /// How long the batch took, if every request succeeded.
    pub fn batch_time(&self) -> Option<Span> {
        match &self.outcome {
            Outcome::Ran(run) if run.first_failure().is_none() => Some(run.batch_time()),
            Outcome::Ran(_) | Outcome::Lost(_) => None,
        }
    }
}

/// The outcome of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The driver ran it to its end; single requests may have failed.
    Ran(Box<Run>),
    /// The driver died, hung, or broke the protocol.
    Lost(Loss),
}

/// How often the conditions took effect that a driver imposed on the user's code, by their names. A
/// condition that a client obeys by itself is not among them.
pub type ImposedEffects = BTreeMap<String, u64>;

/// How many responses of a trial came over each version of HTTP, such as `2`, as the client reports it.
pub type ResponseVersions = BTreeMap<String, u64>;

/// A driver's report of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// When the batch began.
    pub started: Moment,
    /// When the batch ended.
    pub finished: Moment,
    /// What the driver's process used during the batch.
    pub usage: Usage,
    /// How often each condition took effect that was imposed on the user's code.
    #[serde(default, skip_serializing_if = "ImposedEffects::is_empty")]
    pub imposed: ImposedEffects,
    /// How many responses came over each version of HTTP; empty where the client does not report it.
    #[serde(default, skip_serializing_if = "ResponseVersions::is_empty")]
    pub http: ResponseVersions,
    /// What the client observed of each request; of a sampled trial, of those of its stretch.
    pub columns: Columns,
    /// What is known of all requests of a sampled trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<Box<Sampled>>,
    /// Which code the client ran; only of a trial that was profiled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Box<Profile>>,
}

impl Run {
    /// How long the batch took.
    pub const fn batch_time(&self) -> Span {
        self.finished.since(self.started)
    }

    /// How long the requests took that have rows: the batch, or the stretch of a sampled trial.
    pub fn observed_time(&self) -> Span {
        self.sampled.as_ref().map_or(self.batch_time(), |sampled| sampled.length)
    }

    /// When the time begins from which the timestamps of rows count.
    pub fn rows_start(&self) -> Moment {
        self.started + self.sampled.as_ref().map_or(Span::ZERO, |sampled| sampled.from)
    }

    /// How many requests failed.
    pub fn failed_requests(&self) -> u64 {
        match &self.sampled {
            Some(sampled) => sampled.totals.failed(),
            None => self.columns.failures().count() as u64,
        }
    }

    /// The first failure that is known.
    pub fn first_failure(&self) -> Option<&Failure> {
        match &self.sampled {
            Some(sampled) => sampled.totals.failures.first().map(|total| &total.failure),
            None => self.columns.failures().next(),
        }
    }
}

/// What a driver's process used during a trial. A value that the driver does not know is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Usage {
    /// CPU time in user mode, in nanoseconds.
    pub user: Option<Span>,
    /// CPU time in kernel mode, in nanoseconds.
    pub system: Option<Span>,
    /// CPU time of the processes that the client started, in nanoseconds, in user and kernel mode: of
    /// those that ended and of those that are alive. It is no part of `user` and `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub children: Option<Span>,
    /// How often it gave up the CPU to wait.
    pub voluntary_switches: Option<u64>,
    /// How often it was preempted.
    pub involuntary_switches: Option<u64>,
    /// Peak memory since the start of the process, in bytes.
    pub peak_memory: Option<u64>,
    /// When the user's code started its threads, in nanoseconds after the start of the batch; null for
    /// the driver's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_starts: Option<Vec<Span>>,
    /// How long garbage collections took while the user's code ran, in nanoseconds; null for the
    /// driver's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collecting: Option<Span>,
}

/// A trial that a driver did not complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loss {
    /// The kind of failure that it counts as, if it was not started because the trial before it failed
    /// this way and ended its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FailureKind>,
    /// What happened, as a sentence.
    pub message: String,
    /// The end of the driver's log.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
}
