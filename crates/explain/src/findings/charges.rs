//! What the trials of an arm are charged to, block by block, and how that compares with another arm:
//! only over blocks in which both succeeded, never mean against mean.

use std::collections::BTreeMap;

use model::time::Span;

use crate::counters::mean;
use evidence::account::{Account, Charge, Computing};
use evidence::{ArmEvidence, Examined};
use stats::estimate::Estimate;

/// What the batches of one arm are charged to.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChargesByBlock {
    blocks: BTreeMap<u32, ChargedBatch>,
}

#[derive(Clone, Copy, Debug)]
struct ChargedBatch {
    account: Account,
    batch: Span,
}

impl ChargesByBlock {
    /// The accounts of the counted trials of an arm that succeeded. One without an observed milestone
    /// has none.
    pub(crate) fn new(arm: &ArmEvidence<'_>) -> Self {
        let charged = |(block, success): (u32, &Examined<'_>)| {
            Some((block, ChargedBatch { account: success.account?, batch: success.batch_time() }))
        };
        Self { blocks: arm.by_block().filter_map(charged).collect() }
    }

    /// The arm's batch time.
    pub(crate) fn batch(&self) -> Option<Estimate> {
        self.over_blocks(|charged| charged.batch.as_secs())
    }

    /// The sum of these charges.
    pub(crate) fn charged(&self, charges: &[Charge]) -> Option<Estimate> {
        self.over_blocks(|charged| charged.sum(charges))
    }

    /// How many seconds the client's threads ran in its own time on the critical path. Nothing where
    /// that is not known of every batch.
    pub(crate) fn ran(&self) -> Option<f64> {
        self.computing(|computing| computing.ran)
    }

    /// How many seconds they were ready to run there and waited for a core.
    pub(crate) fn ready(&self) -> Option<f64> {
        self.computing(|computing| computing.ready)
    }

    /// The part of the time on a core in which other threads waited for the interpreter lock.
    pub(crate) fn ran_alone(&self) -> Option<f64> {
        self.computing(|computing| computing.alone)
    }

    fn computing(&self, value: fn(Computing) -> Span) -> Option<f64> {
        let known: Option<Vec<f64>> = self
            .blocks
            .values()
            .map(|charged| Some(value(charged.account.computing()?).as_secs()))
            .collect();
        mean(known?.into_iter())
    }

    /// By how much the arm's batch is longer than another's.
    pub(crate) fn gap(&self, versus: &Self) -> Option<Estimate> {
        self.beyond(versus, |charged| charged.batch.as_secs())
    }

    /// By how much the sum of these charges is more than another arm's.
    pub(crate) fn excess(&self, versus: &Self, charges: &[Charge]) -> Option<Estimate> {
        self.beyond(versus, |charged| charged.sum(charges))
    }

    fn over_blocks(&self, value: impl Fn(&ChargedBatch) -> f64) -> Option<Estimate> {
        Estimate::from_blocks(&self.blocks.values().map(value).collect::<Vec<f64>>())
    }

    fn beyond(&self, versus: &Self, value: impl Fn(&ChargedBatch) -> f64) -> Option<Estimate> {
        let difference = |(block, charged): (&u32, &ChargedBatch)| {
            Some(value(charged) - value(versus.blocks.get(block)?))
        };
        Estimate::from_blocks(&self.blocks.iter().filter_map(difference).collect::<Vec<f64>>())
    }
}

impl ChargedBatch {
    fn sum(&self, charges: &[Charge]) -> f64 {
        charges.iter().map(|&charge| self.account.charged_to(charge)).sum::<Span>().as_secs()
    }
}
