//! Walks along the critical path and lays down its segments.

use model::phase::Phase;
use model::time::Span;

use super::chain::chain;
use super::course::{Course, HeldSyn};
use super::{CriticalPath, Part, SegmentLabel};

/// The critical path of a batch that took so long; nothing where no milestone was observed.
///
/// `limit` is how many requests may be in flight at once, where that is known.
pub fn walk(courses: &[Course], limit: Option<usize>, batch: Span) -> Option<CriticalPath> {
    let chain = chain(courses, limit);
    if chain.requests.is_empty() {
        return None;
    }
    let mut tiles = Tiles { parts: Vec::new(), cursor: Span::ZERO, batch };
    for &request in &chain.requests {
        let course = &courses[request];
        // Of a request that another one gated, all that lies before the end of that one is past:
        // only the rest of submitted → started is its queue.
        for (milestone, at) in course.milestones.observed() {
            let label = SegmentLabel::before(milestone);
            tiles.lay_to(at, label, request, course);
        }
    }
    tiles.lay(batch, Phase::Client.into(), None);
    Some(CriticalPath { parts: tiles.parts, requests: chain.requests.len(), order: chain.order })
}

/// The segments up to a cursor, which only moves forward and never beyond the batch.
struct Tiles {
    parts: Vec<Part>,
    cursor: Span,
    batch: Span,
}

impl Tiles {
    /// Lays a stretch of a request from the cursor to `end`. The part of it in which the link held
    /// the SYN is connect; while a request is queued, it has no connection. The part of it in which
    /// the response lay ready is the client's.
    fn lay_to(&mut self, end: Span, label: SegmentLabel, request: usize, course: &Course) {
        let request = Some(request);
        if let Some(HeldSyn { from, to }) = course.syn.filter(|_| label.phase() != Phase::Queue) {
            self.lay(end.min(from), label, request);
            self.lay(end.min(to), Phase::Connect.into(), request);
        }
        let ready = course.delivery.and_then(|delivery| match label.phase() {
            Phase::Wait => Some(delivery.first),
            Phase::Receive => Some(delivery.whole),
            _ => None,
        });
        if let Some(ready) = ready {
            self.lay(end.min(ready), label, request);
            self.lay(end, Phase::Client.into(), request);
        }
        self.lay(end, label, request);
    }

    fn lay(&mut self, end: Span, label: SegmentLabel, request: Option<usize>) {
        let end = end.min(self.batch);
        if end > self.cursor {
            self.cursor = end;
            self.parts.push(Part { end, label, request });
        }
    }
}

#[cfg(test)]
mod tests;
