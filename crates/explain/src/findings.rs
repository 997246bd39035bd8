//! Findings: the causes of a batch's time, each with its size and its evidence.
//!
//! `code` is the closed list of causes, `rules` has a file for each cause. A rule looks at a
//! `Comparison`: one arm, against the fastest of its batch size or by itself. `gather` makes the
//! comparisons, applies every rule and sorts what they find. Values only: `words` writes the text.
//!
//! An observed cause is likely. Only a cause that an experiment removed is confirmed.

mod charges;
mod client;
mod code;
mod code_line;
mod comparison;
mod draft;
mod finding_evidence;
mod gain;
mod gather;
mod observations;
mod promise;
mod proof;
mod remedy;
mod rules;

use model::arm::{ArmName, BatchSize, Label};
use model::strategy::Conditions;

use stats::estimate::Estimate;

pub use client::{ArmClient, ClientLibrary, ClientOrigin};
pub use code::{FindingCode, PerFindingCode};
pub use code_line::CodeLine;
pub use finding_evidence::{FindingEvidence, FindingFigure, QueueObservation};
pub(crate) use gather::{FindingInput, gather};
pub use promise::{Enabler, Promise, PromisedGain, PromisedPair};
pub use proof::{Proof, ProofVerdict};
pub use remedy::{ContextScope, LimitChange, Remedy};

/// A cause of a batch's time.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which cause.
    pub code: FindingCode,
    /// The arm that it slows down; for `nothing`, the fastest.
    pub arm: ArmName,
    /// That arm's label.
    pub label: Label,
    /// The arm that it was compared with, where there was one.
    pub versus: Option<FindingReference>,
    /// The arm's strategy.
    pub strategy: String,
    /// What sends the arm's requests.
    pub client: ArmClient,
    /// The arm's conditions.
    pub conditions: Conditions,
    /// The arm's batch size.
    pub batch_size: BatchSize,
    /// What the batch would save without the cause, every other limit unchanged, with its 95% interval:
    /// measured where an experiment removed it, otherwise predicted. Where nothing is predicted, it is
    /// what is charged to the cause. Nothing where the arm has no time because of the cause.
    pub size: Option<Estimate>,
    /// How much of the critical path is charged to the cause, beyond the arm that it is compared with: the
    /// mean over the blocks, with its 95% interval.
    pub charged: Option<Estimate>,
    /// Whether an experiment removed the cause and the time went with it; otherwise the cause is
    /// only consistent with what was observed.
    pub because: bool,
    /// What removing it promises.
    pub promise: Promise,
    /// What more it promises together with another change.
    pub together: Option<PromisedPair>,
    /// What an experiment shows that removed it.
    pub proof: Option<Proof>,
    /// What to do about it, if that gains anything.
    pub remedy: Remedy,
    /// The figures that it rests on.
    pub evidence: Vec<FindingEvidence>,
    /// The lines of the client's code that most of that time passes on, the largest first; none where
    /// the code was not profiled, or the time is not the client's own.
    pub lines: Vec<CodeLine>,
}

impl Finding {
    /// How much is saved by removing the cause, alone or together with what opens the way for that, in
    /// seconds.
    pub fn saves(&self) -> f64 {
        let alone = self.size.map_or(0.0, |size| size.seconds);
        self.together.map_or(alone, |pair| pair.saved.seconds.max(alone))
    }

    /// Whether the remedy is one session for all batches: the arm opens a new one for each, and no
    /// connection besides.
    pub fn keeps_session(&self) -> bool {
        let is_cold = self.conditions.get("session").is_some_and(|session| session == "cold");
        let opens = match self.code {
            FindingCode::ConnectionSetup => self.remedy == Remedy::Usual,
            FindingCode::HandshakeCost | FindingCode::ColdStart => true,
            FindingCode::TlsPreparation => self.remedy == Remedy::ShareContext(ContextScope::Batch),
            _ => false,
        };
        is_cold && opens && self.client.origin == ClientOrigin::BuiltIn && !self.because
    }

    /// Whether the cause is part of opening connections, so that one session for all requests removes it.
    fn opens_again(&self) -> bool {
        let opens = match self.code {
            FindingCode::ConnectionSetup => self.remedy == Remedy::Usual,
            FindingCode::HandshakeCost => true,
            FindingCode::TlsPreparation => {
                self.remedy == Remedy::ShareContext(ContextScope::Connection)
            }
            _ => false,
        };
        opens && !self.because
    }

    /// The limits that the remedy changes, as the conditions that set them.
    pub fn changed_limits(&self) -> Conditions {
        let (Remedy::Raise(limit) | Remedy::Lower(limit)) = &self.remedy else {
            return Conditions::new();
        };
        let changed = limit.condition.iter().map(|name| (name.clone(), limit.to.to_string()));
        let pool = self.promise.pool().map(|pool| ("pool".to_owned(), pool.to_string()));
        changed.chain(pool).collect()
    }

    /// Whether removing the cause is known to gain nothing, or may make the batch longer.
    pub fn gains_nothing(&self) -> bool {
        let is_refuted = self.proof.is_some_and(|proof| proof.verdict == ProofVerdict::Refuted);
        let is_unsure =
            matches!(self.promise, Promise::Nothing(_) | Promise::Uncertain(_) | Promise::Untested);
        (is_refuted || is_unsure) && !self.because && self.size.is_some()
    }
}

/// The arm that a finding's arm was compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingReference {
    /// The arm.
    pub arm: ArmName,
    /// Its label.
    pub label: Label,
}

#[cfg(test)]
mod tests;
