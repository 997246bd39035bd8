//! Puts the requests of a trial together: which of their time belongs to a connection, to the beginning
//! of the batch, or to what else wanted the same core.
//!
//! A request on a new connection and the first of a batch do what any request does, and more. What
//! they do beyond the usual is the opening's and the batch's, so that other requests can do it in the
//! replay.

use evidence::account::Charge;
use model::time::Span;

use super::unopened;
use super::view::{Observed, TrialView};
use crate::batch::{Batch, Flights, Request, Resource, Start, Step};

/// A request as it was learnt.
#[derive(Clone, Debug)]
pub(super) struct LearntRequest {
    pub(super) observed: Observed,
    /// When its worker was ready; only of a worker's first request.
    pub(super) start: Option<Start>,
    pub(super) not_before: Option<Start>,
    pub(super) before: Vec<Step>,
    pub(super) opening: Vec<Step>,
    pub(super) exchange: Vec<Step>,
}

/// The batch of these requests, which are in the order of their beginnings.
pub(super) fn assemble(view: &TrialView<'_, '_>, mut learnt: Vec<LearntRequest>) -> Batch {
    let usual = Usual::new(&learnt);
    let least = least_openings(&learnt);
    let least_exchange = learnt.iter().map(|request| passing(&request.exchange)).min();
    for (place, request) in learnt.iter_mut().enumerate() {
        if request.observed.opened {
            request.opening = opening(&request.opening, &least);
        }
        // A stream that opened the connection does no more with its response than others.
        if request.observed.opened && !view.is_multiplexed {
            let (stays, moved) = split(&request.exchange, usual.exchange);
            request.exchange = stays;
            let kind = view.handshake(request.observed.item);
            let moved = caused(moved, Charge::Handshake).into_iter();
            request.opening.extend(moved.map(|step| step.securing(kind)));
        }
        if place == 0 || request.observed.opened {
            let (stays, moved) = split(&request.before, usual.before);
            let cause = if view.is_cold() { Charge::Start } else { Charge::Client };
            request.before = caused(moved, cause).into_iter().chain(stays).collect();
        }
        mark_contention(&mut request.exchange, least_exchange.unwrap_or_default(), view.round_trip);
    }
    let mut batch = Batch { room: view.room(), kept: view.kept(), ..Batch::default() };
    for request in learnt {
        let is_first = request.start.is_some();
        batch.workers.extend(request.start.map(|start| beginning(view, start)));
        let mut made = Request {
            not_before: request.not_before,
            before: request.before,
            reopening: Vec::new(),
            exchange: request.exchange,
            bytes: view.bytes(request.observed.item),
        };
        if is_first && view.is_cold() && request.observed.opened {
            batch.openings.push(request.opening);
        } else if request.observed.opened {
            let reopened = view.pieces[request.observed.item].reopened;
            made.reopening = match reopened {
                Some(cause) => caused(request.opening, cause),
                None => request.opening,
            };
        }
        batch.requests.push(made);
    }
    complete_openings(view, &mut batch);
    let learnt = batch.requests.iter_mut().flat_map(Request::lists_mut);
    learnt.chain(&mut batch.openings).for_each(join_alike);
    batch.workers.sort_by_key(|start| start.at);
    mark_late_starts(&mut batch);
    batch
}

/// Joins steps that follow each other and differ in nothing but their lengths: a replay takes as many events as there
/// are steps.
fn join_alike(steps: &mut Vec<Step>) {
    let is_joined = |step: &Step| {
        let has_turns = !matches!(step.resource, Resource::Client | Resource::Delay);
        !has_turns && step.flights.0 == 0 && !step.is_beside
    };
    steps.dedup_by(|step, before| {
        let length = before.length + step.length;
        let is_alike = is_joined(step) && Step { length: before.length, ..*step } == *before;
        if is_alike {
            before.length = length;
        }
        is_alike
    });
}

/// Makes the openings those of all connections that a client opened to share them: of what carried no stream too.
fn complete_openings(view: &TrialView<'_, '_>, batch: &mut Batch) {
    let opened = view.examined.connections.map_or(0, |known| known.opened);
    let used = batch.openings.len();
    if view.streams().is_none() || used == 0 {
        return;
    }
    // Where another request had it opened, the first stream does not show what passed on the network.
    let is_shown = |opening: &Vec<Step>| opening.iter().any(|step| step.flights.0 > 0);
    let usual = unopened(view.setting).unwrap_or_default();
    for opening in &mut batch.openings {
        if !is_shown(opening) {
            opening.splice(..0, usual.iter().copied());
        }
        prepare_first(opening);
    }
    let all = (0..opened.max(used)).map(|place| batch.openings[place % used].clone());
    batch.openings = all.collect();
}

/// Puts what TLS prepares before the round trip of its handshake. Of many connections that are opened at once the
/// handshakes then do not all arrive at the same moment.
fn prepare_first(opening: &mut [Step]) {
    opening.sort_by_key(|step| match step.cause {
        _ if step.handshake.is_none() => 0,
        Some(Charge::Preparation) => 1,
        _ if !step.is_work() => 2,
        _ => 3,
    });
}

/// Marks by how much workers started later than the spacing of their starts explains.
fn mark_late_starts(batch: &mut Batch) {
    let space = batch.start_spacing();
    let mut soonest = batch.workers.first().map_or(Span::ZERO, |start| start.at);
    for start in &mut batch.workers {
        let at = start.at.min(soonest);
        start.late = start.at.saturating_sub(at);
        start.at = at;
        soonest = soonest + space;
    }
}

/// What comes before the first request of a cold session is its beginning, but for certificates that are loaded again.
fn beginning(view: &TrialView<'_, '_>, start: Start) -> Start {
    if start.cause.is_none() && view.is_cold() {
        let held = start.at.saturating_sub(start.prepared);
        Start { held, cause: Some(Charge::Start), ..start }
    } else {
        start
    }
}

/// The client's work for a request that opened no connection and was not the first.
struct Usual {
    before: Option<Span>,
    exchange: Option<Span>,
}

impl Usual {
    fn new(learnt: &[LearntRequest]) -> Self {
        let others = || learnt.iter().skip(1).filter(|request| !request.observed.opened);
        Self {
            before: median(others().map(|request| work(&request.before))),
            exchange: median(others().map(|request| work(&request.exchange))),
        }
    }
}

fn median(lengths: impl Iterator<Item = Span>) -> Option<Span> {
    let mut lengths: Vec<Span> = lengths.collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

fn work(steps: &[Step]) -> Span {
    steps.iter().filter(|step| step.is_work()).map(|step| step.length).sum()
}

/// How long an exchange passes on the network without a cause of its own.
fn passing(steps: &[Step]) -> Span {
    steps.iter().filter(|step| passes(step)).map(|step| step.length).sum()
}

fn passes(step: &Step) -> bool {
    step.resource == Resource::Delay && step.cause.is_none()
}

/// Splits steps into what is usual and the work beyond that. Nothing is beyond where nothing is usual.
fn split(steps: &[Step], usual: Option<Span>) -> (Vec<Step>, Vec<Step>) {
    let Some(usual) = usual else { return (steps.to_vec(), Vec::new()) };
    let mut left = usual;
    let (mut stays, mut moved) = (Vec::new(), Vec::new());
    for step in steps {
        let kept = if step.is_work() { step.length.min(left) } else { step.length };
        if step.is_work() {
            left = left.saturating_sub(kept);
        }
        let beyond = step.length.saturating_sub(kept);
        stays.extend((!kept.is_zero()).then_some(Step { length: kept, ..*step }));
        moved.extend((!beyond.is_zero()).then_some(Step { length: beyond, ..*step }));
    }
    (stays, moved)
}

fn caused(mut steps: Vec<Step>, cause: Charge) -> Vec<Step> {
    steps.iter_mut().for_each(|step| step.cause = Some(cause));
    steps
}

/// The least time of the network's steps of an opening, by cause. What took longer waited for a thread
/// or a core, for which the replay makes it wait again.
fn least_openings(learnt: &[LearntRequest]) -> Vec<Step> {
    let mut least: Vec<Step> = Vec::new();
    for request in learnt.iter().filter(|request| request.observed.opened) {
        for step in network_by_cause(&request.opening) {
            match least.iter_mut().find(|known| is_alike(known, &step)) {
                Some(known) => known.length = known.length.min(step.length),
                None => least.push(step),
            }
        }
    }
    least
}

/// Whether two steps of openings are the same part of them.
fn is_alike(one: &Step, other: &Step) -> bool {
    (one.resource, one.cause, one.handshake) == (other.resource, other.cause, other.handshake)
}

/// One step for each cause of what passes on the network.
fn network_by_cause(steps: &[Step]) -> Vec<Step> {
    let mut sums: Vec<Step> = Vec::new();
    for step in steps.iter().filter(|step| is_shared(step)) {
        match sums.iter_mut().find(|sum| is_alike(sum, step)) {
            Some(sum) => {
                sum.length = sum.length + step.length;
                sum.flights = Flights(sum.flights.0 + step.flights.0);
            }
            None => sums.push(*step),
        }
    }
    sums
}

/// Whether a step of an opening takes equally long for each connection.
fn is_shared(step: &Step) -> bool {
    let usual = matches!(step.cause, Some(Charge::Setup | Charge::Handshake | Charge::Lookup));
    matches!(step.resource, Resource::Delay | Resource::Endpoint | Resource::Core) && usual
}

/// An opening whose network steps take the least time of all. The work of a handshake needs a core,
/// the server's too where it is on the same machine.
fn opening(steps: &[Step], least: &[Step]) -> Vec<Step> {
    let mut opening = Vec::new();
    for step in network_by_cause(steps) {
        let known = least.iter().find(|known| is_alike(known, &step));
        let length = known.map_or(step.length, |known| known.length.min(step.length));
        opening.push(Step { length, ..step });
    }
    opening.extend(steps.iter().filter(|step| !is_shared(step)));
    opening.retain(|step| !step.is_empty());
    opening
}

/// Marks by how much an exchange was longer than the shortest of the batch: others had the cores. The
/// round trip itself takes its time in any case.
fn mark_contention(exchange: &mut Vec<Step>, least: Span, round_trip: Option<Span>) {
    let mut beyond = passing(exchange).saturating_sub(least);
    let mut contention = Span::ZERO;
    for step in exchange.iter_mut().rev().filter(|step| passes(step)) {
        let trip = step.flights.take(round_trip.unwrap_or_default());
        let part = step.length.saturating_sub(trip).min(beyond);
        step.length = step.length.saturating_sub(part);
        beyond = beyond.saturating_sub(part);
        contention = contention + part;
    }
    let arrived = exchange.iter().rposition(|step| !step.is_work()).map_or(0, |last| last + 1);
    exchange.insert(arrived, Step::new(Resource::Contention, contention));
    exchange.retain(|step| !step.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_differ_only_in_length_are_one() {
        let millis = Span::from_millis;
        let work = |length| Step::new(Resource::Client, millis(length));
        let wait = |length| Step::new(Resource::Delay, millis(length));
        let joined = |mut steps: Vec<Step>| {
            join_alike(&mut steps);
            steps
        };
        assert_eq!(
            joined(vec![work(1), work(2), wait(3), work(4), work(5), work(6)]),
            [work(3), wait(3), work(15)]
        );
        let caused = Step::caused(Resource::Client, millis(2), Charge::Sleep);
        let flying = wait(1).flying(Flights(1));
        let at_server = Step::new(Resource::Server, millis(1));
        for apart in [[work(1), caused], [flying, flying], [at_server, at_server]] {
            assert_eq!(joined(apart.to_vec()), apart);
        }
    }
}
