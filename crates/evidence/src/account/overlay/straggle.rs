//! Stragglers: requests that waited far longer for their answer than is usual in their batch.
//!
//! Where the endpoint is ours, only what it took from beginning to handle a request is counted: no
//! queue before that, and nothing that the link did. Usual is the median; far is half
//! of it more, and six median absolute deviations (Hampel, "The influence curve and its role in
//! robust estimation", JASA 69, 1974; a deviation so large is none of the noise of a batch).

use model::time::Span;
use model::trace::Milestone;

use super::{Charge, Overlay, Scene};

/// With fewer requests there is nothing usual.
const FEWEST: usize = 4;
/// By how many median absolute deviations a straggler lies beyond the median.
const DEVIATIONS: u64 = 6;

/// How long a request waited for its answer.
#[derive(Clone, Copy, Debug)]
struct Wait {
    request: usize,
    /// When the answer's first byte was there.
    end: Span,
    length: Span,
}

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    let waits: Vec<Wait> =
        scene.requests().filter_map(|request| Wait::of(scene, request)).collect();
    if waits.len() < FEWEST {
        return Vec::new();
    }
    let usual = median(waits.iter().map(|wait| wait.length));
    let deviation = median(waits.iter().map(|wait| distance(wait.length, usual)));
    let far = usual.half().max(deviation.times(DEVIATIONS));
    let straggler = |wait: &Wait| {
        let beyond = wait.length.saturating_sub(usual);
        let from = wait.end.saturating_sub(beyond);
        let found = Overlay { request: wait.request, from, to: wait.end, charge: Charge::Straggle };
        (beyond > far).then_some(found)
    };
    waits.iter().filter_map(straggler).collect()
}

impl Wait {
    fn of(scene: &Scene<'_>, request: usize) -> Option<Self> {
        let course = &scene.courses[request];
        let came = course.milestones.at(Milestone::FirstByte)?;
        let row = scene.joined[request].request;
        let by_server = row.and_then(|row| {
            let written = row.first_byte_out?;
            let held = row.hold_out?.saturating_sub(scene.setting.round_trip.half());
            let length = written.saturating_sub(row.handled).saturating_sub(held);
            Some(Self { request, end: written.min(came), length })
        });
        by_server.or_else(|| {
            let sent = course.milestones.at(Milestone::Sent)?;
            Some(Self { request, end: came, length: came.saturating_sub(sent) })
        })
    }
}

/// The middle one; the upper of the two where their number is even.
fn median(lengths: impl Iterator<Item = Span>) -> Span {
    let mut lengths: Vec<Span> = lengths.collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied().unwrap_or_default()
}

fn distance(one: Span, other: Span) -> Span {
    one.saturating_sub(other).max(other.saturating_sub(one))
}
