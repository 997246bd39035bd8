//! The batch of another condition: the same batch with one thing changed.
//!
//! `connections` changes how connections are opened and kept, `network` the link and the server,
//! `size` the batch and its workers.

mod connections;
pub(crate) mod network;
mod size;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeSet;

use evidence::account::Charge;
use model::link::Rate;
use model::time::Span;

use crate::batch::{Batch, ClientCapacity, Handshake, Resource, Start, Step};
use connections::{
    add_work, keep_session, open_beyond, reuse_connections, set_handshakes, set_streams,
    share_context, share_lookup, stay_plain,
};
use network::{set_rate, set_round_trip, set_think};
use size::{set_requests, set_workers};
use version::set_version;
pub use version::{Multiplexing, Sharing, Version, WorkRatio};

/// What is changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The maximum number of requests at once.
    Workers(usize),
    /// The client's work is done on all cores at once.
    ParallelClient,
    /// What these causes add is gone.
    Without(BTreeSet<Charge>),
    /// Connections are there from the beginning.
    KeptSession,
    /// What TLS connections prepare is prepared once for all.
    SharedContext,
    /// The pool keeps this many times as many connections: what clients do with all of them costs more.
    LargerPool(f64),
    /// A request uses a connection that is idle, and opens none although there is one.
    ReusedConnections,
    /// How many connections the pool keeps; the other workers open theirs in every batch.
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
    /// The client's work for each idle connection takes this many times as long.
    ScanWork(f64),
    /// Waits for others' work on the same cores take this many times as long.
    Contention(f64),
    /// How many requests the server handles at once; none for no limit.
    Room(Option<usize>),
    /// Bytes pass the link this many times as slowly; 0 for a link without a bottleneck.
    Transfer(f64),
    /// The length of a round trip; nothing changes where it is not known how long it took.
    RoundTrip(Span),
    /// The think time of the emulated server; nothing changes for another server.
    Think(Span),
    /// Responses pass a bottleneck of this rate; none where there is no bottleneck.
    Rate(Option<Rate>),
    /// Connections do not use TLS.
    Plain,
    /// Handshakes are of this kind wherever an earlier session allows it; nothing changes where none
    /// was seen.
    Handshakes(Handshake),
    /// A name is looked up once for the batch.
    SharedLookup,
    /// How many requests one connection carries at once, as streams of HTTP/2; none for HTTP/1.1.
    Streams(Option<usize>),
    /// The client speaks another version of HTTP.
    Version(Version),
    /// The number of requests: those that were seen, repeated, or only the first of them.
    Requests(usize),
    /// Additional work of the client for each connection that it opens.
    OpeningWork(Span),
}

impl Change {
    /// What one cause adds is gone.
    pub fn without(causes: &[Charge]) -> Self {
        Self::Without(causes.iter().copied().collect())
    }

    /// The batch with this change.
    pub fn apply(&self, batch: &Batch) -> Batch {
        let mut changed = batch.clone();
        self.make(&mut changed);
        changed
    }

    /// Makes the change.
    pub(crate) fn make(&self, changed: &mut Batch) {
        match self {
            Self::Workers(workers) => set_workers(changed, *workers),
            Self::ParallelClient => changed.client = ClientCapacity::Cores,
            Self::Without(causes) => remove(changed, causes),
            Self::KeptSession => keep_session(changed),
            Self::ReusedConnections => reuse_connections(changed),
            Self::SharedContext => share_context(changed),
            // What that costs is known only where several levels were seen; else `growth` says how much
            // it may be.
            Self::LargerPool(times) => changed.kept = times_as_many(changed.kept, *times),
            Self::KeptConnections(kept) => open_beyond(changed, *kept),
            Self::ClientWork(factor) => {
                for step in changed.steps_mut().filter(|step| is_work_of_client(step)) {
                    step.length = scaled(step.length, *factor);
                }
                changed.wake = scaled(changed.wake, *factor);
                changed.scan = scaled(changed.scan, *factor);
                changed.start_growth = scaled(changed.start_growth, *factor);
                changed.after = scaled(changed.after, *factor);
                changed.closing = scaled(changed.closing, *factor);
            }
            Self::ScanWork(factor) => changed.scan = scaled(changed.scan, *factor),
            Self::Work { cause, factor } => {
                for step in changed.steps_mut().filter(|step| step.cause == Some(*cause)) {
                    step.length = scaled(step.length, *factor);
                }
            }
            Self::Contention(factor) => {
                scale(changed, Resource::Contention, *factor);
                for start in &mut changed.workers {
                    start.late = scaled(start.late, *factor);
                }
            }
            Self::Room(room) => changed.room = *room,
            Self::Transfer(factor) => scale(changed, Resource::Link, *factor),
            Self::RoundTrip(trip) => set_round_trip(changed, *trip),
            Self::Think(think) => set_think(changed, *think),
            Self::Rate(rate) => set_rate(changed, *rate),
            Self::Plain => stay_plain(changed),
            Self::Handshakes(kind) => set_handshakes(changed, *kind),
            Self::SharedLookup => share_lookup(changed),
            Self::Streams(streams) => set_streams(changed, *streams),
            Self::Version(version) => set_version(changed, *version),
            Self::Requests(requests) => set_requests(changed, *requests),
            Self::OpeningWork(work) => add_work(changed, *work),
        }
    }
}

/// The batch with these changes, made one after another.
pub(crate) fn apply_all(batch: &Batch, changes: &[Change]) -> Batch {
    let mut changed = batch.clone();
    changes.iter().for_each(|change| change.make(&mut changed));
    changed
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
    if causes.contains(&Charge::Preparation) {
        for start in &mut batch.workers {
            start.at = start.at.saturating_sub(std::mem::take(&mut start.prepared));
        }
    }
}

fn is_work_of_client(step: &Step) -> bool {
    step.resource == Resource::Client && !step.is_idle
}

fn is_held(start: &Start, causes: &BTreeSet<Charge>) -> bool {
    start.cause.is_some_and(|cause| causes.contains(&cause))
}

fn scale(batch: &mut Batch, resource: Resource, factor: f64) {
    for step in batch.steps_mut().filter(|step| step.resource == resource) {
        step.length = scaled(step.length, factor);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn times_as_many(connections: usize, times: f64) -> usize {
    (connections as f64 * times.max(1.0)).round() as usize
}

/// A length times a factor; the longest that there is where that is too long.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
fn scaled(length: Span, factor: f64) -> Span {
    Span::from_nanos((length.as_nanos() as f64 * factor.max(0.0)).round() as u64)
}
