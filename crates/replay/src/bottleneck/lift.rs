//! The batch without one of its limits.

use evidence::account::Charge;
use model::time::Span;

use super::Limit;
use crate::batch::{Batch, Resource, Step};
use crate::change::Change;

/// Causes that are the client's own work.
const WORK: [Charge; 3] = [Charge::Start, Charge::Client, Charge::InterpreterLock];

/// Causes for which the client waits for itself.
const OWN_WAITS: [Charge; 6] = [
    Charge::Sleep,
    Charge::Lock,
    Charge::HeldBack,
    Charge::LoopBlocked,
    Charge::BlockingCall,
    Charge::Throttle,
];

impl Limit {
    /// The batch without the limit. The latency stays.
    pub(super) fn lift(self, batch: &Batch) -> Batch {
        match self {
            Self::Concurrency => Change::Workers(batch.requests.len()).apply(batch),
            Self::ClientWork => without_work(batch),
            Self::TlsPreparation => Change::without(&[Charge::Preparation]).apply(batch),
            Self::Connections => without_openings(batch),
            Self::ServerCapacity => {
                Change::Room(None).apply(&Change::without(&[Charge::ServerQueue]).apply(batch))
            }
            Self::Bandwidth => {
                Change::Transfer(0.0).apply(&Change::without(&[Charge::Bytes]).apply(batch))
            }
            Self::ClientWaits => Change::without(&OWN_WAITS).apply(batch),
            Self::Latency => batch.clone(),
        }
    }

    /// Whether there is anything to lift.
    pub(super) fn applies_to(self, batch: &Batch) -> bool {
        match self {
            Self::Concurrency => batch.workers.len() < batch.requests.len(),
            Self::ClientWork => true,
            Self::TlsPreparation => batch.has(&[Charge::Preparation]),
            Self::Connections => opens_connections(batch),
            Self::ServerCapacity => batch.room.is_some() || batch.has(&[Charge::ServerQueue]),
            Self::Bandwidth => passes_bottleneck(batch) || batch.has(&[Charge::Bytes]),
            Self::ClientWaits => batch.has(&OWN_WAITS),
            Self::Latency => false,
        }
    }
}

/// The batch without any limit but these and the latency.
pub(super) fn all_except(kept: &[Limit], batch: &Batch) -> Batch {
    let others = Limit::ALL.into_iter().filter(|limit| !kept.contains(limit));
    let limits = others.filter(|limit| limit.applies_to(batch));
    limits.fold(batch.clone(), |batch, limit| limit.lift(&batch))
}

fn opens_connections(batch: &Batch) -> bool {
    let again = batch.requests.iter().map(|request| &request.reopening);
    batch.openings.iter().chain(again).any(|opening| !opening.is_empty())
}

fn passes_bottleneck(batch: &Batch) -> bool {
    let mut steps = batch.requests.iter().flat_map(|request| request.steps());
    steps.any(|step| step.resource == Resource::Link)
}

/// Without the client's work outside of the openings of connections, and without what others wait for
/// because of it.
fn without_work(batch: &Batch) -> Batch {
    let mut without = Change::without(&WORK).apply(batch);
    let ours =
        without.requests.iter_mut().flat_map(|it| it.before.iter_mut().chain(&mut it.exchange));
    for step in ours.filter(|step| takes_cores(step)) {
        step.length = Span::ZERO;
    }
    for start in &mut without.workers {
        let is_held = start.cause.is_some_and(|cause| OWN_WAITS.contains(&cause));
        start.at = if is_held { start.held.min(start.at) } else { Span::ZERO };
        start.late = Span::ZERO;
    }
    without.after = Span::ZERO;
    without
}

const fn takes_cores(step: &Step) -> bool {
    let is_of_client =
        matches!(step.resource, Resource::Client | Resource::Core | Resource::Contention);
    is_of_client && !step.is_idle
}

/// What is prepared for TLS stays.
fn without_openings(batch: &Batch) -> Batch {
    let mut without = batch.clone();
    let again = without.requests.iter_mut().map(|request| &mut request.reopening);
    for opening in without.openings.iter_mut().chain(again) {
        opening.retain(|step| step.cause == Some(Charge::Preparation));
    }
    without
}
