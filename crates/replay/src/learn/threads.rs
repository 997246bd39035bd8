//! Learns the batch of a client of which each thread makes one request after another.

use std::collections::{BTreeMap, BTreeSet};

use evidence::account::Charge;
use evidence::path::SegmentLabel;
use evidence::thread_states::{ThreadHistory, ThreadState};
use model::phase::Phase;
use model::socket::{ThreadPlace, ThreadWait, Wait};
use model::time::Span;
use model::trace::Milestone;

use super::assemble::{LearntRequest, assemble};
use super::exchange::NetworkSteps;
use super::own_time::{Counted, own_time};
use super::view::{Observed, TrialView};
use super::work_shares::WorkShares;
use crate::batch::{Batch, ClientCapacity, Resource, Start, Step};

/// A thread that waits for so long after its last request has nothing to do any more.
const IDLE: Span = Span::from_millis(1);

pub(super) fn learn(view: &TrialView<'_, '_>) -> Batch {
    let mut workers: BTreeMap<u64, Vec<Observed>> = BTreeMap::new();
    let in_turn = view.is_sequential();
    for request in &view.requests {
        let worker = if in_turn { 0 } else { worker(view, request) };
        workers.entry(worker).or_default().push(with_lookup(view, *request));
    }
    let client = view.client();
    let histories = view.examined.threads.histories().map(|(_, history)| history);
    let shares = WorkShares::new(histories, view.examined.observed_time());
    let counted =
        if client == ClientCapacity::Cores { Counted::Running } else { Counted::Shared(&shares) };
    let learner = Learner { view, counted, idle: idle_waits(view) };
    let mut learnt: Vec<LearntRequest> = Vec::with_capacity(view.requests.len());
    for requests in workers.values() {
        let mut before: Option<&Observed> = None;
        for request in requests {
            learnt.push(learner.request(before, request));
            before = Some(request);
        }
        if let Some((last, request)) = learnt.last_mut().zip(before) {
            last.exchange.extend(learner.work_after(request));
        }
    }
    learnt.sort_by_key(|request| request.observed.begin);
    learner.add_work_of_others(&mut learnt);
    let ended = learner.ended();
    let after = view.examined.observed_time().saturating_sub(ended);
    Batch { client, after, closing: view.closing_after(ended), ..assemble(view, learnt) }
}

/// The request, begun with the lookup that the client reports. The witness sees only the system's lookup, which a client
/// with a resolver of its own calls late or never.
fn with_lookup(view: &TrialView<'_, '_>, request: Observed) -> Observed {
    let resolving = view.examined.timelines[request.item].milestones.at(Milestone::Resolving);
    let resolving = resolving.filter(|_| request.opened).unwrap_or(request.begin);
    Observed { begin: request.begin.min(resolving), ..request }
}

/// What makes a request: its thread, else the worker that the client reports.
fn worker(view: &TrialView<'_, '_>, request: &Observed) -> u64 {
    let reported = view.examined.timelines[request.item].worker;
    request.thread.map(u64::from).or(reported).unwrap_or_default()
}

struct Learner<'l, 'e, 'a> {
    view: &'l TrialView<'e, 'a>,
    counted: Counted<'l>,
    /// The waits of each thread in which it had nothing to do, in order.
    idle: BTreeMap<ThreadPlace, Vec<Wait>>,
}

fn idle_waits(view: &TrialView<'_, '_>) -> BTreeMap<ThreadPlace, Vec<Wait>> {
    let of_thread = |history: &ThreadHistory<'_>| {
        history.waits().iter().copied().filter(is_idle).collect::<Vec<_>>()
    };
    let histories = view.examined.threads.histories();
    histories.map(|(thread, history)| (thread, of_thread(history))).collect()
}

fn is_idle(wait: &Wait) -> bool {
    wait.kind != ThreadWait::InterpreterLock && wait.to.saturating_sub(wait.from) >= IDLE
}

impl Learner<'_, '_, '_> {
    /// When a worker was ready for its first request: when it last woke up before it.
    fn ready(&self, request: &Observed) -> Span {
        let history = self.view.history(request);
        history.map_or(request.begin, |history| woke_up(history, request.begin))
    }

    fn request(&self, before: Option<&Observed>, request: &Observed) -> LearntRequest {
        let (is_first, ready) = (before.is_none(), self.ready(request));
        // It has its request while it sleeps.
        let history = self.view.history(request).filter(|_| is_first);
        let held = history.map_or(Span::ZERO, |history| held_back(history, ready));
        let mut network = NetworkSteps::new(self.view, request);
        let (opening, exchange) = self.own_work(request);
        let (before, loads) = self.time_before(before, request).into_iter().partition(|step| {
            // What is loaded before a connection is opened is a part of its opening.
            !request.opened || step.cause != Some(Charge::Preparation)
        });
        network.opening = [loads, network.opening].concat();
        if self.view.setting.link.is_some() {
            network.opening.iter_mut().for_each(work_on_cores);
        }
        network.opening.extend(opening);
        self.add_work_beside(request, &mut network.exchange);
        network.exchange.extend(exchange);
        LearntRequest {
            observed: *request,
            start: is_first.then(|| Start {
                at: ready.saturating_sub(held),
                prepared: self.view.loaded_again_before(ready, request),
                ..Start::default()
            }),
            not_before: (!held.is_zero()).then_some(Start {
                at: ready,
                held,
                cause: Some(Charge::HeldBack),
                ..Start::default()
            }),
            before,
            opening: network.opening,
            exchange: network.exchange,
        }
    }

    /// When the last work of any worker ended.
    fn ended(&self) -> Span {
        let ended = |request: &Observed| self.worked_until(request).unwrap_or(request.end);
        self.view.requests.iter().map(ended).max().unwrap_or_default()
    }

    /// What a worker does after its last request.
    fn work_after(&self, request: &Observed) -> Vec<Step> {
        let until = self.worked_until(request).zip(self.view.history(request));
        let work = until.map(|(until, history)| {
            own_time(history, request.end, until, Resource::Client, self.counted)
        });
        work.unwrap_or_default()
    }

    /// Until when the thread of a request worked after it: until it ends, or waits for long. Nothing for
    /// the main thread, which ends the batch.
    fn worked_until(&self, request: &Observed) -> Option<Span> {
        let history = self.view.history(request).filter(|history| !history.thread().main)?;
        let end = history.thread().ended.min(self.view.examined.observed_time());
        let waits = self.idle.get(&request.thread?).map_or(&[][..], Vec::as_slice);
        let first = waits.partition_point(|wait| wait.to <= request.end);
        let within =
            |wait: &Wait| Wait { from: wait.from.max(request.end), to: wait.to.min(end), ..*wait };
        let idle = waits[first..].iter().take(2).map(within).find(is_idle);
        Some(idle.map_or(end, |wait| wait.from).max(request.end))
    }

    /// What a worker does from the end of the request before, or from its beginning.
    fn time_before(&self, before: Option<&Observed>, request: &Observed) -> Vec<Step> {
        if let Some(history) = self.view.history(request) {
            let woke = woke_up(history, request.begin);
            let Some(before) = before.filter(|before| before.thread != request.thread) else {
                return self.own_time_before(request, history, before.map_or(woke, |it| it.end));
            };
            // Another thread handed the request over, and this one woke up for it.
            let handed_over = woke.saturating_sub(before.end);
            let from = woke.max(before.end);
            let work = self.own_time_before(request, history, from);
            return [Step::new(Resource::Client, handed_over)].into_iter().chain(work).collect();
        }
        let length = before.map(|before| request.begin.saturating_sub(before.end));
        length.map(|length| Step::new(Resource::Client, length)).into_iter().collect()
    }

    /// What a thread does from a moment to the beginning of its request.
    fn own_time_before(
        &self,
        request: &Observed,
        history: &ThreadHistory<'_>,
        from: Span,
    ) -> Vec<Step> {
        let mut steps = own_time(history, from, request.begin, Resource::Client, self.counted);
        let loads = history.loads_in(from, request.begin);
        let starved = loads.filter_map(|load| self.starved(request, load.from, load.to));
        steps.extend(starved.map(|step| Step { cause: Some(Charge::Preparation), ..step }));
        steps
    }

    /// The client's own work while its connection is opened, and in the exchange.
    fn own_work(&self, request: &Observed) -> (Vec<Step>, Vec<Step>) {
        let (mut opening, mut exchange) = (Vec::new(), Vec::new());
        for piece in &self.view.pieces[request.item].pieces {
            let (from, to) = (piece.from.max(request.begin), piece.to);
            if from >= to {
                continue;
            }
            let is_own = matches!(piece.charge, None | Some(Charge::Client));
            match piece.label {
                SegmentLabel::Phase(Phase::Client | Phase::Queue) if is_own => {
                    exchange.extend(self.time(request, from, to, Resource::Client));
                }
                SegmentLabel::TlsPreparation if is_own => {
                    let steps = self.time(request, from, to, Resource::Core);
                    let kind = self.view.handshake(request.item);
                    let caused = |step: Step| Step { cause: Some(Charge::Preparation), ..step };
                    opening.extend(steps.into_iter().map(|step| caused(step).securing(kind)));
                    opening.extend(self.starved(request, from, to));
                }
                _ => {}
            }
        }
        (opening, exchange)
    }

    /// How long a thread that prepares waits for a core that work of other processes has. It waits for
    /// that of the client's own threads in the replay too.
    fn starved(&self, request: &Observed, from: Span, to: Span) -> Option<Step> {
        let times = self.view.history(request)?.times(from, to);
        let middle = from + to.saturating_sub(from).half();
        let own = self.view.preparing_at(middle).max(1);
        let beyond = own.saturating_sub(self.view.facts.cores) as u64;
        let by_own =
            times[ThreadState::Running].as_nanos() / self.view.facts.cores.max(1) as u64 * beyond;
        let waited = times[ThreadState::WaitingForCore].saturating_sub(Span::from_nanos(by_own));
        (!waited.is_zero()).then_some(Step::new(Resource::Contention, waited))
    }

    /// Adds what threads do that make no requests, such as the one that hands them out, while requests begin: behind an
    /// interpreter lock nothing else is done meanwhile.
    fn add_work_of_others(&self, learnt: &mut [LearntRequest]) {
        let Counted::Shared(shares) = self.counted else { return };
        let working: BTreeSet<ThreadPlace> =
            self.view.requests.iter().filter_map(|request| request.thread).collect();
        let others: Vec<&ThreadHistory<'_>> = self
            .view
            .examined
            .threads
            .histories()
            .filter(|(thread, _)| !working.contains(thread))
            .map(|(_, history)| history)
            .collect();
        let mut begins = learnt.iter_mut();
        let Some(mut from) = begins.next().map(|first| first.observed.begin) else { return };
        for request in begins {
            let until = request.observed.begin;
            let work = others.iter().map(|history| shares.of_thread(history, from, until)).sum();
            request.before.insert(0, Step::new(Resource::Client, work));
            from = until;
        }
    }

    /// Adds what a thread behind an interpreter lock does while its request passes the network: others cannot work
    /// meanwhile.
    fn add_work_beside(&self, request: &Observed, exchange: &mut Vec<Step>) {
        let Counted::Shared(shares) = self.counted else { return };
        let row = self.view.examined.joined[request.item].socket;
        let waits = row.and_then(|row| Some((row.sent, row.first_byte?)));
        let Some((history, (sent, first))) = self.view.history(request).zip(waits) else { return };
        let flies = |step: &Step| step.resource == Resource::Delay && step.flights.0 > 0;
        let Some(place) = exchange.iter().position(flies) else { return };
        let work = shares.of_thread(history, sent, first);
        exchange.insert(place, Step::beside(work));
    }

    fn time(&self, request: &Observed, from: Span, to: Span, work: Resource) -> Vec<Step> {
        match self.view.history(request) {
            Some(history) => {
                let counted = if work == Resource::Core { Counted::Running } else { self.counted };
                own_time(history, from, to, work, counted)
            }
            None => vec![Step::new(work, to.saturating_sub(from))],
        }
    }
}

/// What the endpoint does not do of a handshake, the client does, without an interpreter lock.
fn work_on_cores(step: &mut Step) {
    if (step.resource, step.cause) == (Resource::Delay, Some(Charge::Handshake)) {
        step.resource = Resource::Core;
    }
}

/// How long a thread slept, and waited for others that did, before it was ready for its first request. The main
/// thread may begin anything with a sleep.
fn held_back(history: &ThreadHistory<'_>, ready: Span) -> Span {
    let length = |wait: &Wait| wait.to.min(ready).saturating_sub(wait.from);
    let waits = history.waits_in(history.began(), ready);
    let waits: Vec<Wait> = waits.filter(|wait| length(wait) >= IDLE).collect();
    let sleeps = |wait: &Wait| matches!(wait.kind, ThreadWait::Sleep | ThreadWait::Timer);
    if history.thread().main || !waits.iter().any(sleeps) {
        return Span::ZERO;
    }
    let holding = waits.iter().filter(|wait| sleeps(wait) || wait.kind == ThreadWait::Lock);
    holding.map(length).sum()
}

/// When a thread last woke up before a moment, from anything but a wait for the interpreter lock.
fn woke_up(history: &ThreadHistory<'_>, moment: Span) -> Span {
    let waits = history.waits_in(history.began(), moment);
    let last = waits.rev().find(|wait| wait.kind != ThreadWait::InterpreterLock);
    last.map_or(history.began(), |wait| wait.to).min(moment)
}
