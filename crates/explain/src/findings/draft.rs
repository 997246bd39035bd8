//! What a rule finds: a finding without its code and its arm, which no rule can get wrong.

use super::finding_evidence::FindingEvidence;
use super::gain::MeasuredGain;
use super::remedy::Remedy;
use stats::estimate::Estimate;

/// A finding as its rule makes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DraftFinding {
    /// What is charged to the cause, or what its removal saved in an experiment; nothing where the arm has
    /// no time because of it.
    pub(crate) size: Option<Estimate>,
    /// How much of the critical path is charged to it.
    pub(crate) charged: Option<Estimate>,
    /// Whether an experiment removed the cause, and the time went with it.
    pub(crate) because: bool,
    pub(crate) remedy: Remedy,
    pub(crate) evidence: Vec<FindingEvidence>,
}

impl DraftFinding {
    /// A cause that was only observed.
    pub(crate) fn observed<const N: usize>(
        size: Option<Estimate>,
        remedy: Remedy,
        evidence: [Option<FindingEvidence>; N],
    ) -> Self {
        let evidence = evidence.into_iter().flatten().collect();
        Self { size, charged: size, because: false, remedy, evidence }
    }

    /// The same with the size that an experiment measured, where one did.
    pub(crate) fn confirmed_by(self, gain: Option<&MeasuredGain>) -> Self {
        match gain {
            Some(gain) => Self { size: Some(gain.saved), because: true, ..self },
            None => self,
        }
    }
}
