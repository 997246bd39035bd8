//! The discrete-event simulation of a batch. Deterministic: events of one moment happen in the order in
//! which they were planned.

mod agenda;
mod connections;
mod exchange;
mod pool;
mod record;
mod shared;
mod simulation;
mod streams;
mod task;
mod waking;

use evidence::account::PerCharge;
use model::time::Span;

use self::simulation::Simulation;
use crate::batch::{Batch, PerResource};

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
    /// How often the client began to work after a wait.
    pub woken: Woken,
}

/// How often a client began to work after a wait in which nothing of it did, each time counted by how cold the wait had
/// left it: between 0 and 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Woken {
    /// For each request.
    pub requests: Vec<f64>,
    /// For each opening of the batch, over all connections that repeat it.
    pub openings: Vec<f64>,
}

/// Replays a batch.
pub fn simulate(batch: &Batch) -> Replayed {
    Simulation::new(batch).run()
}

#[cfg(test)]
mod tests;
