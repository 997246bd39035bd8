//! The batch of another condition: the same batch with one thing changed.

use std::collections::BTreeSet;

use evidence::account::Charge;
use model::time::Span;

use crate::batch::{Batch, Resource, Start, Step};

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// At most so many requests at once.
    Workers(usize),
    /// What these causes add is gone.
    Without(BTreeSet<Charge>),
    /// Connections are there from the beginning.
    KeptSession,
    /// What TLS connections prepare is prepared once for all.
    SharedContext,
    /// So many of the workers' connections are kept; the others are opened in every batch.
    KeptConnections(usize),
    /// The client's work takes this many times as long.
    ClientWork(f64),
    /// The work that a cause adds takes this many times as long.
    Work {
        /// The cause.
        cause: Charge,
        /// How many times as long.
        factor: f64,
    },
    /// Waits for others' work on the same cores take this many times as long.
    Contention(f64),
    /// The server handles so many requests at once; without a limit where there is none.
    Room(Option<usize>),
    /// Bytes pass the link this many times as slowly; 0 for a link without a bottleneck.
    Transfer(f64),
}

impl Change {
    /// What one cause adds is gone.
    pub fn without(causes: &[Charge]) -> Self {
        Self::Without(causes.iter().copied().collect())
    }

    /// The batch with this change.
    pub fn apply(&self, batch: &Batch) -> Batch {
        let mut changed = batch.clone();
        match self {
            Self::Workers(workers) => set_workers(&mut changed, *workers),
            Self::Without(causes) => remove(&mut changed, causes),
            Self::KeptSession => keep_session(&mut changed),
            Self::SharedContext => share_context(&mut changed),
            Self::KeptConnections(kept) => open_beyond(&mut changed, *kept),
            Self::ClientWork(factor) => scale(&mut changed, Resource::Client, *factor),
            Self::Work { cause, factor } => {
                for step in changed.steps_mut().filter(|step| step.cause == Some(*cause)) {
                    step.length = scaled(step.length, *factor);
                }
            }
            Self::Contention(factor) => {
                scale(&mut changed, Resource::Contention, *factor);
                for start in &mut changed.workers {
                    start.late = scaled(start.late, *factor);
                }
            }
            Self::Room(room) => changed.room = *room,
            Self::Transfer(factor) => scale(&mut changed, Resource::Link, *factor),
        }
        changed
    }
}

/// Workers that are added start as far apart as the others did.
fn set_workers(batch: &mut Batch, workers: usize) {
    let workers = workers.clamp(1, batch.requests.len().max(1));
    let space = batch.start_spacing();
    let mut last = batch.workers.last().copied().unwrap_or_default();
    while batch.workers.len() < workers {
        last = Start { at: last.at + space, ..last };
        batch.workers.push(last);
    }
    batch.workers.truncate(workers);
}

fn remove(batch: &mut Batch, causes: &BTreeSet<Charge>) {
    let stays = |step: &Step| step.cause.is_none_or(|cause| !causes.contains(&cause));
    for request in &mut batch.requests {
        request.before.retain(stays);
        request.reopening.retain(stays);
        request.exchange.retain(stays);
        if request.not_before.is_some_and(|start| is_held(&start, causes)) {
            request.not_before = None;
        }
    }
    batch.openings.iter_mut().for_each(|opening| opening.retain(stays));
    for start in batch.workers.iter_mut().filter(|start| is_held(start, causes)) {
        start.at = start.at.saturating_sub(start.held);
    }
}

fn is_held(start: &Start, causes: &BTreeSet<Charge>) -> bool {
    start.cause.is_some_and(|cause| causes.contains(&cause))
}

fn keep_session(batch: &mut Batch) {
    batch.openings.clear();
    batch.requests.iter_mut().for_each(|request| request.reopening.clear());
    for start in batch.workers.iter_mut().filter(|start| start.cause == Some(Charge::Start)) {
        start.at = start.at.saturating_sub(start.held);
    }
}

/// The first preparation remains, before all requests.
fn share_context(batch: &mut Batch) {
    let preparation = |steps: &[Step]| {
        let own = steps.iter().filter(|step| step.cause == Some(Charge::Preparation));
        own.filter(|step| step.resource != Resource::Delay).map(|step| step.length).sum::<Span>()
    };
    let once = batch.openings.iter().map(|opening| preparation(opening)).min().unwrap_or_default();
    remove(batch, &BTreeSet::from([Charge::Preparation]));
    for start in &mut batch.workers {
        start.at = start.at + once;
    }
}

fn open_beyond(batch: &mut Batch, kept: usize) {
    let opening = batch.requests.iter().find(|request| !request.reopening.is_empty());
    let opening = opening.map(|request| request.reopening.clone());
    let opening = opening.or_else(|| batch.openings.iter().find(|it| !it.is_empty()).cloned());
    let Some(opening) = opening.or_else(|| batch.unopened.clone()) else { return };
    let workers = batch.workers.len();
    batch.openings = (0..workers)
        .map(|worker| if worker < kept { Vec::new() } else { opening.clone() })
        .collect();
}

fn scale(batch: &mut Batch, resource: Resource, factor: f64) {
    for step in batch.steps_mut().filter(|step| step.resource == resource) {
        step.length = scaled(step.length, factor);
    }
}

/// A length times a factor; the longest that there is where that is too long.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn scaled(length: Span, factor: f64) -> Span {
    Span::from_nanos((length.as_nanos() as f64 * factor.max(0.0)).round() as u64)
}
