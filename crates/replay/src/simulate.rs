//! The discrete-event simulation of a batch. Deterministic: events of one moment happen in the order in
//! which they were planned.

mod pool;
mod shared;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use evidence::account::PerCharge;
use model::time::Span;

use self::pool::{Origin, Pool};
use self::shared::Shared;
use crate::batch::{Batch, ClientCapacity, Connecting, PerResource, Resource, Step};

/// What a replay shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    /// How long the batch takes.
    pub batch: Span,
    /// How long each resource was in use, summed over what was in use at once.
    pub busy: PerResource<Span>,
    /// How long requests waited for each resource.
    pub waited: PerResource<Span>,
    /// How long the client worked because of each cause, summed over its threads.
    pub worked_for: PerCharge<Span>,
    /// How long workers had a request to make, summed over the workers.
    pub working: Span,
    /// How many connections were idle when each request was written, in the order of the requests.
    pub idle: Vec<usize>,
}

/// Replays a batch.
pub fn simulate(batch: &Batch) -> Replayed {
    let mut simulation = Simulation::new(batch);
    simulation.run();
    let end = simulation.last_end + batch.after;
    Replayed {
        batch: end,
        busy: simulation.busy,
        waited: simulation.waited,
        worked_for: simulation.worked_for,
        working: simulation.working,
        idle: simulation.idle_beside,
    }
}

/// What happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A worker is ready for a request.
    Ready { worker: usize },
    /// A request goes on with its next step.
    Proceed { task: usize },
    /// A step is over and gives its resource back.
    Release { task: usize },
    /// The first use of a shared resource may be over, if none has begun or ended since.
    SharedEnd { resource: Resource, changes: u64 },
}

/// What is done in steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A request that a worker makes.
    Request {
        /// Its place in the batch.
        place: usize,
        worker: usize,
        connection: Connection,
    },
    /// A connection that is opened for whichever request needs one first.
    Opening,
    /// The SETTINGS of the server, on their way to the client.
    Settings,
}

/// Whether a request has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    /// It has not come to it.
    NotYet,
    /// It waits for one.
    Awaited,
    /// It has one.
    Given,
}

/// The connections that carry requests as streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct SharedConnections {
    /// How many are being opened.
    opening: usize,
    /// How many are open.
    open: usize,
    /// How many requests they carry.
    streams: usize,
    /// Whether the client waits for the server's SETTINGS.
    awaits_settings: bool,
}

/// Responses on shared connections of which a part of the record is still on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Record {
    bytes: u64,
    responses: Vec<usize>,
}

/// Work in progress.
#[derive(Clone, Debug)]
struct Task {
    work: Work,
    steps: Vec<Step>,
    /// The number of steps that it has begun.
    begun: usize,
    /// When it began.
    from: Span,
    /// When it began to wait for a resource.
    asked: Span,
    /// The steps, by their places, before which the client does all other work that is ready.
    turns: [Option<usize>; 2],
    /// When the client had written it.
    written: Option<Span>,
}

/// Which of the openings that were seen the next one repeats, `seen` of which there are. All come in turn. The
/// first has what is done once for a batch, so that later ones repeat the others.
const fn seen_opening(opened: usize, seen: usize) -> usize {
    if opened < seen || seen < 2 { opened % seen } else { 1 + (opened - 1) % (seen - 1) }
}

/// The maximum number of pieces of a transfer.
const MOST_PIECES: u64 = 64;

/// A step, or a transfer cut into pieces that take so long at most: other connections pass in between.
fn pieces(step: Step, piece: Span) -> impl Iterator<Item = Step> {
    let nanos = step.length.as_nanos();
    let is_cut = step.resource == Resource::Link && !piece.is_zero();
    let count = if is_cut { nanos.div_ceil(piece.as_nanos()).clamp(1, MOST_PIECES) } else { 1 };
    let length = nanos / count;
    (0..count).map(move |place| {
        let rest = if place == 0 { nanos % count } else { 0 };
        Step { length: Span::from_nanos(length + rest), ..step }
    })
}

struct Simulation<'b> {
    batch: &'b Batch,
    now: Span,
    last_end: Span,
    planned: BinaryHeap<Reverse<(Span, u64, Event)>>,
    plans: u64,
    tasks: Vec<Task>,
    /// How many requests were begun.
    begun: usize,
    /// The connections of a batch over HTTP/2.
    shared: SharedConnections,
    /// What has passed the link of the record that passes it.
    record: Record,
    /// How many connections are open and carry no request.
    idle: usize,
    /// The requests that wait for a connection.
    awaiting: VecDeque<usize>,
    /// How many are idle beside each request that has a connection.
    idle_beside: Vec<usize>,
    /// How many connections were opened.
    opened: usize,
    pools: PerResource<Pool>,
    cores: Shared,
    busy: PerResource<Span>,
    waited: PerResource<Span>,
    worked_for: PerCharge<Span>,
    working: Span,
}

impl<'b> Simulation<'b> {
    fn new(batch: &'b Batch) -> Self {
        let mut pools = PerResource::<Pool>::default();
        pools[Resource::Delay].free = usize::MAX;
        pools[Resource::Contention].free = usize::MAX;
        pools[Resource::Client].free = 1;
        pools[Resource::Core].free = usize::MAX;
        pools[Resource::Server].free = batch.room.unwrap_or(usize::MAX).max(1);
        pools[Resource::Link].free = 1;
        pools[Resource::Endpoint].free = 1;
        Self {
            batch,
            now: Span::ZERO,
            last_end: Span::ZERO,
            planned: BinaryHeap::new(),
            plans: 0,
            tasks: Vec::with_capacity(batch.requests.len()),
            begun: 0,
            shared: SharedConnections {
                open: if batch.openings.is_empty() {
                    batch.sharing.max(1)
                } else {
                    batch.kept.min(batch.sharing)
                },
                ..SharedConnections::default()
            },
            record: Record::default(),
            idle: batch.kept,
            awaiting: VecDeque::new(),
            idle_beside: vec![0; batch.requests.len()],
            opened: 0,
            pools,
            cores: Shared::new(batch.cores),
            busy: PerResource::default(),
            waited: PerResource::default(),
            worked_for: PerCharge::default(),
            working: Span::ZERO,
        }
    }

    fn run(&mut self) {
        for (worker, start) in self.batch.workers.iter().enumerate() {
            self.plan(start.at + start.late, Event::Ready { worker });
        }
        while let Some(Reverse((now, _, event))) = self.planned.pop() {
            self.now = now;
            match event {
                Event::Ready { worker } => self.begin(worker),
                Event::Proceed { task } => self.proceed(task),
                Event::Release { task } => self.release(task),
                Event::SharedEnd { resource, changes } => self.end_shared(resource, changes),
            }
        }
    }

    fn plan(&mut self, at: Span, event: Event) {
        self.plans += 1;
        self.planned.push(Reverse((at, self.plans, event)));
    }

    /// Lets a worker begin the next request, if there is one.
    fn begin(&mut self, worker: usize) {
        let place = self.begun;
        let Some(request) = self.batch.requests.get(place) else { return };
        self.begun += 1;
        let from = request.not_before.map_or(self.now, |start| start.at.max(self.now));
        let work = Work::Request { place, worker, connection: Connection::NotYet };
        self.start_task(work, request.before.clone(), from);
    }

    fn start_task(&mut self, work: Work, steps: Vec<Step>, from: Span) {
        let task = self.tasks.len();
        self.tasks.push(Task {
            work,
            steps,
            begun: 0,
            from,
            asked: self.now,
            turns: [None; 2],
            written: None,
        });
        // What another step made ready waits for the client before it looks for anything else.
        if self.batch.streams.is_some() && from <= self.now {
            self.proceed(task);
        } else {
            self.plan(from, Event::Proceed { task });
        }
    }

    /// Gives a request a connection: one that is idle, unless the request needs a new one.
    fn connect(&mut self, task: usize, place: usize) {
        let batch = self.batch;
        if batch.streams.is_some() {
            self.await_stream(task, place);
            return;
        }
        let reopening = &batch.requests[place].reopening;
        if !reopening.is_empty() {
            self.idle = self.idle.saturating_sub(1);
            self.tasks[task].steps.extend(reopening);
        } else if self.idle > 0 {
            self.idle -= 1;
        } else if !batch.openings.is_empty() {
            let opening = &batch.openings[seen_opening(self.opened, batch.openings.len())];
            self.opened += 1;
            if batch.connecting == Connecting::TakesFirst {
                self.set_connection(task, Connection::Awaited);
                self.awaiting.push_back(task);
                self.start_task(Work::Opening, opening.clone(), self.now);
                return;
            }
            self.tasks[task].steps.extend(opening);
        }
        self.exchange(task, place);
    }

    /// Gives a request a stream, or lets it wait for one. Where there are too few connections, it has one opened.
    fn await_stream(&mut self, task: usize, place: usize) {
        if self.take_stream() {
            self.exchange(task, place);
            return;
        }
        self.set_connection(task, Connection::Awaited);
        self.awaiting.push_back(task);
        if self.needs_connection() {
            let openings = &self.batch.openings;
            let opening = openings.get(self.opened % openings.len().max(1)).cloned();
            self.shared.opening += 1;
            self.opened += 1;
            // The client connects after all other work that is ready.
            let mut steps = vec![Step::new(Resource::Client, Span::ZERO)];
            steps.extend(opening.unwrap_or_default());
            self.start_task(Work::Opening, steps, self.now);
        }
    }

    /// Whether another shared connection is opened for a request that waits. A client whose requests take the first
    /// connection has one opened for each of them until one is open.
    fn needs_connection(&self) -> bool {
        let SharedConnections { opening, open, streams, .. } = self.shared;
        if open == 0 && self.batch.connecting == Connecting::TakesFirst {
            return true;
        }
        let carried = (opening + open).saturating_mul(self.most_streams());
        opening + open < self.batch.sharing.max(1) && carried < streams + self.awaiting.len()
    }

    /// How many requests one connection carries at once.
    fn most_streams(&self) -> usize {
        if self.shared.awaits_settings {
            return 1;
        }
        self.batch.streams.unwrap_or(usize::MAX).max(1)
    }

    /// Takes a stream of an open connection; false where none is to be had.
    fn take_stream(&mut self) -> bool {
        let is_free = self.shared.streams < self.shared.open.saturating_mul(self.most_streams());
        self.shared.streams += usize::from(is_free);
        is_free
    }

    /// Gives streams to the requests that have waited longest for one, as many as are allowed.
    fn open_streams(&mut self) {
        while !self.awaiting.is_empty() && self.take_stream() {
            let Some(task) = self.awaiting.pop_front() else { return };
            if let Work::Request { place, .. } = self.tasks[task].work {
                self.exchange(task, place);
                self.proceed(task);
            }
        }
    }

    /// Ends a stream, or the opening of a connection that requests share. Of connections that were opened side by
    /// side, no more carry requests than the client uses.
    fn free_stream(&mut self, work: Work) {
        let shared = &mut self.shared;
        match work {
            Work::Request { .. } => shared.streams = shared.streams.saturating_sub(1),
            Work::Opening => {
                shared.opening = shared.opening.saturating_sub(1);
                shared.open = (shared.open + 1).min(self.batch.sharing.max(1));
                if self.batch.awaits_settings {
                    shared.awaits_settings = true;
                    self.await_settings();
                }
            }
            Work::Settings => shared.awaits_settings = false,
        }
        self.open_streams();
    }

    /// Has the server's SETTINGS arrive after a round trip.
    fn await_settings(&mut self) {
        let trip = Step::new(Resource::Delay, self.batch.round_trip.unwrap_or_default());
        self.start_task(Work::Settings, vec![trip], self.now);
    }

    /// Lets a request that has a connection use it.
    fn exchange(&mut self, task: usize, place: usize) {
        let batch = self.batch;
        self.idle_beside[place] = self.idle;
        let Task { steps, turns, .. } = &mut self.tasks[task];
        let mut take_turn = |steps: &mut Vec<Step>, turn: usize| {
            turns[turn] = Some(steps.len());
            steps.push(Step::new(Resource::Client, Span::ZERO));
        };
        // What goes over a shared connection is written in turn, by another task of the client.
        if batch.streams.is_some() {
            take_turn(steps, 0);
        }
        if !batch.scan.is_zero() {
            steps.push(Step::new(Resource::Client, batch.scan.times(self.idle as u64)));
        }
        let exchange = &batch.requests[place].exchange;
        let first = exchange.iter().position(|step| !step.is_work()).unwrap_or_default();
        let (writing, exchange) = exchange.split_at(first);
        steps.extend(writing);
        if batch.streams.is_some() && batch.writes_together {
            take_turn(steps, 1);
        }
        // Streams do not take turns: they are written one after another.
        let piece = if batch.streams.is_some() { Span::ZERO } else { batch.piece };
        steps.extend(exchange.iter().flat_map(|step| pieces(*step, piece)));
        self.set_connection(task, Connection::Given);
    }

    fn set_connection(&mut self, task: usize, now: Connection) {
        if let Work::Request { connection, .. } = &mut self.tasks[task].work {
            *connection = now;
        }
    }

    /// A connection is idle, or goes to the request that has waited longest for one.
    fn free_connection(&mut self) {
        let Some(task) = self.awaiting.pop_front() else {
            self.idle += 1;
            return;
        };
        if let Work::Request { place, .. } = self.tasks[task].work {
            self.exchange(task, place);
            self.plan(self.now, Event::Proceed { task });
        }
    }

    /// Ends a request, or the opening of a connection.
    fn end(&mut self, task: usize) {
        let Task { work, from, ref mut steps, .. } = self.tasks[task];
        *steps = Vec::new();
        match self.batch.streams {
            Some(_) => self.free_stream(work),
            None => self.free_connection(),
        }
        if let Work::Request { worker, .. } = work {
            self.last_end = self.last_end.max(self.now);
            self.working = self.working + self.now.saturating_sub(from);
            self.begin(worker);
        }
    }

    /// Whether a request waits for a connection.
    fn awaits_connection(&self, task: usize) -> bool {
        let work = self.tasks[task].work;
        matches!(work, Work::Request { connection: Connection::Awaited, .. })
    }

    /// Begins the next step of a request, or ends the request.
    fn proceed(&mut self, task: usize) {
        let next = self.next_step(task);
        if self.awaits_connection(task) {
            return;
        }
        let Some(step) = next else {
            self.end(task);
            return;
        };
        self.tasks[task].asked = self.now;
        let resource = self.pool_of(step.resource);
        let origin = self.origin(task, step);
        if self.pools[resource].take(self.now, task, origin) {
            self.start(task, step);
        }
    }

    /// Where a step of a request comes from.
    fn origin(&self, task: usize, step: Step) -> Origin {
        let Task { steps, begun, .. } = &self.tasks[task];
        let before = begun.checked_sub(1).and_then(|last| steps.get(last));
        let arrives = step.is_work() && before.is_some_and(|step| !step.is_work());
        if arrives && self.batch.streams.is_some() { Origin::Network } else { Origin::Known }
    }

    fn start(&mut self, task: usize, step: Step) {
        let waited = self.now.saturating_sub(self.tasks[task].asked);
        self.waited[step.resource] = self.waited[step.resource] + waited;
        self.busy[step.resource] = self.busy[step.resource] + step.length;
        if let Some(cause) = step.cause.filter(|_| step.is_work()) {
            self.worked_for[cause] = self.worked_for[cause] + step.length;
        }
        let resource = self.pool_of(step.resource);
        let now = self.now;
        if let Some(shared) = self.shared(resource) {
            shared.begin(now, task, step.length);
            self.plan_shared(resource);
        } else {
            self.plan(self.now + step.length, Event::Release { task });
        }
    }

    /// A resource whose users advance together.
    const fn shared(&mut self, resource: Resource) -> Option<&mut Shared> {
        match resource {
            Resource::Core => Some(&mut self.cores),
            Resource::Delay
            | Resource::Client
            | Resource::Contention
            | Resource::Server
            | Resource::Endpoint
            | Resource::Link => None,
        }
    }

    fn plan_shared(&mut self, resource: Resource) {
        let Some(shared) = self.shared(resource) else { return };
        let changes = shared.changes;
        if let Some(at) = shared.next_end() {
            self.plan(at, Event::SharedEnd { resource, changes });
        }
    }

    fn end_shared(&mut self, resource: Resource, changes: u64) {
        let now = self.now;
        let Some(shared) = self.shared(resource).filter(|shared| shared.changes == changes) else {
            return;
        };
        for task in shared.end(now) {
            self.release(task);
        }
        self.plan_shared(resource);
    }

    /// Keeps a response that has passed the link until the rest of its record has: those to the requests that were
    /// written with its own, up to the size of a record. Its bytes cannot be read before.
    fn arrive(&mut self, task: usize) {
        self.record.responses.push(task);
        if let Work::Request { place, .. } = self.tasks[task].work {
            self.record.bytes += self.batch.requests[place].bytes.unwrap_or_default();
        }
        let written = self.tasks[task].written;
        let next = self.pools[Resource::Link].waiting.front();
        let goes_on =
            next.is_some_and(|&next| written.is_some() && self.tasks[next].written == written);
        if self.record.bytes >= self.batch.record || !goes_on {
            let Record { responses, .. } = std::mem::take(&mut self.record);
            responses.into_iter().for_each(|task| self.proceed(task));
        }
    }

    /// Ends a step. Its resource goes to the next step of the request if that needs the same one, and
    /// otherwise to the request that has waited longest. At the link, connections take turns.
    fn release(&mut self, task: usize) {
        let Some(over) = self.next_step(task) else { return };
        self.tasks[task].begun += 1;
        let resource = self.pool_of(over.resource);
        let step = self.next_step(task);
        let Task { begun, turns, .. } = self.tasks[task];
        if turns[1].is_some_and(|last| begun == last + 1) {
            self.tasks[task].written = Some(self.now);
        }
        let takes_turn = resource == Resource::Link || turns.contains(&Some(begun));
        let goes_on = |step: &Step| !takes_turn && self.pool_of(step.resource) == resource;
        if let Some(step) = step.filter(goes_on) {
            self.tasks[task].asked = self.now;
            self.start(task, step);
            return;
        }
        if self.batch.streams.is_some() {
            if over.resource == Resource::Link && self.batch.record > 0 {
                self.arrive(task);
            } else {
                self.proceed(task);
            }
            self.give(resource);
        } else {
            self.give(resource);
            self.proceed(task);
        }
    }

    /// Gives a resource to the step that has waited longest for it.
    fn give(&mut self, resource: Resource) {
        if let Some(next) = self.pools[resource].next(self.now) {
            if let Some(step) = self.next_step(next) {
                self.start(next, step);
            }
        } else {
            self.pools[resource].give_back();
        }
    }

    /// The step that a request is at. Where it needs a connection for it, it gets one.
    fn next_step(&mut self, task: usize) -> Option<Step> {
        let Task { work, steps, begun, .. } = &self.tasks[task];
        if let Work::Request { place, connection: Connection::NotYet, .. } = *work
            && *begun >= steps.len()
        {
            self.connect(task, place);
        }
        let Task { steps, begun, .. } = &self.tasks[task];
        steps.get(*begun).copied()
    }

    /// The resource that really limits a step.
    const fn pool_of(&self, resource: Resource) -> Resource {
        match (resource, self.batch.client) {
            (Resource::Client, ClientCapacity::Cores) => Resource::Core,
            _ => resource,
        }
    }
}

#[cfg(test)]
mod tests;
