//! Learns the batch of a client of which one thread has several requests in flight.

use evidence::account::Charge;
use evidence::in_flight::most_in_flight;
use model::socket::ThreadWait;
use model::time::Span;

use super::assemble::{LearntRequest, assemble};
use super::exchange::NetworkSteps;
use super::own_work::{OwnWork, own_work};
use super::streams::{LoopWork, first_start, stream_work};
use super::view::{Observed, TrialView};
use crate::batch::{Batch, Handshake, Resource, Start, Step};

/// A shorter wait for a timer starts nothing.
const SHORTEST: Span = Span::from_nanos(200_000);

pub(super) fn learn(view: &TrialView<'_, '_>) -> Batch {
    let LoopWork { of_request: work, writes_together, awaits_settings } = loop_work(view);
    let first = first_work(view, &work);
    let count = view.requests.len();
    let by_clock = view.requests.iter().filter(|request| is_timed(&work[request.item])).count();
    // Where the clock starts most requests, nothing else limits how many there are at once.
    let workers = if 2 * by_clock > count { count } else { most_at_once(view).min(count) };
    let learn_request = |(place, request): (usize, &Observed)| {
        let before = if place == 0 { first.work } else { work[request.item].before };
        let own = work[request.item];
        let own = OwnWork { before, loading: own.loading.min(before), ..own };
        let network = NetworkSteps::new(view, request);
        let is_first = place < workers;
        let mut learnt = LearntRequest {
            observed: *request,
            start: is_first.then(|| Start {
                at: first.at,
                prepared: view.loaded_again_before(first.at, request),
                ..Start::default()
            }),
            not_before: None,
            before: vec![
                Step::blocking(own.blocked_before),
                Step::new(Resource::Client, own.before.saturating_sub(own.loading)),
            ],
            opening: opening_steps(network.opening, &own, view.handshake(request.item)),
            exchange: exchange_steps(&network.exchange, &own),
        };
        clock(view, &own, &mut learnt);
        learnt
    };
    let learnt = view.requests.iter().enumerate().map(learn_request).collect();
    let ended = view.requests.iter().map(|request| work[request.item].ended.max(request.end)).max();
    let ended = ended.unwrap_or_default();
    let after = view.examined.observed_time().saturating_sub(ended);
    let closing = view.closing_after(ended);
    Batch { after, closing, writes_together, awaits_settings, ..assemble(view, learnt) }
}

/// What the loop did. What it did for streams is found in another way.
fn loop_work(view: &TrialView<'_, '_>) -> LoopWork {
    if view.is_multiplexed {
        stream_work(view)
    } else {
        LoopWork { of_request: own_work(view), ..LoopWork::default() }
    }
}

/// The most requests that the client makes at once. Where as many were in flight as the server allows streams, others
/// had been started and waited for one.
fn most_at_once(view: &TrialView<'_, '_>) -> usize {
    let most = view.most_at_once();
    let is_limited = |limit: usize| most >= limit.saturating_mul(view.sharing());
    let started = view.streams().filter(|&limit| is_limited(limit));
    started.and_then(|_| most_in_flight(view.examined)).unwrap_or(most)
}

/// When the first request of a batch could begin, and the work before it.
struct FirstWork {
    at: Span,
    work: Span,
}

/// What the loop does before its first request is mostly the beginning of the batch; a request of its
/// own is only what other requests need as well.
fn first_work(view: &TrialView<'_, '_>, work: &[OwnWork]) -> FirstWork {
    let first = view.requests[0];
    if let (true, Some(at)) = (view.is_multiplexed, first_start(view)) {
        return FirstWork { at, work: work[first.item].before };
    }
    let mut others: Vec<Span> =
        view.requests.iter().skip(1).map(|request| work[request.item].before).collect();
    others.sort_unstable();
    let usual = others.get(others.len() / 2).copied().unwrap_or_default();
    let own = work[first.item].before.min(usual).min(first.begin);
    FirstWork { at: first.begin.saturating_sub(own), work: own }
}

fn opening_steps(mut steps: Vec<Step>, own: &OwnWork, kind: Option<Handshake>) -> Vec<Step> {
    // The handshake's work that the loop does itself is no time of the network.
    let mut left = own.handshake;
    for step in steps.iter_mut().rev().filter(|step| step.cause == Some(Charge::Handshake)) {
        let part = step.length.min(left);
        step.length = step.length.saturating_sub(part);
        left = left.saturating_sub(part);
    }
    let work = |length, cause| Step::caused(Resource::Client, length, cause).securing(kind);
    steps.push(work(own.preparation, Charge::Preparation));
    steps.push(Step::caused(Resource::Client, own.loading, Charge::Preparation));
    steps.push(work(own.handshake, Charge::Handshake));
    steps
}

fn exchange_steps(network: &[Step], own: &OwnWork) -> Vec<Step> {
    let mut steps = vec![Step::new(Resource::Client, own.sending)];
    steps.extend(network);
    steps.push(Step::new(Resource::Contention, own.late));
    steps.push(Step::new(Resource::Client, own.receiving));
    steps.push(Step::caused(Resource::Client, own.blocking, Charge::LoopBlocked));
    steps.push(Step::blocking(own.blocked_after));
    steps.retain(|step| !step.is_empty());
    steps
}

/// Whether a timer ended before a request was begun.
fn is_timed(own: &OwnWork) -> bool {
    let timer = own.slept.filter(|(wait, _)| *wait == ThreadWait::Timer);
    timer.is_some_and(|(_, from)| own.woke.saturating_sub(from) >= SHORTEST)
}

/// Where a timer ended before a request was begun, the clock began it.
fn clock(view: &TrialView<'_, '_>, own: &OwnWork, learnt: &mut LearntRequest) {
    let Some((_, from)) = own.slept.filter(|_| is_timed(own)) else { return };
    let length = own.woke.saturating_sub(from);
    let in_flight = view.examined.threads.rows().in_flight_at(from + length.half());
    if in_flight > 0 || learnt.start.is_some() {
        learnt.not_before = Some(Start {
            at: own.woke,
            held: length,
            cause: Some(Charge::HeldBack),
            ..Start::default()
        });
    } else {
        learnt.before.insert(0, Step::caused(Resource::Delay, length, Charge::Sleep));
    }
}
