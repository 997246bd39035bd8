//! What a trial of the pilot shows of its arm: where its time went, in terms of what could be taken
//! away.

use evidence::path::CriticalPath;
use explain::most_in_flight;
use model::arm::Arm;
use model::phase::Phase;
use model::plan::Plan;
use model::time::Span;
use model::trial::Trial;

/// Where the time of a trial went, along its critical path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The whole batch.
    pub batch: Span,
    /// What the client did, requests or not.
    pub client: Span,
    /// What the client did before and after all requests.
    pub client_around: Span,
    /// Waiting for a worker, a permit or a connection.
    pub queue: Span,
    /// Looking up names and opening connections, without TLS.
    pub connecting: Span,
    /// What was prepared between open connections and their first handshake byte.
    pub preparation: Span,
    /// TLS handshakes.
    pub handshake: Span,
    /// Handing requests over, waiting for responses and reading them.
    pub waiting: Span,
    /// How many requests lie on the path.
    pub path_requests: usize,
    /// The most requests that were in flight at once.
    pub most_in_flight: Option<usize>,
    /// How many connections were opened, by the endpoint's word.
    pub opened: Option<usize>,
}

/// Looks at a trial; nothing where its path cannot be told.
pub fn observe(plan: &Plan, arm: &Arm, trial: &Trial) -> Option<Observed> {
    let path = CriticalPath::of_trial(plan, arm, trial)?;
    let times = path.times();
    let sum = |phases: &[Phase]| phases.iter().map(|&phase| times.phases[phase]).sum();
    let around = path
        .segments()
        .filter(|segment| segment.label.phase() == Phase::Client && segment.request.is_none())
        .map(|segment| segment.length());
    Some(Observed {
        batch: trial.batch_time()?,
        client: times.phases[Phase::Client],
        client_around: around.sum(),
        queue: times.phases[Phase::Queue],
        connecting: sum(&[Phase::Dns, Phase::Connect]),
        preparation: times.tls_preparation,
        handshake: times.tls_handshake(),
        waiting: sum(&[Phase::Send, Phase::Wait, Phase::Receive]),
        path_requests: path.requests(),
        most_in_flight: most_in_flight(trial, arm.batch_size),
        opened: trial.witness.as_ref().map(|witness| witness.connections.len()),
    })
}

impl Observed {
    /// A part of the batch's time, as a share of it.
    pub(super) fn share(&self, part: Span) -> f64 {
        let whole = self.batch.as_nanos().max(1);
        part.as_nanos() as f64 / whole as f64
    }
}
