//! How many requests a batch has, and how many of them are made at once.

use model::time::Span;

use crate::batch::{Batch, Request, Start};

/// Workers that are added start as far apart as the others did.
pub(super) fn set_workers(batch: &mut Batch, workers: usize) {
    let workers = workers.clamp(1, batch.requests.len().max(1));
    let before = batch.begun_at_once();
    let space = batch.start_spacing();
    let mut last = batch.workers.last().copied().unwrap_or_default();
    while batch.workers.len() < workers {
        last = Start { at: last.at + space, ..last };
        batch.workers.push(last);
    }
    batch.workers.truncate(workers);
    if !batch.start_growth.is_zero() {
        start_together(batch, before);
    }
    if batch.kept > 0 {
        batch.kept = workers;
    }
}

/// Requests that begin together all work before the first of them is written.
fn start_together(batch: &mut Batch, before: usize) {
    let after = batch.workers.len().min(batch.requests.len());
    let more = batch.start_growth.times(after.saturating_sub(before) as u64);
    let less = batch.start_growth.times(before.saturating_sub(after) as u64);
    for start in &mut batch.workers {
        start.at = (start.at + more).saturating_sub(less);
    }
}

/// Requests that are added repeat those that were not the first of a worker, where there are any. They
/// keep their connections; what the clock holds back goes on at its pace.
pub(super) fn set_requests(batch: &mut Batch, requests: usize) {
    let requests = requests.max(1);
    let seen = batch.requests.len();
    let first = if batch.workers.len() < seen { batch.workers.len() } else { 0 };
    let repeated: Vec<Request> = batch.requests[first..].to_vec();
    let period = period(&repeated);
    for place in 0..requests.saturating_sub(seen) {
        let Some(request) = repeated.get(place % repeated.len().max(1)) else { return };
        let rounds = (place / repeated.len()) as u64 + 1;
        let later = |start: Start| Start { at: start.at + period.times(rounds), ..start };
        let not_before = request.not_before.map(later);
        batch.requests.push(Request { not_before, ..request.clone() });
    }
    batch.requests.truncate(requests);
    batch.workers.truncate(requests);
}

/// How long the clock takes to start these requests once.
fn period(requests: &[Request]) -> Span {
    let starts = || requests.iter().filter_map(|request| request.not_before).map(|start| start.at);
    let (first, last) = (starts().min().unwrap_or_default(), starts().max().unwrap_or_default());
    let spaces = starts().count().saturating_sub(1).max(1) as u64;
    let between = last.saturating_sub(first);
    between + Span::from_nanos(between.as_nanos() / spaces)
}
