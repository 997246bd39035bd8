//! Parts of single requests that have a cause of their own. An overlay overrides the default charge of
//! the segments that it covers.

mod bytes;
mod dead_address;
mod delayed_ack;
mod leave;
mod lookup_queue;
mod loss;
mod read_late;
mod server_queue;
mod slow_body;
mod split_request;
mod straggle;
mod turned_away;
mod window;

use model::time::Span;

pub(crate) use server_queue::server_room;

use super::readiness::Readiness;
use super::{AccountInput, Charge, ClientTime};
use crate::path::Segment;

/// A part of a request, and its charge if the part lies on the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Overlay {
    request: usize,
    from: Span,
    to: Span,
    charge: Charge,
}

/// A piece of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: Span,
    pub(super) to: Span,
    /// The charge of its overlay. None for a piece that is charged by its label.
    pub(super) charge: Option<Charge>,
}

impl Piece {
    pub(super) const fn length(&self) -> Span {
        self.to.saturating_sub(self.from)
    }
}

/// All overlays of a trial, sorted by request. Where two of a request overlap, the first holds.
#[derive(Debug)]
pub(super) struct Overlays(Vec<Overlay>);

impl Overlays {
    pub(super) fn find(
        input: &AccountInput<'_, '_>,
        ready: &Readiness,
        client: &ClientTime<'_, '_, '_>,
    ) -> Self {
        let mut all = turned_away::find(input);
        all.extend(read_late::find(input, ready, client));
        all.extend(lookup_queue::find(input));
        all.extend(dead_address::find(input));
        all.extend(leave::find(input));
        all.extend(split_request::find(input));
        all.extend(delayed_ack::find(input));
        all.extend(loss::find(input));
        all.extend(window::find(input));
        all.extend(slow_body::find(input));
        all.extend(server_queue::find(input, ready));
        all.extend(bytes::find(input));
        all.extend(straggle::find(input, ready));
        all.sort_by_key(|overlay| overlay.request);
        Self(all)
    }

    fn of_request(&self, request: Option<usize>) -> &[Overlay] {
        let Some(request) = request else { return &[] };
        let from = self.0.partition_point(|overlay| overlay.request < request);
        let until = self.0.partition_point(|overlay| overlay.request <= request);
        &self.0[from..until]
    }

    /// Cuts a segment into pieces.
    pub(super) fn cut(&self, segment: Segment) -> Vec<Piece> {
        let overlays = self.of_request(segment.request);
        let mut ends: Vec<Span> = overlays.iter().flat_map(|over| [over.from, over.to]).collect();
        ends.retain(|end| segment.start < *end && *end < segment.end);
        ends.push(segment.end);
        ends.sort_unstable();
        ends.dedup();
        let mut from = segment.start;
        let piece = |to: Span| {
            let found = overlays.iter().find(|over| over.from <= from && to <= over.to);
            let piece = Piece { from, to, charge: found.map(|over| over.charge) };
            from = to;
            piece
        };
        ends.into_iter().map(piece).collect()
    }
}
