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

/// All holds of a trial. Where two overlap, the one that was found first counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds {
    /// The holds in the order of their beginnings, each with its place in the order of finding.
    all: Vec<(usize, Hold)>,
    /// Until when each of them, or one that begins before it, lasts.
    last: Vec<Span>,
    /// The first request of the path.
    first: Option<usize>,
}

impl Holds {
    pub(super) fn find(input: &AccountInput<'_, '_>) -> Self {
        if !input.threads.are_known() {
            return Self::default();
        }
        let found = spaced::find(input).into_iter().chain(locked::find(input));
        let mut all: Vec<(usize, Hold)> = found.enumerate().collect();
        all.sort_by_key(|(_, hold)| hold.from);
        let mut latest = Span::ZERO;
        let last = all.iter().map(|(_, hold)| {
            latest = latest.max(hold.to);
            latest
        });
        let last = last.collect();
        Self { all, last, first: on_path(input).first().copied() }
    }

    /// The holds that cover a part of a segment, in the order of finding.
    fn within(&self, segment: Segment) -> Vec<Hold> {
        let end = self.all.partition_point(|(_, hold)| hold.from < segment.end);
        let lasting = self.last[..end].iter().rev().take_while(|last| **last > segment.start);
        let mut within: Vec<(usize, Hold)> = self.all[end - lasting.count()..end]
            .iter()
            .filter(|(_, hold)| hold.to > segment.start)
            .copied()
            .collect();
        within.sort_by_key(|(found, _)| *found);
        within.into_iter().map(|(_, hold)| hold).collect()
    }

    /// Cuts a segment into pieces; those without a charge were not held back.
    pub(super) fn cut(&self, segment: Segment) -> Vec<Piece> {
        let within = self.within(segment);
        let holds = || within.iter().filter(|hold| hold.opens || !self.is_needed(segment));
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
