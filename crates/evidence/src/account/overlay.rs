//! Stretches of single requests that are charged to something that was found on them, whatever
//! their label is.

mod bytes;
mod delayed_ack;
mod server_queue;
mod straggle;
mod turned_away;

use model::time::Span;

use super::{Charge, Scene};
use crate::path::Segment;

/// A stretch of a request, with what it is charged to where it lies on the path.
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
    pub(super) length: Span,
    /// What was found on it; nothing for what is charged by its label.
    pub(super) charge: Option<Charge>,
}

/// All that was found in a trial. Where two lie over each other, the first holds.
#[derive(Debug)]
pub(super) struct Overlays(Vec<Overlay>);

impl Overlays {
    pub(super) fn find(scene: &Scene<'_>) -> Self {
        let mut all = turned_away::find(scene);
        all.extend(delayed_ack::find(scene));
        all.extend(server_queue::find(scene));
        all.extend(bytes::find(scene));
        all.extend(straggle::find(scene));
        Self(all)
    }

    /// Cuts a segment into pieces.
    pub(super) fn cut(&self, segment: Segment) -> Vec<Piece> {
        let over = || self.0.iter().filter(|over| segment.request == Some(over.request));
        let mut ends: Vec<Span> = over().flat_map(|over| [over.from, over.to]).collect();
        ends.retain(|end| segment.start < *end && *end < segment.end);
        ends.push(segment.end);
        ends.sort_unstable();
        ends.dedup();
        let mut from = segment.start;
        let piece = |to: Span| {
            let found = over().find(|over| over.from <= from && to <= over.to);
            let piece =
                Piece { length: to.saturating_sub(from), charge: found.map(|over| over.charge) };
            from = to;
            piece
        };
        ends.into_iter().map(piece).collect()
    }
}
