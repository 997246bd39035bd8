//! The critical path of one trial: labelled segments that tile the batch.
//!
//! A path is kept as the ends of its segments, each of which begins where the one before it ended:
//! neither a gap nor an overlap can be written down. The last segment ends with the batch.

mod chain;
mod course;
mod mean;
mod walk;

use model::arm::Arm;
use model::phase::Phase;
use model::plan::Plan;
use model::time::Span;
use model::trace::Milestone;
use model::trial::Trial;

use crate::join;
use crate::setting::Setting;
use crate::trials;

pub use chain::Order;
pub use course::{Course, courses};
pub use mean::Path;
pub use mean::of_arm;
pub use walk::walk;

/// What a stretch of time is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Label {
    /// The client's own work, the time for which a response lay ready before the client took it, and
    /// everything that has no other label.
    Client,
    /// Waiting for a worker, a permit or a connection.
    Queue,
    /// Looking up the host's name.
    Dns,
    /// Opening a TCP connection, the emulated round trip of its SYN included.
    Connect,
    /// What the client prepares between the open connection and its first handshake byte: a part
    /// of the phase `tls`.
    TlsPreparation,
    /// The TLS handshake.
    Tls,
    /// Handing the request over.
    Send,
    /// Waiting for the response's first byte; where the endpoint is a witness, until it wrote that
    /// byte.
    Wait,
    /// Reading the body to its end; where the endpoint is a witness, until it wrote the last byte.
    Receive,
}

impl Label {
    /// All of them, in the order in which a request passes through them.
    pub const ALL: [Self; 9] = [
        Self::Client,
        Self::Queue,
        Self::Dns,
        Self::Connect,
        Self::TlsPreparation,
        Self::Tls,
        Self::Send,
        Self::Wait,
        Self::Receive,
    ];

    /// The phase that it belongs to.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Client => Phase::Client,
            Self::Queue => Phase::Queue,
            Self::Dns => Phase::Dns,
            Self::Connect => Phase::Connect,
            Self::TlsPreparation | Self::Tls => Phase::Tls,
            Self::Send => Phase::Send,
            Self::Wait => Phase::Wait,
            Self::Receive => Phase::Receive,
        }
    }

    /// The labels of a phase.
    pub fn of_phase(phase: Phase) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |label| label.phase() == phase)
    }

    /// The label of the stretch that `milestone` ends. It holds for the whole stretch since the
    /// last milestone that was observed, so that a stretch whose inner milestones are unobserved
    /// takes the label of the last phase in it.
    pub const fn of_stretch_to(milestone: Milestone) -> Self {
        match milestone {
            Milestone::Submitted
            | Milestone::Resolving
            | Milestone::Connecting
            | Milestone::Writing => Self::Client,
            Milestone::Started => Self::Queue,
            Milestone::Resolved => Self::Dns,
            Milestone::Connected => Self::Connect,
            Milestone::Securing => Self::TlsPreparation,
            Milestone::Secured => Self::Tls,
            Milestone::Sent => Self::Send,
            Milestone::FirstByte => Self::Wait,
            Milestone::Done => Self::Receive,
        }
    }
}

/// A stretch of the critical path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// When it begins, after the batch's start.
    pub start: Span,
    /// When it ends; later than it begins.
    pub end: Span,
    /// What it is spent on.
    pub label: Label,
    /// The request that it belongs to; nothing for what the client does before or after all.
    pub request: Option<usize>,
}

/// The labelled segments that tile a batch from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    parts: Vec<Part>,
    requests: usize,
    order: Order,
}

/// A segment, which begins where the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    end: Span,
    label: Label,
    request: Option<usize>,
}

impl CriticalPath {
    /// The critical path of a trial of `arm`; nothing where a request failed or no milestone of any
    /// was observed.
    pub fn of_trial(plan: &Plan, arm: &Arm, trial: &Trial) -> Option<Self> {
        let setting = Setting::of(plan, arm)?;
        let run = trials::success(trial)?;
        let joined = join::of_trial(&setting, run, trial.witness.as_ref());
        let courses = courses(&setting, run, &joined);
        walk(&courses, setting.limit, run.batch_time())
    }

    /// The segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        let starts = std::iter::once(Span::ZERO).chain(self.parts.iter().map(|part| part.end));
        starts.zip(&self.parts).map(|(start, &Part { end, label, request })| Segment {
            start,
            end,
            label,
            request,
        })
    }

    /// How many requests lie on it.
    pub const fn requests(&self) -> usize {
        self.requests
    }

    /// What put its requests one behind another.
    pub const fn order(&self) -> Order {
        self.order
    }

    /// How much of the batch is spent on `label`.
    pub fn spent_on(&self, label: Label) -> Span {
        let with_label = self.segments().filter(|segment| segment.label == label);
        with_label.map(|segment| segment.end.saturating_sub(segment.start)).sum()
    }
}
