//! Where the time of a pilot trial went, grouped by what an experiment could remove.

use evidence::account::Charge;
use evidence::in_flight::most_in_flight;
use evidence::thread_states::{ThreadHistory, ThreadState};
use evidence::threads::fetching_threads;
use evidence::{Examined, examine};
use model::arm::Arm;
use model::phase::Phase;
use model::plan::Plan;
use model::socket::ThreadPlace;
use model::time::Span;
use model::trial::Trial;

/// Where the time of a trial went, along its critical path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observation {
    /// The whole batch.
    pub(crate) batch: Span,
    /// Client work, with or without a request.
    pub(crate) client: Span,
    /// Client work outside any request.
    pub(crate) client_around: Span,
    /// Waiting for a worker, a permit or a connection.
    pub(crate) queue: Span,
    /// DNS lookups and TCP connects.
    pub(crate) connecting: Span,
    /// TLS preparation: between an open connection and its first handshake byte.
    pub(crate) preparation: Span,
    /// TLS handshakes.
    pub(crate) handshake: Span,
    /// Sending requests, waiting for responses and receiving them.
    pub(crate) waiting: Span,
    /// How many requests are on the path.
    pub(crate) path_requests: usize,
    /// The maximum number of requests in flight at once.
    pub(crate) most_in_flight: Option<usize>,
    /// How many connections were opened, by the endpoint or the socket witness.
    pub(crate) opened: Option<usize>,
    /// How many threads made requests.
    pub(crate) threads: Option<usize>,
    /// Whether a thread had several requests in flight at once.
    pub(crate) has_event_loop: bool,
    /// DNS lookups alone.
    pub(crate) lookups: Span,
    /// Requests that the client's kernel held back because they were sent in several writes.
    pub(crate) split_requests: Span,
    /// Bodies that the server began early and ended late.
    pub(crate) slow_bodies: Span,
    /// Whether the bodies were clearly longer than what arrived for them.
    pub(crate) are_bodies_compressed: bool,
    /// Sleeping, and starts of requests that a timer held back.
    pub(crate) sleeping: Span,
    /// Garbage collections while the user's code ran, on the path or not.
    pub(crate) collecting: Span,
}

/// By what factor bodies must be longer than the responses that brought them to be compressed.
const COMPRESSED: f64 = 1.25;

/// Observes a trial; none if its path is unknown.
pub(crate) fn observe(plan: &Plan, arm: &Arm, trial: &Trial) -> Option<Observation> {
    let examined = examine(plan, arm, trial)?;
    let path = examined.path.as_ref()?;
    let times = path.times();
    let sum = |phases: &[Phase]| phases.iter().map(|&phase| times.phases[phase]).sum();
    let around = path
        .segments()
        .filter(|segment| segment.label.phase() == Phase::Client && segment.request.is_none())
        .map(|segment| segment.length());
    let account = examined.account.unwrap_or_default();
    Some(Observation {
        batch: trial.batch_time()?,
        client: times.phases[Phase::Client],
        client_around: around.sum(),
        queue: times.phases[Phase::Queue],
        connecting: sum(&[Phase::Dns, Phase::Connect]),
        preparation: times.tls_preparation,
        handshake: times.tls_handshake(),
        waiting: sum(&[Phase::Send, Phase::Wait, Phase::Receive]),
        path_requests: path.requests(),
        most_in_flight: most_in_flight(&examined),
        opened: examined.traffic.as_ref().map(|traffic| traffic.opened().count()),
        threads: fetching_threads(trial),
        has_event_loop: event_loops(&examined).next().is_some(),
        lookups: times.phases[Phase::Dns],
        split_requests: account.charged_to(Charge::SplitRequest),
        slow_bodies: account.charged_to(Charge::SlowBody),
        are_bodies_compressed: are_bodies_compressed(&examined),
        sleeping: account.charged_to(Charge::Sleep)
            + account.charged_to(Charge::HeldBack)
            + account.charged_to(Charge::LoopBlocked).min(slept_in_event_loops(&examined)),
        collecting: examined.run.usage.collecting.unwrap_or_default(),
    })
}

fn event_loops<'e, 'a>(
    examined: &'e Examined<'a>,
) -> impl Iterator<Item = &'e ThreadHistory<'a>> + 'e {
    let threads = &examined.threads;
    let of_event_loop = |&(thread, _): &(ThreadPlace, _)| threads.is_event_loop(thread);
    threads.histories().filter(of_event_loop).map(|(_, history)| history)
}

fn slept_in_event_loops(examined: &Examined<'_>) -> Span {
    let slept = |history: &ThreadHistory<'_>| {
        history.times(Span::ZERO, examined.batch_time())[ThreadState::Sleep]
    };
    event_loops(examined).map(slept).sum()
}

/// Whether the client's bodies are clearly longer than all bytes of their responses.
fn are_bodies_compressed(examined: &Examined<'_>) -> bool {
    let Some((sockets, bodies)) = examined.sockets().zip(examined.run.columns.bytes.as_ref())
    else {
        return false;
    };
    let arrived: u64 = sockets.requests.iter().map(|row| row.bytes_in).sum();
    let read: u64 = bodies.iter().flatten().sum();
    arrived > 0 && read as f64 >= COMPRESSED * arrived as f64
}

impl Observation {
    /// The share of a time in the batch.
    pub(super) fn share(&self, part: Span) -> f64 {
        let whole = self.batch.as_nanos().max(1);
        part.as_nanos() as f64 / whole as f64
    }
}
