//! The time of every request, on the critical path or not, cut into pieces with their charges.
//!
//! The account charges only what lies on the path. A model of the batch needs the same of all requests.

use model::time::Span;

use super::overlay::Overlays;
use super::readiness::Readiness;
use super::{AccountInput, Charge, ClientTime};
use crate::path::{Segment, SegmentLabel, request_segments};

/// A part of a request's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargedPiece {
    /// When it begins.
    pub from: Span,
    /// When it ends; later than it begins.
    pub to: Span,
    /// What it is spent on.
    pub label: SegmentLabel,
    /// The cause that it has whatever its place on the path; none for what any request needs, and for
    /// the time in which it waited for an event loop.
    pub charge: Option<Charge>,
}

impl ChargedPiece {
    /// How long it is.
    pub const fn length(&self) -> Span {
        self.to.saturating_sub(self.from)
    }
}

/// What is known of one request's time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestPieces {
    /// From its first observed milestone, or that of the request in whose place it was made, to its last:
    /// in order and without gaps.
    pub pieces: Vec<ChargedPiece>,
    /// When the first byte of its response lay ready, if it lay there before it was read.
    pub ready: Option<Span>,
    /// Why a connection had to be opened for it again; none where it was not, or where the batch
    /// needed that connection in any case.
    pub reopened: Option<Charge>,
    /// How long the round trips of its connection's TLS handshake take.
    pub handshake_trips: Span,
}

/// The pieces of every request, in the order of the columns.
pub(crate) fn request_pieces(input: &AccountInput<'_, '_>) -> Vec<RequestPieces> {
    let ready = Readiness::new(input);
    let client = ClientTime::new(input, &ready);
    let overlays = Overlays::find(input, &ready, &client);
    let batch = input.run.observed_time();
    let pieces = |request: usize| {
        let timeline = &input.timelines[request];
        let from = timeline.begun().unwrap_or_default();
        let segments = request_segments(timeline, request, from, batch);
        // While a request waits for an event loop, its thread works for others.
        let thread = input.threads.written(request).map(|row| row.thread);
        let is_alone = thread.is_none_or(|thread| !input.threads.is_event_loop(thread));
        let own_time = is_alone.then_some(&client);
        RequestPieces {
            pieces: segments
                .into_iter()
                .flat_map(|segment| charged(segment, &overlays, own_time))
                .collect(),
            ready: ready.first(request),
            reopened: input.reopening_charge(request, 1),
            handshake_trips: input.handshake_trips(request),
        }
    };
    input.requests().map(pieces).collect()
}

fn charged(
    segment: Segment,
    overlays: &Overlays,
    own_time: Option<&ClientTime<'_, '_, '_>>,
) -> Vec<ChargedPiece> {
    let mut pieces = Vec::new();
    for piece in overlays.cut(segment) {
        let part = Segment { start: piece.from, end: piece.to, ..segment };
        let cut = match own_time.filter(|_| piece.charge.is_none()) {
            Some(client) => client.split(part, true),
            None => vec![piece],
        };
        pieces.extend(cut.into_iter().map(|piece| ChargedPiece {
            from: piece.from,
            to: piece.to,
            label: segment.label,
            charge: piece.charge,
        }));
    }
    pieces
}
