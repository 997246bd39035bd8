//! The discrete-event simulation of a batch. Deterministic: events of one moment happen in the order in
//! which they were planned.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use evidence::account::PerCharge;
use model::time::Span;

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

/// The state of the connection that carries all requests of HTTP/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SharedConnection {
    /// No request has needed it yet.
    Unopened,
    /// It is being opened.
    Opening,
    /// It is open and carries requests.
    Open {
        /// How many requests it carries.
        streams: usize,
    },
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
}

/// A resource that a limited number of steps can use at once.
#[derive(Clone, Debug, Default)]
struct Pool {
    free: usize,
    waiting: VecDeque<usize>,
}

/// A resource whose users take turns so short that all advance together: the cores, which the system's
/// scheduler divides. Of `k` users each advances at full speed or at a `k`th of what there is.
#[derive(Clone, Debug)]
struct Shared {
    /// How many users advance at full speed.
    capacity: u64,
    /// How far a user that began with the batch would be.
    progress: Span,
    /// When that was.
    at: Span,
    /// The users by how far `progress` is when they end.
    running: BinaryHeap<Reverse<(Span, usize)>>,
    /// How often a use began or ended.
    changes: u64,
}

impl Shared {
    fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1) as u64,
            progress: Span::ZERO,
            at: Span::ZERO,
            running: BinaryHeap::new(),
            changes: 0,
        }
    }

    fn begin(&mut self, now: Span, task: usize, length: Span) {
        self.advance(now);
        self.running.push(Reverse((self.progress + length, task)));
        self.changes += 1;
    }

    /// How many users there are for each place; at least one.
    fn users(&self) -> u64 {
        (self.running.len() as u64).max(self.capacity)
    }

    fn advance(&mut self, now: Span) {
        let passed = u128::from(now.saturating_sub(self.at).as_nanos());
        let advanced = passed * u128::from(self.capacity) / u128::from(self.users());
        self.progress =
            self.progress + Span::from_nanos(u64::try_from(advanced).unwrap_or(u64::MAX));
        self.at = now;
    }

    /// When the first use ends if none begins before.
    fn next_end(&self) -> Option<Span> {
        let Reverse((end, _)) = self.running.peek()?;
        let left = u128::from(end.saturating_sub(self.progress).as_nanos());
        let takes = (left * u128::from(self.users())).div_ceil(u128::from(self.capacity));
        Some(self.at + Span::from_nanos(u64::try_from(takes).unwrap_or(u64::MAX)))
    }

    /// Ends the first use, and all that end at the same moment.
    fn end(&mut self, now: Span) -> Vec<usize> {
        let Some(&Reverse((first, _))) = self.running.peek() else { return Vec::new() };
        self.at = now;
        self.progress = self.progress.max(first);
        self.changes += 1;
        let mut ended = Vec::new();
        while let Some(&Reverse((end, task))) = self.running.peek() {
            if end > first {
                break;
            }
            self.running.pop();
            ended.push(task);
        }
        ended
    }
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
    /// The connection of a batch over HTTP/2.
    shared_connection: SharedConnection,
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
            shared_connection: if batch.kept > 0 || batch.openings.is_empty() {
                SharedConnection::Open { streams: 0 }
            } else {
                SharedConnection::Unopened
            },
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
        self.tasks.push(Task { work, steps, begun: 0, from, asked: self.now });
        self.plan(from, Event::Proceed { task });
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

    /// Gives a request a stream, or lets it wait for one. The first one has the connection opened.
    fn await_stream(&mut self, task: usize, place: usize) {
        if self.take_stream() {
            self.exchange(task, place);
            return;
        }
        self.set_connection(task, Connection::Awaited);
        self.awaiting.push_back(task);
        if self.shared_connection == SharedConnection::Unopened {
            self.shared_connection = SharedConnection::Opening;
            self.opened += 1;
            let opening = self.batch.openings.first().cloned().unwrap_or_default();
            self.start_task(Work::Opening, opening, self.now);
        }
    }

    /// Takes a stream of the open connection; false where none is to be had.
    fn take_stream(&mut self) -> bool {
        let most = self.batch.streams.unwrap_or(usize::MAX).max(1);
        match &mut self.shared_connection {
            SharedConnection::Open { streams } if *streams < most => {
                *streams += 1;
                true
            }
            _ => false,
        }
    }

    /// Gives streams to the requests that have waited longest for one, as many as are allowed.
    fn open_streams(&mut self) {
        while !self.awaiting.is_empty() && self.take_stream() {
            let Some(task) = self.awaiting.pop_front() else { return };
            if let Work::Request { place, .. } = self.tasks[task].work {
                self.exchange(task, place);
                self.plan(self.now, Event::Proceed { task });
            }
        }
    }

    /// Ends a stream, or the opening of the connection that all requests share.
    fn free_stream(&mut self, work: Work) {
        self.shared_connection = match (work, self.shared_connection) {
            (Work::Request { .. }, SharedConnection::Open { streams }) => {
                SharedConnection::Open { streams: streams.saturating_sub(1) }
            }
            _ => SharedConnection::Open { streams: 0 },
        };
        self.open_streams();
    }

    /// Lets a request that has a connection use it.
    fn exchange(&mut self, task: usize, place: usize) {
        let batch = self.batch;
        self.idle_beside[place] = self.idle;
        let steps = &mut self.tasks[task].steps;
        if !batch.scan.is_zero() {
            steps.push(Step::new(Resource::Client, batch.scan.times(self.idle as u64)));
        }
        let exchange = &batch.requests[place].exchange;
        steps.extend(exchange.iter().flat_map(|step| pieces(*step, batch.piece)));
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
        let pool = &mut self.pools[resource];
        if pool.free == 0 {
            pool.waiting.push_back(task);
        } else {
            if pool.free < usize::MAX {
                pool.free -= 1;
            }
            self.start(task, step);
        }
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

    /// Ends a step. Its resource goes to the next step of the request if that needs the same one, and
    /// otherwise to the request that has waited longest. At the link, connections take turns.
    fn release(&mut self, task: usize) {
        let Some(over) = self.next_step(task) else { return };
        self.tasks[task].begun += 1;
        let resource = self.pool_of(over.resource);
        let step = self.next_step(task);
        let goes_on =
            |step: &Step| resource != Resource::Link && self.pool_of(step.resource) == resource;
        if let Some(step) = step.filter(goes_on) {
            self.tasks[task].asked = self.now;
            self.start(task, step);
            return;
        }
        if let Some(next) = self.pools[resource].waiting.pop_front() {
            if let Some(step) = self.next_step(next) {
                self.start(next, step);
            }
        } else if self.pools[resource].free < usize::MAX {
            self.pools[resource].free += 1;
        }
        self.proceed(task);
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
