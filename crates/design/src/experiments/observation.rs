//! Where the time of a pilot trial went, grouped by what an experiment could remove.

use evidence::examine;
use evidence::in_flight::most_in_flight;
use model::arm::Arm;
use model::phase::Phase;
use model::plan::Plan;
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
}

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
    })
}

impl Observation {
    /// The share of a time in the batch.
    pub(super) fn share(&self, part: Span) -> f64 {
        let whole = self.batch.as_nanos().max(1);
        part.as_nanos() as f64 / whole as f64
    }
}
