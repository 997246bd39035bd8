//! What a rule looks at: an arm, against the quickest of its batch size or by itself.
//!
//! Here stands how large a cause must be to be worth a name. What is not surely above zero never is.

use model::experiment::FactorKind;

use super::gain::Gain;
use super::ledger::Ledger;
use super::seen::Seen;
use crate::arms::ArmAnalysis;
use crate::dose::DoseAnalysis;
use crate::estimate::Estimate;
use crate::failures::FailureCount;
use crate::margin::MARGIN;
use evidence::account::Charge;

/// The least share of the gap that is worth a name where two arms are compared; of the batch it is
/// the margin.
const LEAST_OF_GAP: f64 = 0.05;
/// The least share of a batch that is a waste in an arm by itself.
const LEAST_WASTE: f64 = 0.05;
/// The least share of a batch from which on what any client does a little is too much of it.
const LEAST_DOMINANT: f64 = 0.5;
/// Less is worth no name, however short the batch: 0.2 ms.
const LEAST_SECONDS: f64 = 0.000_2;

/// All that is known of an arm.
#[derive(Clone, Debug)]
pub(crate) struct Side<'a> {
    pub(crate) arm: &'a ArmAnalysis,
    pub(crate) ledger: Ledger,
    pub(crate) seen: Seen,
    /// Whether any of its trials was looked at: the counted ones, or the pilot's where there are none.
    pub(crate) tried: bool,
    /// What failed in these.
    pub(crate) failures: Vec<FailureCount>,
    pub(crate) gains: Vec<Gain>,
    /// How it answered a server that thinks longer, where that was tried.
    pub(crate) dose: Option<&'a DoseAnalysis>,
}

/// An arm that is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    pub(crate) side: &'a Side<'a>,
    /// The quickest arm of the same batch size, where the arm is slower; nothing where the arm is
    /// looked at by itself.
    pub(crate) versus: Option<&'a Side<'a>>,
    /// All arms that were measured, of any batch size.
    pub(crate) all: &'a [Side<'a>],
}

impl<'a> Case<'a> {
    /// How many requests the batch holds.
    pub(crate) fn requests(&self) -> usize {
        self.side.arm.batch_size.requests()
    }

    /// The arm's label.
    pub(crate) fn name(&self) -> &'a str {
        &self.side.arm.label.0
    }

    /// The value of a condition of the arm.
    pub(crate) fn condition(&self, name: &str) -> Option<&'a str> {
        self.side.arm.conditions.get(name).map(String::as_str)
    }

    /// What is charged to some causes beyond the quickest arm; nothing where that is not worth a
    /// name, or where the arm is looked at by itself.
    pub(crate) fn excess(&self, charges: &[Charge]) -> Option<Estimate> {
        let versus = self.versus?;
        let gap = self.side.ledger.gap(&versus.ledger)?;
        let least = (LEAST_OF_GAP * gap.seconds).max(self.share(MARGIN)?);
        worth(self.side.ledger.excess(&versus.ledger, charges)?, least)
    }

    /// What is charged to some causes where no other arm was measured.
    pub(crate) fn alone(&self, charges: &[Charge]) -> Option<Estimate> {
        if self.is_alone() { self.own(charges) } else { None }
    }

    /// What is charged to causes that are a waste in any arm: beyond the quickest arm, or else in
    /// this one.
    pub(crate) fn waste(&self, charges: &[Charge]) -> Option<Estimate> {
        if self.versus.is_some() { self.excess(charges) } else { self.own(charges) }
    }

    /// What is charged to causes that every arm has a little of: beyond the quickest arm, or else,
    /// where no other arm was measured, where it makes up much of the batch.
    pub(crate) fn dominant(&self, charges: &[Charge]) -> Option<Estimate> {
        if self.versus.is_some() || !self.is_alone() {
            return self.excess(charges);
        }
        worth(self.side.ledger.charged(charges)?, self.share(LEAST_DOMINANT)?)
    }

    /// What taking a cause away was worth by itself, where that was tried and is worth a name.
    pub(crate) fn saved(&self, kind: FactorKind) -> Option<&'a Gain> {
        let least = self.share(MARGIN)?;
        let gain = self.side.gains.iter().find(|gain| gain.factor.kind == kind)?;
        worth(gain.saved, least).is_some().then_some(gain)
    }

    /// The other arms of the same batch size.
    pub(crate) fn others(&self) -> impl Iterator<Item = &'a Side<'a>> {
        let arm = self.side.arm;
        let same_size = move |side: &&Side<'_>| side.arm.batch_size == arm.batch_size;
        self.all.iter().filter(same_size).filter(move |side| side.arm.arm != arm.arm)
    }

    /// Whether no other arm of its batch size was measured.
    pub(crate) fn is_alone(&self) -> bool {
        self.others().next().is_none()
    }

    fn own(&self, charges: &[Charge]) -> Option<Estimate> {
        worth(self.side.ledger.charged(charges)?, self.share(LEAST_WASTE)?)
    }

    fn share(&self, share: f64) -> Option<f64> {
        Some(share * self.side.ledger.batch()?.seconds)
    }
}

/// An estimate, where it is surely above zero and not too small.
fn worth(estimate: Estimate, least: f64) -> Option<Estimate> {
    let sure = estimate.low.is_some_and(|low| low > 0.0);
    (sure && estimate.seconds >= least.max(LEAST_SECONDS)).then_some(estimate)
}
