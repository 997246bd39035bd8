//! How the connections of a batch are opened and kept.

use std::collections::BTreeSet;

use evidence::account::Charge;
use model::time::Span;

use super::remove;
use crate::batch::{Batch, Handshake, Resource, Step};

pub(super) fn keep_session(batch: &mut Batch) {
    let opening = batch.opened().next().cloned();
    batch.unopened = opening.or(batch.unopened.take());
    batch.openings.clear();
    batch.after = batch.after.saturating_sub(std::mem::take(&mut batch.closing));
    batch.kept = batch.workers.len();
    for request in &mut batch.requests {
        request.reopening.clear();
        request.before.retain(|step| step.cause != Some(Charge::Start));
    }
    for start in batch.workers.iter_mut().filter(|start| start.cause == Some(Charge::Start)) {
        start.at = start.at.saturating_sub(start.held);
    }
}

pub(super) fn open_beyond(batch: &mut Batch, kept: usize) {
    let opening = batch.requests.iter().find(|request| !request.reopening.is_empty());
    let opening = opening.map(|request| request.reopening.clone());
    let opening = opening.or_else(|| batch.openings.iter().find(|it| !it.is_empty()).cloned());
    let Some(opening) = opening.or_else(|| batch.unopened.clone()) else { return };
    let workers = batch.workers.len();
    batch.openings = vec![opening; workers.max(1)];
    batch.kept = kept;
    // These connections were opened because the pool had not kept them.
    let is_overflow = |step: &Step| step.cause == Some(Charge::Overflow);
    for request in &mut batch.requests {
        request.reopening.retain(|step| !is_overflow(step));
    }
}

/// One session for all requests: a worker keeps its connection, and certificates that were loaded before a connection
/// are loaded once, before all requests.
pub(super) fn reuse_connections(batch: &mut Batch) {
    batch.requests.iter_mut().for_each(|request| request.reopening.clear());
    let loading = |opening: &Vec<Step>| {
        opening.iter().filter(|step| step.loads_early()).map(|step| step.length).sum()
    };
    let once: Span = batch.openings.iter().map(loading).min().unwrap_or_default();
    batch.openings.iter_mut().for_each(|opening| opening.retain(|step| !step.loads_early()));
    for start in &mut batch.workers {
        start.at = start.at.saturating_sub(std::mem::take(&mut start.prepared)) + once;
    }
}

/// Requests share one connection, or each has one to itself. What opens a connection stays as it was.
pub(super) fn set_streams(batch: &mut Batch, streams: Option<usize>) {
    if batch.streams.is_none() && streams.is_some() {
        batch.requests.iter_mut().for_each(|request| request.reopening.clear());
        batch.scan = Span::ZERO;
        batch.sharing = 1;
        batch.kept = batch.kept.min(1);
    }
    if batch.streams.is_some() && streams.is_none() && batch.kept > 0 {
        batch.kept = batch.workers.len();
    }
    batch.streams = streams;
}

/// The first preparation remains, before all requests.
pub(super) fn share_context(batch: &mut Batch) {
    let own = |step: &&Step| step.cause == Some(Charge::Preparation) && step.is_work();
    do_once(batch, Charge::Preparation, own);
}

/// The first lookup remains, before all requests.
pub(super) fn share_lookup(batch: &mut Batch) {
    do_once(batch, Charge::Lookup, |step| step.cause == Some(Charge::Lookup));
}

/// What a cause adds to each opening is gone, and its least steps come once before all requests.
fn do_once(batch: &mut Batch, cause: Charge, is_kept: impl Fn(&&Step) -> bool) {
    let kept = |steps: &Vec<Step>| steps.iter().filter(&is_kept).map(|step| step.length).sum();
    let once: Span = batch.openings.iter().map(kept).min().unwrap_or_default();
    remove(batch, &BTreeSet::from([cause]));
    for start in &mut batch.workers {
        start.at = start.at + once;
    }
}

/// Connections need no preparation and no handshake.
pub(super) fn stay_plain(batch: &mut Batch) {
    let is_plain = |step: &Step| step.handshake.is_none();
    openings_mut(batch).for_each(|opening| opening.retain(is_plain));
}

/// Every connection is opened as the first that had a handshake of this kind; but no session can be
/// resumed before one was started, so that the first connections of a cold batch start theirs.
pub(super) fn set_handshakes(batch: &mut Batch, kind: Handshake) {
    let has_kind = |step: &Step| step.handshake == Some(kind);
    let example = batch.opened().find(|opening| opening.iter().any(has_kind));
    let Some(example) = example.cloned() else { return };
    let secured = |opening: &Vec<Step>| opening.iter().any(|step| step.handshake.is_some());
    if kind == Handshake::Full {
        for opening in batch.openings.iter_mut().filter(|opening| secured(opening)) {
            opening.clone_from(&example);
        }
    }
    let again = batch.requests.iter_mut().map(|request| &mut request.reopening);
    for opening in again.filter(|opening| secured(opening)) {
        opening.clone_from(&example);
    }
}

/// Each opening takes more of the client's time.
pub(super) fn add_work(batch: &mut Batch, work: Span) {
    let step = Step::caused(Resource::Client, work, Charge::Handshake);
    openings_mut(batch).filter(|opening| !opening.is_empty()).for_each(|it| it.push(step));
}

fn openings_mut(batch: &mut Batch) -> impl Iterator<Item = &mut Vec<Step>> {
    let again = batch.requests.iter_mut().map(|request| &mut request.reopening);
    batch.openings.iter_mut().chain(again).chain(&mut batch.unopened)
}
