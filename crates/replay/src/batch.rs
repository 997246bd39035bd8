//! A batch as tasks on resources: what a replay needs, and nothing of how it was learnt.

use evidence::account::Charge;
use model::time::Span;

/// A batch: requests that workers make one after another.
///
/// A worker is whatever makes one request at a time: a thread of a pool, a permit of an event loop,
/// a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The requests, in the order of their starts.
    pub requests: Vec<Request>,
    /// When each worker is ready for its first request, in order. There are as many workers.
    pub workers: Vec<Start>,
    /// What the client's work is done on.
    pub client: ClientCapacity,
    /// What a request does whose connection is being opened.
    pub connecting: Connecting,
    /// Whether one thread has several requests in flight at once, or would if they were not made in turn.
    pub has_event_loop: bool,
    /// How many cores the client has.
    pub cores: usize,
    /// How many requests the server handles at once; none where it has no limit.
    pub room: Option<usize>,
    /// How connections are opened, in turn, where none is idle; empty where there are enough from the
    /// beginning.
    pub openings: Vec<Vec<Step>>,
    /// Whether the round trip that opens a connection passes only after the client has written to it: the emulated
    /// link holds the first bytes so long.
    pub holds_first_bytes: bool,
    /// How many connections are open from the beginning.
    pub kept: usize,
    /// Whether its requests are streams of HTTP/2 or 3, side by side or in turn.
    pub has_streams: bool,
    /// How many requests one connection carries at once, as streams of HTTP/2; none where each connection carries
    /// one.
    pub streams: Option<usize>,
    /// How many connections carry streams at most; at least one.
    pub sharing: usize,
    /// How many bytes of a shared connection arrive together: those of a record of TLS. Zero without TLS.
    pub record: u64,
    /// Whether only one stream is opened on a new connection before the server's SETTINGS have arrived, a round trip
    /// later.
    pub awaits_settings: bool,
    /// Whether requests that are written to a shared connection at once leave together.
    pub writes_together: bool,
    /// How much longer the client works after a very long wait in which nothing of it did.
    pub wake: Span,
    /// How much longer an event loop works for a request for each connection that is idle then.
    pub scan: Span,
    /// How much longer an event loop works before its first request for each that begins with it.
    pub start_growth: Span,
    /// How a connection would be opened where none was; none where that is not known.
    pub unopened: Option<Vec<Step>>,
    /// What the client does from the end of the last request to the end of the batch.
    pub after: Span,
    /// How much of that is to close the connections of a session that ends with the batch.
    pub closing: Span,
    /// The share of the client's work in which it waited for a core.
    pub starved: f64,
    /// How long a round trip takes, of which its steps hold flights; none where that is not known.
    pub round_trip: Option<Span>,
    /// After how long at the link's bottleneck a connection lets the others pass; zero where each
    /// transfer passes as a whole.
    pub piece: Span,
    /// How long the emulated server thinks about a request; none for another server.
    pub think: Option<Span>,
}

/// When a worker is ready for its first request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// When, after the start of the batch, where nothing else was in its way.
    pub at: Span,
    /// How much later it was because others had the cores.
    pub late: Span,
    /// How much of that is due to a cause.
    pub held: Span,
    /// The cause.
    pub cause: Option<Charge>,
    /// How long certificates were loaded before it, but for the first time.
    pub prepared: Span,
}

/// How many pieces of the client's own work can be done at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCapacity {
    /// One: there is one thread, or an interpreter lock.
    #[default]
    One,
    /// As many as there are cores.
    Cores,
}

/// What a request does whose connection is being opened, where another one becomes idle meanwhile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connecting {
    /// It waits for its own.
    #[default]
    WaitsForOwn,
    /// It takes the first one that it can get. Its own goes on being opened, for the next request.
    TakesFirst,
}

/// One request of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The clock does not let it start before; none where only its worker decides.
    pub not_before: Option<Start>,
    /// What its worker does before it, from the end of the request before.
    pub before: Vec<Step>,
    /// How its connection was opened, although its worker had made a request before.
    pub reopening: Vec<Step>,
    /// From its first byte to the end of its worker's work on it.
    pub exchange: Vec<Step>,
    /// How many bytes of its response pass the link; none where that is not known.
    pub bytes: Option<u64>,
}

/// A step of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it takes place on.
    pub resource: Resource,
    /// How long it takes where nothing else wants the resource.
    pub length: Span,
    /// The cause without which it would not be there.
    pub cause: Option<Charge>,
    /// How often it passes the network.
    pub flights: Flights,
    /// The kind of the TLS handshake of which it is a part; none for a step that any connection has.
    pub handshake: Option<Handshake>,
    /// Whether the client's thread only waits in it, for anything but the network: nothing else can use the
    /// thread, and no core works.
    pub is_idle: bool,
    /// Whether the steps after it do not wait for its end: what passes the network meanwhile.
    pub is_beside: bool,
}

/// How often something passes the network in one direction, one time after the other: two flights are a
/// round trip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flights(pub u32);

/// A kind of TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It starts a session.
    Full,
    /// It resumes one.
    Resumed,
}

impl Flights {
    /// A round trip.
    pub const ROUND_TRIP: Self = Self(2);

    /// So many round trips.
    pub const fn of_round_trips(trips: u32) -> Self {
        Self(trips.saturating_mul(2))
    }

    /// How long they take.
    pub const fn take(self, round_trip: Span) -> Span {
        round_trip.times(self.0 as u64).half()
    }
}

model::closed_list! {
    /// What a step takes place on.
    pub enum Resource with PerResource {
        /// Nothing that others could want: the network, a timer.
        Delay = "delay",
        /// The client's own work, of which a single thread or the interpreter lock allows one at a time.
        Client = "client",
        /// Work of the client that only needs a core.
        Core = "core",
        /// The server, which may handle a limited number of requests at once.
        Server = "server",
        /// The work of the embedded endpoint, whose one thread does one thing at a time.
        Endpoint = "endpoint",
        /// Waiting because others had the cores: less where the cores are less in use.
        Contention = "contention",
        /// The link's bottleneck, which bytes pass one after another.
        Link = "link",
    }
}

impl Step {
    /// A step without a cause of its own.
    pub const fn new(resource: Resource, length: Span) -> Self {
        Self {
            resource,
            length,
            cause: None,
            flights: Flights(0),
            handshake: None,
            is_idle: false,
            is_beside: false,
        }
    }

    /// A step that is there because of a cause.
    pub const fn caused(resource: Resource, length: Span, cause: Charge) -> Self {
        Self { cause: Some(cause), ..Self::new(resource, length) }
    }

    /// A wait of an event loop's thread that keeps everything else waiting.
    pub const fn blocking(length: Span) -> Self {
        Self { is_idle: true, ..Self::caused(Resource::Client, length, Charge::LoopBlocked) }
    }

    /// The client's work beside the steps that follow it.
    pub const fn beside(length: Span) -> Self {
        Self { is_beside: true, ..Self::new(Resource::Client, length) }
    }

    /// Whether it takes no time and passes nothing.
    pub const fn is_empty(&self) -> bool {
        self.length.is_zero() && self.flights.0 == 0
    }

    /// The step, which passes the network so often.
    #[must_use]
    pub const fn flying(self, flights: Flights) -> Self {
        Self { flights, ..self }
    }

    /// The step, which is a part of a handshake if there is one.
    #[must_use]
    pub const fn securing(self, handshake: Option<Handshake>) -> Self {
        Self { handshake, ..self }
    }

    /// Whether the client works in it.
    pub const fn is_work(&self) -> bool {
        matches!(self.resource, Resource::Client | Resource::Core)
    }

    /// Whether certificates are loaded in it before there is a connection: what is prepared for a connection that is
    /// open belongs to its handshake.
    pub fn loads_early(&self) -> bool {
        self.cause == Some(Charge::Preparation) && self.handshake.is_none()
    }

    /// Whether the client computes in it.
    pub const fn is_computing(&self) -> bool {
        self.is_work() && !self.is_idle
    }
}

impl Batch {
    /// Whether any of these causes takes any time.
    pub fn has(&self, causes: &[Charge]) -> bool {
        !self.time_of(causes).is_zero()
    }

    /// How long all steps and starts are that are there because of one of these causes, summed.
    pub fn time_of(&self, causes: &[Charge]) -> Span {
        let is_one = |cause: Option<Charge>| cause.is_some_and(|cause| causes.contains(&cause));
        let steps = self.requests.iter().flat_map(Request::steps);
        let steps = steps.chain(self.openings.iter().flatten());
        let held = self.requests.iter().filter_map(|request| request.not_before.as_ref());
        let held = held.chain(&self.workers).filter(|start| is_one(start.cause));
        steps.filter(|step| is_one(step.cause)).map(|step| step.length).sum::<Span>()
            + held.map(|start| start.held).sum()
            + self.prepared_before(causes)
    }

    /// How long certificates were loaded before the last worker was ready, where that is one of these causes.
    fn prepared_before(&self, causes: &[Charge]) -> Span {
        let prepared = self.workers.iter().map(|start| start.prepared).max().unwrap_or_default();
        if causes.contains(&Charge::Preparation) { prepared } else { Span::ZERO }
    }

    /// How long the client's threads only wait in its steps, and keep others from using them.
    pub fn idle(&self) -> Span {
        let steps = self.requests.iter().flat_map(Request::steps);
        steps.filter(|step| step.is_idle).map(|step| step.length).sum()
    }

    /// How far apart workers start where nothing is in their way: the least of all.
    pub fn start_spacing(&self) -> Span {
        let pairs = self.workers.windows(2);
        let spaces = pairs.map(|pair| pair[1].at.saturating_sub(pair[0].at));
        spaces.min().unwrap_or_default()
    }

    /// How long the client works until it writes the first request, for each request of the batch.
    pub fn work_before_all(&self) -> Span {
        let start = self.workers.first().map_or(Span::ZERO, |start| start.at);
        let before = self.requests.first().map_or(&[][..], |request| &request.before);
        let work: Span = before.iter().filter(|step| step.is_work()).map(|step| step.length).sum();
        (start + work).times(self.requests.len() as u64)
    }

    /// How many requests are begun at once: as many as there are workers, or more where an event loop
    /// is too slow to write all of them before the first response.
    pub fn begun_at_once(&self) -> usize {
        self.workers.len().max(self.kept).min(self.requests.len().max(1))
    }

    /// How many connections there are at most; at least one.
    pub fn most_connections(&self) -> usize {
        self.kept.max(self.workers.len()).max(1)
    }

    /// Whether any connection was opened, or how that is done is known otherwise.
    pub fn knows_openings(&self) -> bool {
        self.opened().next().is_some() || self.unopened.is_some()
    }

    /// How connections were opened.
    pub fn opened(&self) -> impl Iterator<Item = &Vec<Step>> {
        let again = self.requests.iter().map(|request| &request.reopening);
        self.openings.iter().chain(again).filter(|opening| !opening.is_empty())
    }

    /// Whether a handshake of this kind was seen.
    pub fn has_handshake(&self, kind: Handshake) -> bool {
        self.opened().flatten().any(|step| step.handshake == Some(kind))
    }

    /// All steps of its requests and of the openings of its workers' connections.
    pub fn steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        let requests = self.requests.iter_mut().flat_map(Request::steps_mut);
        requests.chain(self.openings.iter_mut().flatten())
    }
}

impl Request {
    /// All of its steps.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.before.iter().chain(&self.reopening).chain(&self.exchange)
    }

    /// The same, to change them.
    pub fn steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        self.lists_mut().into_iter().flatten()
    }

    /// Each list of its steps, to change it.
    pub const fn lists_mut(&mut self) -> [&mut Vec<Step>; 3] {
        [&mut self.before, &mut self.reopening, &mut self.exchange]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_does_before_its_first_request_it_does_for_each() {
        let millis = Span::from_millis;
        let before =
            vec![Step::new(Resource::Client, millis(2)), Step::new(Resource::Delay, millis(9))];
        let request = Request { before, ..Request::default() };
        let batch = |start| Batch {
            requests: vec![request.clone(); 3],
            workers: vec![start],
            ..Batch::default()
        };
        let batch = batch(Start { at: millis(5), ..Start::default() });
        assert_eq!(batch.work_before_all(), millis(3 * 7));
        assert_eq!(Batch::default().work_before_all(), Span::ZERO);
    }
}
