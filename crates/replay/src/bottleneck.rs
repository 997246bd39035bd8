//! What holds a batch back most: which limit, if there were none of it, would shorten the batch most.

use evidence::account::Charge;

use crate::batch::{Batch, Resource};
use crate::change::Change;
use crate::simulate::{Replayed, simulate};

model::closed_list! {
    /// What limits a batch.
    pub enum Limit with PerLimit {
        /// How many requests are made at once.
        Concurrency = "concurrency",
        /// The client's own work.
        ClientWork = "client_work",
        /// Opening connections.
        Connections = "connections",
        /// How many requests the server handles at once.
        ServerCapacity = "server_capacity",
        /// The link's rate.
        Bandwidth = "bandwidth",
        /// The round trip and the server's own time: one exchange takes no less.
        Latency = "latency",
    }
}

/// What limits a batch most, and what would be next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bottleneck {
    /// The limit.
    pub limit: Limit,
    /// The share of the batch that it takes: what the batch would save without it.
    pub share: f64,
    /// The share of the batch for which it is in use; for limits that can be in use.
    pub used: Option<f64>,
    /// The limit that holds the batch back most where this one is gone.
    pub next: Limit,
    /// The share of the batch that is left then.
    pub left: f64,
}

impl Bottleneck {
    /// What limits a batch.
    pub fn of_batch(batch: &Batch) -> Self {
        let replayed = simulate(batch);
        let (limit, without) = tightest(batch, &replayed);
        let after = limit.lift(batch).unwrap_or_else(|| batch.clone());
        let (next, _) = tightest(&after, &without);
        let whole = replayed.batch.as_secs();
        let left = if whole > 0.0 { without.batch.as_secs() / whole } else { 1.0 };
        Self { limit, share: 1.0 - left, used: limit.used(batch, &replayed), next, left }
    }
}

/// The limit whose removal shortens a batch most, and the replay without it. Where none does, the
/// latency is left.
fn tightest(batch: &Batch, replayed: &Replayed) -> (Limit, Replayed) {
    let mut tightest = (Limit::Latency, replayed.clone());
    for limit in Limit::ALL {
        let Some(without) = limit.lift(batch) else { continue };
        let without = simulate(&without);
        if without.batch < tightest.1.batch {
            tightest = (limit, without);
        }
    }
    tightest
}

impl Limit {
    /// The batch without the limit; nothing for what no change removes.
    fn lift(self, batch: &Batch) -> Option<Batch> {
        let change = match self {
            Self::Concurrency => Change::Workers(batch.requests.len()),
            Self::ClientWork => return Some(without_work(batch)),
            Self::Connections => Change::KeptSession,
            Self::ServerCapacity => return Some(without_queue(batch)),
            Self::Bandwidth => Change::Transfer(0.0),
            Self::Latency => return None,
        };
        Some(change.apply(batch))
    }

    /// The share of the batch for which a limited resource is in use.
    fn used(self, batch: &Batch, replayed: &Replayed) -> Option<f64> {
        let whole = replayed.batch.as_secs();
        let (busy, places) = match self {
            Self::ClientWork => (replayed.busy[Resource::Client], 1),
            Self::ServerCapacity => (replayed.busy[Resource::Server], batch.room?),
            Self::Bandwidth => (replayed.busy[Resource::Link], 1),
            Self::Concurrency | Self::Connections | Self::Latency => return None,
        };
        (whole > 0.0).then(|| (busy.as_secs() / whole / places.max(1) as f64).min(1.0))
    }
}

fn without_work(batch: &Batch) -> Batch {
    let without = Change::without(&[Charge::Start, Charge::Preparation]).apply(batch);
    Change::ClientWork(0.0).apply(&without)
}

fn without_queue(batch: &Batch) -> Batch {
    Change::Room(None).apply(&Change::without(&[Charge::ServerQueue]).apply(batch))
}
