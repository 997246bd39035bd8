//! Lays down the segments of the critical path.

use model::phase::Phase;
use model::time::Span;
use model::trace::Milestone;

use super::chain::chain;
use super::timeline::{EarlierExchange, HeldSyn, RequestTimeline};
use super::{CriticalPath, Part, Segment, SegmentLabel};

/// The critical path of a batch that took `batch`; nothing where no milestone was observed.
///
/// `limit` is how many requests may be in flight at once, where that is known.
pub(crate) fn walk(
    timelines: &[RequestTimeline],
    limit: Option<usize>,
    batch: Span,
) -> Option<CriticalPath> {
    let chain = chain(timelines, limit);
    if chain.requests.is_empty() {
        return None;
    }
    let mut tiles = Tiles { parts: Vec::new(), cursor: Span::ZERO, batch };
    if let Some(opener) = chain.opener {
        tiles.lay_opening(opener, &timelines[opener]);
    }
    for &request in &chain.requests {
        let timeline = &timelines[request];
        // The cursor is at the end of the request that gated this one. Only what is left of
        // submitted → started is its queue.
        for (milestone, at) in timeline.milestones.observed() {
            tiles.lay_to(at, timeline.label_before(milestone), request, timeline);
        }
    }
    tiles.lay(batch, Phase::Client.into(), None);
    Some(CriticalPath {
        parts: tiles.parts,
        requests: chain.requests.len(),
        opener: chain.opener,
        order: chain.order,
    })
}

/// The segments of one request by itself, from `from` to its last milestone.
pub(crate) fn request_segments(
    timeline: &RequestTimeline,
    request: usize,
    from: Span,
    batch: Span,
) -> Vec<Segment> {
    let mut tiles = Tiles { parts: Vec::new(), cursor: from, batch };
    for (milestone, at) in timeline.milestones.observed() {
        tiles.lay_to(at, timeline.label_before(milestone), request, timeline);
    }
    super::segments(from, &tiles.parts).collect()
}

/// The segments up to a cursor, which only moves forward and never beyond the batch.
struct Tiles {
    parts: Vec<Part>,
    cursor: Span,
    batch: Span,
}

impl Tiles {
    /// Lays a segment of a request from the cursor to `end`. The part in which the link held the SYN
    /// is connect, unless the request was queued: then it had no connection yet. The part in which
    /// the response lay ready counts as client time, and the exchange of a request in whose place
    /// this one was made as waiting.
    fn lay_to(
        &mut self,
        end: Span,
        label: SegmentLabel,
        request: usize,
        timeline: &RequestTimeline,
    ) {
        let request = Some(request);
        if let Some(HeldSyn { from, to }) = timeline.syn.filter(|_| label.phase() != Phase::Queue) {
            self.lay(end.min(from), label, request);
            self.lay(end.min(to), Phase::Connect.into(), request);
        }
        let ready = timeline.delivery.and_then(|delivery| match label.phase() {
            Phase::Wait => Some(delivery.first),
            Phase::Receive => Some(delivery.whole),
            _ => None,
        });
        if let Some(ready) = ready {
            self.lay(end.min(ready), label, request);
            self.lay(end, Phase::Client.into(), request);
        }
        if label == Phase::Client.into() {
            for &EarlierExchange { from, to } in &timeline.earlier {
                self.lay(end.min(from), label, request);
                self.lay(end.min(to), Phase::Wait.into(), request);
            }
        }
        self.lay(end, label, request);
    }

    /// Lays down what came before a connection was open. The streams that wait for it are handed over by then.
    fn lay_opening(&mut self, opener: usize, timeline: &RequestTimeline) {
        let opening = |(milestone, _): &(Milestone, Span)| *milestone <= Milestone::Secured;
        for (milestone, at) in timeline.milestones.observed().filter(opening) {
            self.lay_to(at, timeline.label_before(milestone), opener, timeline);
        }
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
pub(in crate::path) mod tests;
