//! When the client itself kept a request of the path from starting, whatever else passed meanwhile.
//!
//! Two things hold requests back: a timer that spaces their starts, and a lock that lets one thread
//! at a time make its request. Without it they would have started together, so the exchanges that
//! passed meanwhile are not what the batch waited for.

mod locked;
mod spaced;

use model::phase::Phase;
use model::time::Span;

use super::overlay::Piece;
use super::{AccountInput, Charge};
use crate::path::Segment;

/// A stretch of the path in which the client held a request back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hold {
    from: Span,
    to: Span,
    charge: Charge,
    /// Whether a connection was opened for the request. Otherwise that of the path's first request
    /// was needed for it too.
    opens: bool,
}

/// All holds of a trial. Where two overlap, the first counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds {
    all: Vec<Hold>,
    /// The first request of the path.
    first: Option<usize>,
}

impl Holds {
    pub(super) fn find(input: &AccountInput<'_, '_>) -> Self {
        if !input.threads.are_known() {
            return Self::default();
        }
        let mut all: Vec<Hold> = spaced::find(input).into_iter().collect();
        all.extend(locked::find(input));
        Self { all, first: on_path(input).first().copied() }
    }

    /// Cuts a segment into pieces; those without a charge were not held back.
    pub(super) fn cut(&self, segment: Segment) -> Vec<Piece> {
        let holds = || self.all.iter().filter(|hold| hold.opens || !self.is_needed(segment));
        let mut ends: Vec<Span> = holds().flat_map(|hold| [hold.from, hold.to]).collect();
        ends.retain(|end| segment.start < *end && *end < segment.end);
        ends.push(segment.end);
        ends.sort_unstable();
        ends.dedup();
        let mut from = segment.start;
        let piece = |to: Span| {
            let hold = holds().find(|hold| hold.from <= from && to <= hold.to);
            let piece = Piece { from, to, charge: hold.map(|hold| hold.charge) };
            from = to;
            piece
        };
        ends.into_iter().map(piece).collect()
    }

    /// Whether a segment opens the connection of the path's first request.
    fn is_needed(&self, segment: Segment) -> bool {
        let opening = matches!(segment.label.phase(), Phase::Dns | Phase::Connect | Phase::Tls);
        opening && segment.request == self.first
    }
}

/// The requests of the path, each once, in order.
fn on_path(input: &AccountInput<'_, '_>) -> Vec<usize> {
    let mut requests: Vec<usize> =
        input.path.segments().filter_map(|segment| segment.request).collect();
    requests.dedup();
    requests
}
