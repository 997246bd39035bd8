//! How much of a limited resource is in use.

use evidence::account::Charge;
use model::time::Span;

use super::{Limit, Usage};
use crate::batch::{Batch, ClientCapacity, Resource};
use crate::simulate::Replayed;

/// The mean over the trials; nothing for what cannot be in use.
pub(super) fn mean(limit: Limit, batches: &[Batch], replayed: &[Replayed]) -> Option<Usage> {
    let used =
        batches.iter().zip(replayed).map(|(batch, replayed)| of_batch(limit, batch, replayed));
    let used: Vec<Usage> = used.collect::<Option<_>>()?;
    let places = used.iter().map(|usage| usage.places).max()?;
    let busy = used.iter().map(|usage| usage.busy).sum::<f64>() / used.len() as f64;
    Some(Usage { places, busy })
}

fn of_batch(limit: Limit, batch: &Batch, replayed: &Replayed) -> Option<Usage> {
    let whole = replayed.batch.as_secs();
    let (places, used) = match limit {
        Limit::Concurrency => (batch.workers.len(), replayed.working),
        Limit::ClientWork => client(batch, replayed),
        Limit::TlsPreparation => {
            let places = if batch.has_event_loop { 1 } else { batch.cores };
            (places, replayed.worked_for[Charge::Preparation])
        }
        Limit::ServerCapacity => (batch.room?, replayed.busy[Resource::Server]),
        Limit::Bandwidth => (1, replayed.busy[Resource::Link]),
        Limit::Connections | Limit::ClientWaits | Limit::Latency => return None,
    };
    let busy = used.as_secs() / whole / places.max(1) as f64;
    (whole > 0.0).then(|| Usage { places: places.max(1), busy: busy.min(1.0) })
}

/// The client works in the steps of its requests, before the first of them and after the last.
fn client(batch: &Batch, replayed: &Replayed) -> (usize, Span) {
    let first = batch.workers.iter().map(|start| start.at).min().unwrap_or_default();
    let busy = replayed.busy[Resource::Client].saturating_sub(batch.idle()) + first + batch.after;
    match batch.client {
        ClientCapacity::One => (1, busy),
        ClientCapacity::Cores => (batch.cores, busy + replayed.busy[Resource::Core]),
    }
}
