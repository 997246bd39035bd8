//! Stragglers: requests that waited far longer for their response than is usual in their batch.
//!
//! On the embedded endpoint only the time from the beginning of the handling counts: neither the
//! queue before that nor the link. Usual is the median; far is half of it more, and six median
//! absolute deviations (Hampel, "The influence curve and its role in robust estimation", JASA 69,
//! 1974; the noise of a batch makes no deviation that large).
//!
//! Where the client's kernel sent segments of the request's connection again, the wait was for what got lost.

use model::time::Span;
use model::trace::Milestone;

use super::{AccountInput, Charge, Overlay, Readiness};

/// With fewer requests no wait is usual.
const FEWEST: usize = 4;
/// By how many median absolute deviations a straggler lies beyond the median.
const DEVIATIONS: u64 = 6;

/// How long a request waited for its response.
#[derive(Clone, Copy, Debug)]
struct Wait {
    request: usize,
    /// When the response's first byte was there.
    end: Span,
    length: Span,
}

pub(super) fn find(input: &AccountInput<'_, '_>, ready: &Readiness) -> Vec<Overlay> {
    let waits: Vec<Wait> =
        input.requests().filter_map(|request| Wait::of_request(input, ready, request)).collect();
    if waits.len() < FEWEST {
        return Vec::new();
    }
    let usual = median(waits.iter().map(|wait| wait.length));
    let deviation = median(waits.iter().map(|wait| distance(wait.length, usual)));
    let far = usual.half().max(deviation.times(DEVIATIONS));
    let straggler = |wait: &Wait| {
        let beyond = wait.length.saturating_sub(usual);
        let from = wait.end.saturating_sub(beyond);
        let charge =
            if was_sent_again(input, wait.request) { Charge::Loss } else { Charge::Straggle };
        let found = Overlay { request: wait.request, from, to: wait.end, charge };
        (beyond > far).then_some(found)
    };
    waits.iter().filter_map(straggler).collect()
}

/// Whether the client's kernel sent segments of the connection again that carried a request. To the embedded
/// endpoint, over a loopback, nothing gets lost.
fn was_sent_again(input: &AccountInput<'_, '_>, request: usize) -> bool {
    let again = input.carrier(request).and_then(|connection| connection.retransmissions);
    input.witness.is_none() && again.is_some_and(|segments| segments > 0)
}

impl Wait {
    fn of_request(input: &AccountInput<'_, '_>, ready: &Readiness, request: usize) -> Option<Self> {
        let timeline = &input.timelines[request];
        let read = timeline.milestones.at(Milestone::FirstByte)?;
        let came = ready.first(request).map_or(read, |ready| ready.min(read));
        let row = input.joined[request].request;
        let by_server = row.and_then(|row| {
            let written = row.first_byte_out?;
            let held = row.hold_out?.saturating_sub(input.setting.round_trip.half());
            let length = written.saturating_sub(row.handled).saturating_sub(held);
            Some(Self { request, end: written.min(came), length })
        });
        by_server.or_else(|| {
            let sent = timeline.milestones.at(Milestone::Sent)?;
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
