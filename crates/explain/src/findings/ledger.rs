//! The accounts of an arm's trials, block by block, and how they compare with another arm's: only
//! over blocks in which both succeeded, never mean against mean.

use std::collections::BTreeMap;

use model::time::Span;

use crate::estimate::Estimate;
use evidence::account::{Account, Charge};
use evidence::{ArmEvidence, Examined};

/// What the batches of one arm were charged to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    blocks: BTreeMap<u32, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    account: Account,
    batch: Span,
}

impl Ledger {
    /// The accounts of the counted trials of an arm that succeeded. One without an observed milestone
    /// has none.
    pub(crate) fn new(arm: &ArmEvidence<'_>) -> Self {
        let entry = |(block, success): (u32, &Examined<'_>)| {
            Some((block, Entry { account: success.account?, batch: success.batch_time() }))
        };
        Self { blocks: arm.by_block().filter_map(entry).collect() }
    }

    /// The arm's batch.
    pub(crate) fn batch(&self) -> Option<Estimate> {
        self.over_blocks(|entry| entry.batch.as_secs())
    }

    /// What is charged to some causes together.
    pub(crate) fn charged(&self, charges: &[Charge]) -> Option<Estimate> {
        self.over_blocks(|entry| entry.charged(charges))
    }

    /// By how much the arm's batch is longer than another's, over the blocks that both share.
    pub(crate) fn gap(&self, other: &Self) -> Option<Estimate> {
        self.beyond(other, |entry| entry.batch.as_secs())
    }

    /// By how much more is charged to some causes than in another arm.
    pub(crate) fn excess(&self, other: &Self, charges: &[Charge]) -> Option<Estimate> {
        self.beyond(other, |entry| entry.charged(charges))
    }

    fn over_blocks(&self, value: impl Fn(&Entry) -> f64) -> Option<Estimate> {
        Estimate::of(&self.blocks.values().map(value).collect::<Vec<f64>>())
    }

    fn beyond(&self, other: &Self, value: impl Fn(&Entry) -> f64) -> Option<Estimate> {
        let difference =
            |(block, entry): (&u32, &Entry)| Some(value(entry) - value(other.blocks.get(block)?));
        Estimate::of(&self.blocks.iter().filter_map(difference).collect::<Vec<f64>>())
    }
}

impl Entry {
    fn charged(&self, charges: &[Charge]) -> f64 {
        charges.iter().map(|&charge| self.account.charged_to(charge)).sum::<Span>().as_secs()
    }
}
