//! What holds a batch back most: which limit, if it were gone, would shorten the batch most.
//!
//! The latency cannot go: its share is what is left of the batch where all other limits are gone.
//! What is lifted for a limit is in `lift`, how much of it is in use in `utilisation`.

mod lift;
#[cfg(test)]
mod tests;
mod utilisation;

use crate::batch::Batch;
use crate::simulate::{Replayed, simulate};

model::closed_list! {
    /// What limits a batch.
    pub enum Limit with PerLimit {
        /// How many requests are made at once.
        Concurrency = "concurrency",
        /// The client's own work.
        ClientWork = "client_work",
        /// What the client prepares for TLS before a handshake, such as loading certificates.
        TlsPreparation = "tls_preparation",
        /// Opening connections: lookups, round trips and handshakes.
        Connections = "connections",
        /// How many requests the server handles at once.
        ServerCapacity = "server_capacity",
        /// The link's rate.
        Bandwidth = "bandwidth",
        /// The client waits for itself: it sleeps, waits for a lock, or holds requests back.
        ClientWaits = "client_waits",
        /// The round trip and the server's own time: one exchange takes no less.
        Latency = "latency",
    }
}

/// A limit that takes less than this share of a batch is none.
const LEAST_SHARE: f64 = 0.02;

/// Where one exchange takes more than this share of a batch, the latency limits it.
const MOSTLY_LATENCY: f64 = 0.5;

/// What limits a batch most, and what would be next. Shares are means over the trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bottleneck {
    /// The limit.
    pub limit: Limit,
    /// The share of the batch that it takes; for the latency, the share that one exchange takes.
    pub share: f64,
    /// How much of it is in use; for limits that can be in use.
    pub usage: Option<Usage>,
    /// The limit that holds the batch back most where this one is gone, or next to the latency; none
    /// where no other counts.
    pub next: Option<NextLimit>,
    /// The share of the batch that is left where only this limit is gone; 1 for the latency.
    pub left: f64,
    /// What the batch would save with all requests at once, as a share of it, below 0 where that is
    /// slower; none where they are at once already.
    pub more_concurrency_saves: Option<f64>,
}

/// How much of a limited resource is in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// How many requests or pieces of work it takes at once.
    pub places: usize,
    /// The share of these places that is in use, over the whole batch.
    pub busy: f64,
}

/// The limit that comes after the bottleneck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextLimit {
    /// The limit.
    pub limit: Limit,
    /// How much of it is in use in the batch as it is.
    pub usage: Option<Usage>,
}

impl Bottleneck {
    /// What limits these batches, which are trials of one arm; nothing where there are none, or where
    /// they take no time.
    pub(crate) fn of_batches(batches: &[Batch]) -> Option<Self> {
        let replayed: Vec<Replayed> = batches.iter().map(simulate).collect();
        let shares = Shares::mean(batches)?;
        let limit = shares.tightest()?;
        let usage = |limit: Limit| utilisation::mean(limit, batches, &replayed);
        let next = match limit {
            Limit::Latency => shares.largest_of_others(),
            _ => {
                let without: Vec<Batch> = batches.iter().map(|batch| limit.lift(batch)).collect();
                Shares::mean(&without).and_then(|shares| shares.tightest())
            }
        };
        let is_limited = batches.iter().any(|batch| Limit::Concurrency.applies_to(batch));
        Some(Self {
            limit,
            share: shares.taken[limit],
            usage: usage(limit),
            next: next.map(|limit| NextLimit { limit, usage: usage(limit) }),
            left: 1.0 - shares.saved_alone[limit],
            more_concurrency_saves: is_limited.then_some(shares.saved_alone[Limit::Concurrency]),
        })
    }
}

/// What a batch takes with few of its limits, as shares of what it takes with all of them.
struct Times<'b> {
    batch: &'b Batch,
    whole: f64,
    /// With none but the latency.
    latency: f64,
    /// With the latency and as few requests at once as it makes; 0 where it makes all at once.
    in_waves: f64,
}

impl<'b> Times<'b> {
    /// Nothing for a batch that takes no time.
    fn new(batch: &'b Batch) -> Option<Self> {
        let whole = simulate(batch).batch.as_secs();
        let mut times = Self { batch, whole, latency: 0.0, in_waves: 0.0 };
        if whole > 0.0 {
            times.latency = times.with_only(&[]);
        }
        if whole > 0.0 && Limit::Concurrency.applies_to(batch) {
            times.in_waves = times.with_only(&[Limit::Concurrency]);
        }
        (whole > 0.0).then_some(times)
    }

    fn share(&self, changed: &Batch) -> f64 {
        simulate(changed).batch.as_secs() / self.whole
    }

    fn with_only(&self, limits: &[Limit]) -> f64 {
        self.share(&lift::all_except(limits, self.batch))
    }

    /// What a limit costs where it is the last: with all requests at once, or in waves where these
    /// make it cost less, as it may be with the limit of the cores.
    fn of_last(&self, limit: Limit) -> f64 {
        let at_once = self.with_only(&[limit]) - self.latency;
        if limit == Limit::Concurrency || !Limit::Concurrency.applies_to(self.batch) {
            return at_once;
        }
        at_once.min(self.with_only(&[limit, Limit::Concurrency]) - self.in_waves)
    }
}

/// What the limits of a batch cost, as shares of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Shares {
    /// What the batch would save if only this limit were gone; 0 for the latency.
    saved_alone: PerLimit<f64>,
    /// The mean of that and of what it costs where it is the last limit besides the latency: two limits
    /// may hide each other, so that neither saves anything alone. For the latency, what is left where
    /// all other limits are gone.
    taken: PerLimit<f64>,
}

impl Shares {
    fn of_batch(batch: &Batch) -> Self {
        let mut shares = Self::default();
        let Some(times) = Times::new(batch) else { return shares };
        shares.taken[Limit::Latency] = times.latency;
        for limit in Limit::ALL.into_iter().filter(|limit| limit.applies_to(batch)) {
            let alone = 1.0 - times.share(&limit.lift(batch));
            let last = times.of_last(limit);
            shares.saved_alone[limit] = alone;
            shares.taken[limit] = f64::midpoint(alone.max(0.0), last.max(0.0));
        }
        shares
    }

    /// The means over some batches; nothing where there are none.
    fn mean(batches: &[Batch]) -> Option<Self> {
        let all: Vec<Self> = batches.iter().map(Self::of_batch).collect();
        let mean = |share: fn(&Self) -> &PerLimit<f64>| {
            PerLimit::from_fn(|limit| {
                all.iter().map(|shares| share(shares)[limit]).sum::<f64>() / all.len() as f64
            })
        };
        let shares = || Self {
            saved_alone: mean(|shares| &shares.saved_alone),
            taken: mean(|shares| &shares.taken),
        };
        (!all.is_empty()).then(shares)
    }

    /// The limit that takes most, or the latency where it takes most of the batch or nothing else
    /// counts; nothing of a batch without time.
    fn tightest(&self) -> Option<Limit> {
        let latency = self.taken[Limit::Latency];
        let other = self.largest_of_others().filter(|_| latency <= MOSTLY_LATENCY);
        other.or_else(|| (latency > 0.0).then_some(Limit::Latency))
    }

    /// The limit besides the latency that takes most, if it counts.
    fn largest_of_others(&self) -> Option<Limit> {
        let others = Limit::ALL.into_iter().filter(|&limit| limit != Limit::Latency);
        let counting = others.filter(|&limit| self.taken[limit] >= LEAST_SHARE);
        counting.max_by(|one, other| self.taken[*one].total_cmp(&self.taken[*other]))
    }
}
