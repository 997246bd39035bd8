//! The critical path of one trial: labelled segments that tile the batch.
//!
//! A path stores only where each segment ends, and each begins where the one before it ended, so it
//! can have neither gaps nor overlaps. The last segment ends with the batch.

mod chain;
mod timeline;
mod walk;

use model::phase::{PerPhase, Phase};
use model::time::Span;
use model::trace::Milestone;

use crate::scale::Scale;

pub use chain::Order;
pub(crate) use timeline::timelines;
pub use timeline::{
    ConnectionKey, Delivery, EarlierExchange, HeldSyn, RequestTimeline, StreamPlace,
};
pub(crate) use walk::{request_segments, walk};

/// What a segment is spent on: a phase, of which tls has two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentLabel {
    /// A phase; of tls, the handshake itself. Where the endpoint is a witness, wait and receive end
    /// when it wrote the response's first and last byte, and the rest is the client's.
    Phase(Phase),
    /// What the client prepares between the open connection and its first handshake byte: the
    /// first part of tls.
    TlsPreparation,
}

impl SegmentLabel {
    /// The phase that it belongs to.
    pub const fn phase(self) -> Phase {
        match self {
            Self::Phase(phase) => phase,
            Self::TlsPreparation => Phase::Tls,
        }
    }

    /// The labels of a phase.
    pub fn of_phase(phase: Phase) -> impl Iterator<Item = Self> {
        let preparation = (phase == Phase::Tls).then_some(Self::TlsPreparation);
        preparation.into_iter().chain([Self::Phase(phase)])
    }

    /// The label of the time before `milestone`, back to the last milestone that was observed.
    /// Where inner milestones are unobserved, the last phase gives its label to the whole.
    pub const fn before(milestone: Milestone) -> Self {
        match milestone {
            Milestone::Securing => Self::TlsPreparation,
            other => Self::Phase(Phase::before(other)),
        }
    }
}

impl From<Phase> for SegmentLabel {
    fn from(phase: Phase) -> Self {
        Self::Phase(phase)
    }
}

/// How much of a batch each phase takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathTimes {
    /// The phases, which sum to the batch.
    pub phases: PerPhase<Span>,
    /// The part of tls before the first handshake byte.
    pub tls_preparation: Span,
}

impl PathTimes {
    /// A batch of which no milestone was observed. All of its time counts as client time.
    pub fn client_only(batch: Span) -> Self {
        let mut times = Self::default();
        times.phases[Phase::Client] = batch;
        times
    }

    /// The times of the batch to which this stretch belongs.
    pub(crate) fn scaled(mut self, scale: Scale) -> Self {
        scale.apply(self.phases.values_mut());
        self.tls_preparation = scale.one(self.tls_preparation).min(self.phases[Phase::Tls]);
        self
    }

    /// The part of tls from the first handshake byte on.
    pub fn tls_handshake(&self) -> Span {
        self.phases[Phase::Tls].saturating_sub(self.tls_preparation)
    }
}

/// A part of the critical path that is spent on one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// When it begins, after the batch's start.
    pub start: Span,
    /// When it ends; later than it begins.
    pub end: Span,
    /// What it is spent on.
    pub label: SegmentLabel,
    /// The request that it belongs to; nothing for what the client does before or after all.
    pub request: Option<usize>,
}

impl Segment {
    /// How long it is.
    pub const fn length(&self) -> Span {
        self.end.saturating_sub(self.start)
    }
}

/// The labelled segments that tile a batch from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    parts: Vec<Part>,
    requests: usize,
    opener: Option<usize>,
    order: Order,
}

/// A segment, which begins where the one before it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    end: Span,
    label: SegmentLabel,
    request: Option<usize>,
}

/// The segments of parts of which the first begins at `from`.
fn segments(from: Span, parts: &[Part]) -> impl Iterator<Item = Segment> {
    let starts = std::iter::once(from).chain(parts.iter().map(|part| part.end));
    starts.zip(parts).map(|(start, &Part { end, label, request })| Segment {
        start,
        end,
        label,
        request,
    })
}

impl CriticalPath {
    /// The segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment> {
        segments(Span::ZERO, &self.parts)
    }

    /// How many requests lie on it.
    pub const fn requests(&self) -> usize {
        self.requests
    }

    /// The request for which the connection was opened that the first request waited for as a stream. It is on the path
    /// only with that opening.
    pub const fn opener(&self) -> Option<usize> {
        self.opener
    }

    /// Why its requests ran in their order.
    pub const fn order(&self) -> Order {
        self.order
    }

    /// How much of the batch each phase takes.
    pub fn times(&self) -> PathTimes {
        let mut times = PathTimes::default();
        for segment in self.segments() {
            let length = segment.length();
            let phase = &mut times.phases[segment.label.phase()];
            *phase = *phase + length;
            if segment.label == SegmentLabel::TlsPreparation {
                times.tls_preparation = times.tls_preparation + length;
            }
        }
        times
    }
}
