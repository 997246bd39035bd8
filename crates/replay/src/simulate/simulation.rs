//! The simulation of a batch: what happens one event after another, and what has happened so far.

use model::time::Span;

use super::agenda::{Agenda, Event};
use super::connections::Connections;
use super::pool::{Origin, Pool};
use super::record::Record;
use super::shared::Shared;
use super::streams::SharedConnections;
use super::task::{Connection, OpeningSteps, Task, Work};
use super::waking::Working;
use super::{Replayed, Woken};
use crate::batch::{Batch, ClientCapacity, PerResource, Resource, Step};

pub(super) struct Simulation<'b> {
    pub(super) batch: &'b Batch,
    pub(super) now: Span,
    pub(super) agenda: Agenda,
    pub(super) tasks: Vec<Task>,
    /// How many requests were begun.
    begun: usize,
    pub(super) connections: Connections,
    /// The connections of a batch over HTTP/2.
    pub(super) shared: SharedConnections,
    /// What has passed the link of the record that passes it.
    pub(super) record: Record,
    pub(super) pools: PerResource<Pool>,
    cores: Shared,
    pub(super) working: Working,
    /// What it shows so far: the batch until the end of the last request that is over.
    pub(super) shown: Replayed,
}

impl<'b> Simulation<'b> {
    pub(super) fn new(batch: &'b Batch) -> Self {
        Self {
            batch,
            now: Span::ZERO,
            agenda: Agenda::default(),
            tasks: Vec::with_capacity(batch.requests.len()),
            begun: 0,
            connections: Connections { idle: batch.kept, ..Connections::default() },
            shared: SharedConnections::new(batch),
            record: Record::default(),
            pools: pools(batch),
            cores: Shared::new(batch.cores),
            working: Working::default(),
            shown: nothing_shown(batch),
        }
    }

    /// Runs it to its end.
    pub(super) fn run(mut self) -> Replayed {
        for (worker, start) in self.batch.workers.iter().enumerate() {
            self.agenda.plan(start.at + start.late, Event::Ready { worker });
        }
        while let Some((now, event)) = self.agenda.next() {
            self.now = now;
            match event {
                Event::Ready { worker } => self.begin(worker),
                Event::Proceed { task } => self.proceed(task),
                Event::Release { task } => self.release(task),
                Event::SharedEnd { resource, changes } => self.end_shared(resource, changes),
            }
        }
        Replayed { batch: self.shown.batch + self.batch.after, ..self.shown }
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

    pub(super) fn start_task(&mut self, work: Work, steps: Vec<Step>, from: Span) {
        self.start_new(Task::new(work, steps, from, self.now));
    }

    /// Has a connection opened that no request waits for alone, by these steps, which repeat an opening of the batch.
    pub(super) fn start_opening(&mut self, steps: Vec<Step>, repeated: usize) {
        let opening = Some(OpeningSteps { repeated, until: steps.len() });
        self.start_new(Task { opening, ..Task::new(Work::Opening, steps, self.now, self.now) });
    }

    fn start_new(&mut self, begun: Task) {
        let task = self.tasks.len();
        let from = begun.from;
        self.tasks.push(begun);
        // What another step made ready waits for the client before it looks for anything else.
        if self.batch.streams.is_some() && from <= self.now {
            self.proceed(task);
        } else {
            self.agenda.plan(from, Event::Proceed { task });
        }
    }

    /// Ends a request, or the opening of a connection.
    fn end(&mut self, task: usize) {
        let Task { work, from, ref mut steps, .. } = self.tasks[task];
        *steps = Vec::new();
        match self.batch.streams {
            Some(_) => self.free_stream(work),
            None => self.free_connection(work),
        }
        if let Work::Request { worker, .. } = work {
            self.shown.batch = self.shown.batch.max(self.now);
            self.shown.working = self.shown.working + self.now.saturating_sub(from);
            self.begin(worker);
        }
    }

    /// Begins the next step of a request, or ends the request.
    pub(super) fn proceed(&mut self, task: usize) {
        let next = self.next_step(task);
        if self.tasks[task].awaits_connection() {
            return;
        }
        let Some(step) = next else {
            self.end(task);
            return;
        };
        if step.is_beside && self.tasks[task].work != Work::Beside {
            self.start_task(Work::Beside, vec![step], self.now);
            self.tasks[task].begun += 1;
            self.proceed(task);
            return;
        }
        self.tasks[task].asked = self.now;
        let resource = self.pool_of(step.resource);
        let origin = match self.batch.streams {
            Some(_) => self.tasks[task].origin(step),
            None => Origin::Known,
        };
        if self.pools[resource].take(self.now, task, origin) {
            self.start(task, step);
        }
    }

    fn start(&mut self, task: usize, step: Step) {
        let waited = self.now.saturating_sub(self.tasks[task].asked);
        self.shown.waited[step.resource] = self.shown.waited[step.resource] + waited;
        let length = self.begin_working(task, step);
        self.shown.busy[step.resource] = self.shown.busy[step.resource] + length;
        if let Some(cause) = step.cause.filter(|_| step.is_work()) {
            self.shown.worked_for[cause] = self.shown.worked_for[cause] + step.length;
        }
        let resource = self.pool_of(step.resource);
        let now = self.now;
        if let Some(shared) = self.shared_resource(resource) {
            shared.begin(now, task, length);
            self.plan_shared(resource);
        } else {
            self.agenda.plan(self.now + length, Event::Release { task });
        }
    }

    /// A resource whose users advance together.
    const fn shared_resource(&mut self, resource: Resource) -> Option<&mut Shared> {
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
        let Some(shared) = self.shared_resource(resource) else { return };
        let changes = shared.changes;
        if let Some(at) = shared.next_end() {
            self.agenda.plan(at, Event::SharedEnd { resource, changes });
        }
    }

    fn end_shared(&mut self, resource: Resource, changes: u64) {
        let now = self.now;
        let Some(shared) =
            self.shared_resource(resource).filter(|shared| shared.changes == changes)
        else {
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
        self.end_working(over);
        self.tasks[task].begun += 1;
        let resource = self.pool_of(over.resource);
        let step = self.next_step(task);
        let Task { begun, turns, .. } = self.tasks[task];
        if turns[1].is_some_and(|last| begun == last + 1) {
            self.tasks[task].written = Some(self.now);
        }
        let takes_turn = resource == Resource::Link || turns.contains(&Some(begun));
        let goes_on =
            |step: &Step| !takes_turn && !step.is_beside && self.pool_of(step.resource) == resource;
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
        if let Some(place) = self.tasks[task].needs_connection() {
            self.connect(task, place);
        }
        self.tasks[task].step()
    }

    /// The resource that really limits a step.
    const fn pool_of(&self, resource: Resource) -> Resource {
        match (resource, self.batch.client) {
            (Resource::Client, ClientCapacity::Cores) => Resource::Core,
            _ => resource,
        }
    }
}

/// What a replay shows before its first event.
fn nothing_shown(batch: &Batch) -> Replayed {
    let woken = Woken {
        requests: vec![0.0; batch.requests.len()],
        openings: vec![0.0; batch.openings.len()],
    };
    Replayed { idle: vec![0; batch.requests.len()], woken, ..Replayed::default() }
}

fn pools(batch: &Batch) -> PerResource<Pool> {
    let mut pools = PerResource::<Pool>::default();
    pools[Resource::Delay].free = usize::MAX;
    pools[Resource::Contention].free = usize::MAX;
    pools[Resource::Client].free = 1;
    pools[Resource::Core].free = usize::MAX;
    pools[Resource::Server].free = batch.room.unwrap_or(usize::MAX).max(1);
    pools[Resource::Link].free = 1;
    pools[Resource::Endpoint].free = 1;
    pools
}
