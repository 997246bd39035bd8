//! What a rule looks at: an arm, against the fastest of its batch size or by itself.
//!
//! The thresholds of a cause are here. A cause must be above zero by its whole interval.

use model::experiment::FactorKind;
use model::link::Link;
use model::socket::ThreadWait;

use super::charges::ChargesByBlock;
use super::client::ArmClient;
use super::finding_evidence::{FindingEvidence, FindingFigure};
use super::gain::MeasuredGain;
use super::observations::Observations;
use crate::arms::ArmAnalysis;
use crate::dose::DoseAnalysis;
use crate::failures::FailureCount;
use crate::margin::{LEAST_SECONDS, MARGIN, least_gain};
use evidence::account::Charge;
use replay::ArmReplay;
use stats::estimate::Estimate;

/// The least share of the gap that a cause must have where two arms are compared; of the batch it
/// is the margin.
const LEAST_OF_GAP: f64 = 0.05;
/// The least share of a batch that is a waste in an arm by itself.
const LEAST_WASTE: f64 = 0.05;
/// The least share of a batch that threads wait for each other beyond what is usual.
const LEAST_CONTENTION: f64 = 0.15;
/// The least share of a batch from which on what any client does a little is too much of it.
pub(crate) const LEAST_DOMINANT: f64 = 0.5;

/// All that is known of an arm.
#[derive(Clone, Debug)]
pub(crate) struct ExaminedArm<'a> {
    pub(crate) analysis: &'a ArmAnalysis,
    pub(crate) client: ArmClient,
    pub(crate) charges: ChargesByBlock,
    pub(crate) observed: Observations,
    /// Whether there are trials to look at: counted ones, or the pilot's where there are none.
    pub(crate) tried: bool,
    /// The failures of these trials.
    pub(crate) failures: Vec<FailureCount>,
    pub(crate) gains: Vec<MeasuredGain>,
    /// Its replay, where its requests were observed.
    pub(crate) replay: Option<&'a ArmReplay>,
    /// Whether its link has a bandwidth.
    pub(crate) rate: LinkRate,
    /// How it responds to a slower server, where that was measured.
    pub(crate) dose: Option<&'a DoseAnalysis>,
}

/// Whether a link has a bandwidth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkRate {
    /// It has one.
    Limited,
    /// It has none, so that nothing can fill it.
    Unlimited,
    /// That of a foreign server.
    Unknown,
}

impl LinkRate {
    /// That of an embedded endpoint's link; without one the server is foreign.
    pub(crate) fn of(link: Option<&Link>) -> Self {
        match link.map(|link| link.bandwidth) {
            Some(Some(_)) => Self::Limited,
            Some(None) => Self::Unlimited,
            None => Self::Unknown,
        }
    }
}

/// An arm that a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison<'a> {
    pub(crate) arm: &'a ExaminedArm<'a>,
    /// The fastest arm of the same batch size, where this arm is slower; nothing where this arm is
    /// looked at by itself.
    pub(crate) versus: Option<&'a ExaminedArm<'a>>,
    /// Whether no arm of the batch size is certainly slower than the fastest.
    pub(crate) all_alike: bool,
    /// All measured arms, of any batch size.
    pub(crate) all: &'a [ExaminedArm<'a>],
}

impl<'a> Comparison<'a> {
    /// How many requests the batch holds.
    pub(crate) fn requests(&self) -> usize {
        self.arm.analysis.batch_size.requests()
    }

    /// The value of a condition of the arm.
    pub(crate) fn condition(&self, name: &str) -> Option<&'a str> {
        self.arm.analysis.condition(name)
    }

    /// A condition of the arm that is a count.
    pub(crate) fn count(&self, name: &str) -> Option<usize> {
        self.condition(name)?.parse().ok()
    }

    /// What these charges have beyond the fastest arm; nothing where that is too little, or where
    /// the arm is looked at by itself.
    pub(crate) fn excess(&self, charges: &[Charge]) -> Option<Estimate> {
        let versus = self.versus?;
        let gap = self.arm.charges.gap(&versus.charges)?;
        let least = (LEAST_OF_GAP * gap.seconds).max(self.batch_share(MARGIN)?);
        if_worth(self.arm.charges.excess(&versus.charges, charges)?, least)
    }

    /// What these charges have where no other arm was measured.
    pub(crate) fn alone(&self, charges: &[Charge]) -> Option<Estimate> {
        if self.is_alone() { self.own(charges) } else { None }
    }

    /// What charges have that are a waste in any arm: beyond the fastest arm, otherwise in this arm.
    pub(crate) fn waste(&self, charges: &[Charge]) -> Option<Estimate> {
        if self.versus.is_some() { self.excess(charges) } else { self.own(charges) }
    }

    /// What charges have that any client with several threads has a little of: beyond the fastest arm,
    /// otherwise much more than usual in this arm.
    pub(crate) fn contention(&self, charges: &[Charge]) -> Option<Estimate> {
        if self.versus.is_some() {
            return self.excess(charges);
        }
        if_worth(self.arm.charges.charged(charges)?, self.batch_share(LEAST_CONTENTION)?)
    }

    /// What charges have that every arm has a little of: beyond the fastest arm, or much of the
    /// batch where no other arm was measured: at least this share.
    pub(crate) fn dominant(&self, charges: &[Charge], share: f64) -> Option<Estimate> {
        if self.versus.is_some() || !self.is_alone() {
            return self.excess(charges);
        }
        self.dominant_by_itself(charges, share)
    }

    /// What charges have that every arm has a little of, where it is at least this share of the batch and all
    /// arms take as long.
    pub(crate) fn dominant_by_itself(&self, charges: &[Charge], share: f64) -> Option<Estimate> {
        if self.versus.is_some() || !self.all_alike {
            return None;
        }
        if_worth(self.arm.charges.charged(charges)?, self.batch_share(share)?)
    }

    /// The threads of the arm that waited for something.
    pub(crate) fn waited(&self, wait: ThreadWait) -> Option<FindingEvidence> {
        let waiting = self.arm.analysis.thread_figures.waiting[wait]?;
        Some(FindingEvidence::Waited { wait, waiting })
    }

    /// What removing a cause alone saves, where that was measured and is large enough.
    pub(crate) fn gain(&self, kind: FactorKind) -> Option<&'a MeasuredGain> {
        let least = self.batch_share(MARGIN)?;
        let gain = self.arm.gains.iter().find(|gain| gain.factor.kind == kind)?;
        if_worth(gain.saved, least).is_some().then_some(gain)
    }

    /// The other arms of the same batch size.
    pub(crate) fn others(&self) -> impl Iterator<Item = &'a ExaminedArm<'a>> {
        let arm = self.arm.analysis;
        let same_size = move |other: &&ExaminedArm<'_>| other.analysis.batch_size == arm.batch_size;
        self.all.iter().filter(same_size).filter(move |other| other.analysis.arm != arm.arm)
    }

    /// Whether no other arm of its batch size was measured.
    pub(crate) fn is_alone(&self) -> bool {
        self.others().next().is_none()
    }

    /// Whether no trial of the arm succeeded, and it is looked at by itself.
    pub(crate) fn has_no_time(&self) -> bool {
        self.versus.is_none() && self.arm.analysis.describe.count == 0 && self.arm.tried
    }

    /// A figure of the arm, and of the fastest where the two are compared.
    pub(crate) fn figure(
        &self,
        figure: FindingFigure,
        value: impl Fn(&ExaminedArm<'_>) -> Option<f64>,
    ) -> Option<FindingEvidence> {
        let own = value(self.arm)?;
        Some(FindingEvidence::Compared { figure, own, versus: self.versus.and_then(value) })
    }

    /// How many connections were opened.
    pub(crate) fn connections_opened(&self) -> Option<FindingEvidence> {
        self.figure(FindingFigure::ConnectionsOpened, |arm| arm.analysis.connections)
    }

    /// The most streams of HTTP/2 that were open at once on one connection.
    pub(crate) fn most_streams(&self) -> Option<FindingEvidence> {
        self.figure(FindingFigure::MostStreams, |arm| Some(arm.analysis.most_streams? as f64))
    }

    /// The most requests that the server handled at once.
    pub(crate) fn most_at_server(&self) -> Option<FindingEvidence> {
        let most = |arm: &ExaminedArm<'_>| arm.observed.handled_at_once.map(|most| most as f64);
        self.figure(FindingFigure::MostAtServer, most)
    }

    fn own(&self, charges: &[Charge]) -> Option<Estimate> {
        if_worth(self.arm.charges.charged(charges)?, self.batch_share(LEAST_WASTE)?)
    }

    /// The least gain of the arm that matters, in seconds.
    pub(crate) fn least_gain(&self) -> Option<f64> {
        Some(least_gain(self.arm.charges.batch()?.seconds))
    }

    /// This share of the arm's batch, in seconds.
    pub(crate) fn batch_share(&self, share: f64) -> Option<f64> {
        Some(share * self.arm.charges.batch()?.seconds)
    }
}

/// An estimate, where its interval is above zero and it is not too small.
fn if_worth(estimate: Estimate, least: f64) -> Option<Estimate> {
    let above_zero = estimate.low.is_some_and(|low| low > 0.0);
    (above_zero && estimate.seconds >= least.max(LEAST_SECONDS)).then_some(estimate)
}
