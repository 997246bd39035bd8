//! One trial as a waterfall: a row for each request with its phases over time, what a witness saw of
//! it, and what the client's threads did meanwhile.
//!
//! Values only. Nothing is invented: what was not observed is absent.

mod build;
mod choice;
mod connections;
mod pick;
mod shown_rows;
mod spans;

use std::borrow::Cow;

use evidence::detour::DetourCause;
use evidence::milestones::MilestoneSource;
use evidence::thread_states::{ThreadRole, ThreadStretch};
use model::arm::ArmName;
use model::failure::Failure;
use model::phase::Phase;
use model::socket::ThreadPlace;
use model::time::Span;
use model::trace::Milestone;
use model::trial::TrialId;

pub use build::waterfall;
pub use choice::{ChoiceReason, ChosenArm, chosen_arm, named_arm};
pub use pick::{Pace, PerPace, PickedTrials, pick};
pub use shown_rows::{ShownRows, shown_rows};
pub use spans::PhaseSpan;

/// One trial. All times are after the trial's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waterfall<'a> {
    /// The arm.
    pub arm: ArmName,
    /// The trial's number in the recording.
    pub trial: TrialId,
    /// The block, from 0 on; nothing for a trial that is not counted.
    pub block: Option<u32>,
    /// How long the batch took; of a sampled trial its stretch.
    pub length: Span,
    /// The requests in the order in which they were handed over; those of which that is unknown come last.
    /// What was requested in vain for an item comes directly before the item.
    pub rows: Vec<Row<'a>>,
    /// The number of known connections that carried the requests.
    pub connections: usize,
    /// What the client's threads did, in the order of the socket witness; empty without it.
    pub threads: Vec<ThreadLane>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Why it was made.
    pub kind: RowKind,
    /// The item of the batch that it was made for, from 0 on in the order of the target's requests;
    /// nothing where that is unknown.
    pub item: Option<usize>,
    /// Its method, where that is known.
    pub method: Option<Cow<'a, str>>,
    /// Its path, where that is known. What only the socket witness saw has no values in its query.
    pub path: Option<Cow<'a, str>>,
    /// Its phases, in order and without overlaps; those of all rows of an item have no gaps. Time in which
    /// nothing was observed has none.
    pub phases: Vec<PhaseSpan>,
    /// When it passed its milestones and who observed that, in order.
    pub milestones: Vec<ObservedMilestone>,
    /// The connection that carried it.
    pub connection: Option<RowConnection>,
    /// The worker that made it: the client's number, else the thread that wrote it.
    pub worker: Option<u64>,
    /// The thread that wrote it, where the socket witness saw that.
    pub thread: Option<ThreadPlace>,
    /// The status of its response.
    pub status: Option<u16>,
    /// The bytes of its response's body.
    pub bytes: Option<u64>,
    /// How it failed.
    pub error: Option<&'a Failure>,
    /// Whether it lies on the critical path.
    pub is_on_path: bool,
    /// What the endpoint saw of it, else the socket witness.
    pub witness: Option<WitnessedRequest>,
}

impl Row<'_> {
    /// When its first phase begins; nothing where none was observed.
    pub fn begin(&self) -> Option<Span> {
        Some(self.phases.first()?.from)
    }

    /// When its last phase ends; nothing where none was observed.
    pub fn end(&self) -> Option<Span> {
        Some(self.phases.last()?.to)
    }

    /// How long it took from its first phase to the end of its last; nothing where none was observed.
    pub fn length(&self) -> Option<Span> {
        Some(self.end()?.saturating_sub(self.begin()?))
    }

    /// How long it was in a phase.
    pub fn time_in(&self, phase: Phase) -> Span {
        let spans = self.phases.iter().filter(|span| span.phase == phase);
        spans.map(PhaseSpan::length).sum()
    }
}

/// Why a request was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// It is the request that gave an item of the batch, or that the client reports as such.
    Item,
    /// Another request for the same item followed it, for this reason.
    Detour(DetourCause),
    /// A witness saw it, and it is not known which item it was for.
    Unmatched,
}

/// A milestone of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedMilestone {
    /// Which.
    pub milestone: Milestone,
    /// When it passed.
    pub at: Span,
    /// Who observed it.
    pub source: MilestoneSource,
}

/// A connection of a trial, from 1 on in the order of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionNumber(pub usize);

/// The connection that carried a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowConnection {
    /// Its number in this waterfall.
    pub number: ConnectionNumber,
    /// Whether it was seen to be opened for this request.
    pub is_opened: bool,
}

/// Which witness saw a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestWitness {
    /// The embedded endpoint, at the other end of the link.
    Endpoint,
    /// The socket witness, inside the client's process.
    Socket,
}

impl From<RequestWitness> for MilestoneSource {
    fn from(witness: RequestWitness) -> Self {
        match witness {
            RequestWitness::Endpoint => Self::Endpoint,
            RequestWitness::Socket => Self::Socket,
        }
    }
}

/// What a witness saw of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WitnessedRequest {
    /// Which witness.
    pub by: RequestWitness,
    /// When its last byte arrived at the endpoint, or was written by the client.
    pub arrived: Span,
    /// When the endpoint passed it to its handler.
    pub handled: Option<Span>,
    /// When the first byte of the response was written by the endpoint, or read by the client.
    pub first_byte: Option<Span>,
    /// When the last byte of the response was written by the endpoint, or read by the client.
    pub answered: Option<Span>,
}

/// What one thread of the client did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadLane {
    /// Its place in the socket witness.
    pub thread: ThreadPlace,
    /// What it was there for.
    pub role: ThreadRole,
    /// The process that it belongs to, as an ordinal: 0 is the driver.
    pub process: u32,
    /// Its waits of at least 20 µs, and the time between them, in which it ran, was ready to run or waited
    /// for less. They tile its life as far as that lies in the batch.
    pub stretches: Vec<ThreadStretch>,
}

#[cfg(test)]
mod tests;
