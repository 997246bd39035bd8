//! What the client did for each request where requests share connections as streams.
//!
//! One call writes or reads the frames of several streams, so the calls do not show whose they are. The
//! client's time is cut at what else is known: when it started a request, when the endpoint got the HEADERS,
//! and when the client was done with the response.

mod activity;
mod flights;
mod openings;

use std::collections::BTreeSet;

use evidence::milestones::MilestoneSource;
use evidence::thread_states::ThreadStretch;
use model::time::Span;
use model::trace::Milestone;

use self::activity::activity;
use self::flights::Flights;
use self::openings::{Opening, Openings};
use super::own_work::{Call, OwnWork, Part, cut, in_order, note_late};
use super::view::TrialView;

/// What the client did in a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct LoopWork {
    /// The work for each request by its place in the columns.
    pub(super) of_request: Vec<OwnWork>,
    /// Whether requests that are written at once leave together.
    pub(super) writes_together: bool,
    /// Whether one request left a round trip before the others.
    pub(super) awaits_settings: bool,
}

/// When the client started its first request, where it reports that.
pub(super) fn first_start(view: &TrialView<'_, '_>) -> Option<Span> {
    let timelines = view.examined.timelines.iter();
    timelines.filter_map(|timeline| timeline.milestones.at(Milestone::Started)).min()
}

/// What the client did for streams.
pub(super) fn stream_work(view: &TrialView<'_, '_>) -> LoopWork {
    let openings = Openings::new(view);
    let mut work = vec![OwnWork::default(); view.pieces.len() + openings.unused];
    let activity = activity(view, first_start(view).unwrap_or_default());
    cut(&activity, &calls(view, &openings.all, &activity), &mut work);
    note_late(view, &activity, 0..view.pieces.len(), &mut work);
    let beside = work.split_off(view.pieces.len());
    share_openings(view, &mut work, &beside);
    let flights = Flights::new(view);
    let writes_together = flights.leave_together(&activity);
    if writes_together {
        flights.share_writes(&mut work);
    }
    let awaits_settings = flights.await_settings(view);
    LoopWork { of_request: work, writes_together, awaits_settings }
}

/// What the client is known to have done, in order.
fn calls(view: &TrialView<'_, '_>, openings: &[Opening], activity: &[ThreadStretch]) -> Vec<Call> {
    let mut calls = Vec::new();
    for opening in openings {
        let call = |at, before, after| Call {
            at,
            item: opening.owner,
            before,
            after,
            owns_before: true,
            is_first: before == Part::Before,
        };
        calls.push(call(opening.connecting, Part::Before, Part::Preparation));
        calls.extend(opening.securing.map(|at| call(at, Part::Preparation, Part::Handshake)));
        calls.extend(opening.secured.map(|at| call(at, Part::Handshake, Part::Sending)));
    }
    let opened: BTreeSet<usize> = openings.iter().map(|opening| opening.owner).collect();
    for (item, timeline) in view.examined.timelines.iter().enumerate() {
        let milestones = &timeline.milestones;
        let is_first = !opened.contains(&item);
        calls.extend(milestones.at(Milestone::Started).map(|at| Call {
            at,
            item,
            before: Part::Before,
            after: Part::Before,
            owns_before: false,
            is_first: false,
        }));
        let written = milestones.at(Milestone::Writing).or_else(|| milestones.at(Milestone::Sent));
        calls.extend(written.map(|at| Call {
            at,
            item,
            before: Part::Sending,
            after: Part::Sending,
            owns_before: true,
            is_first,
        }));
        let is_reported = milestones.source(Milestone::Done) == Some(MilestoneSource::Trace);
        calls.extend(milestones.at(Milestone::Done).map(|at| Call {
            at,
            item,
            before: Part::Receiving,
            after: Part::Receiving,
            owns_before: is_reported,
            is_first: false,
        }));
    }
    in_order(calls, activity)
}

/// Gives each connection the same share of the work of all openings: `beside` is that of connections that
/// carried nothing, to their end. What came before these belongs to the requests that had them opened.
fn share_openings(view: &TrialView<'_, '_>, work: &mut [OwnWork], beside: &[OwnWork]) {
    let openers: Vec<usize> = (view.requests.iter())
        .filter(|request| request.opened)
        .map(|request| request.item)
        .collect();
    let count = (openers.len() + beside.len()).max(1) as u64;
    let sum = |part: fn(&OwnWork) -> Span| -> Span {
        let of_openers = openers.iter().map(|&item| part(&work[item]));
        of_openers.chain(beside.iter().map(part)).sum()
    };
    let share = |whole: Span| Span::from_nanos(whole.as_nanos() / count);
    let secured: Span = beside.iter().map(|own| own.sending).sum();
    let preparation = share(sum(|own| own.preparation));
    let handshake = share(sum(|own| own.handshake) + secured);
    for &item in &openers {
        work[item].preparation = preparation;
        work[item].handshake = handshake;
    }
    let left: Span = beside.iter().map(|own| own.before).sum();
    let each = Span::from_nanos(left.as_nanos() / work.len().max(1) as u64);
    for own in work {
        own.before = own.before + each;
    }
}
