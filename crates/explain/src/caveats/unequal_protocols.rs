//! `unequal_protocols`: the arms used different protocols, TLS versions or session resumption.

use super::detected::{CaveatKind, Detected};
use super::setup::SetupAudit;
use super::setup::unequal_fact::UnequalFact;

/// The arms used different protocols or TLS settings: a fact for which
/// [`is_of_protocol`](super::TimingFact::is_of_protocol) is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnequalProtocols(pub UnequalFact);

impl CaveatKind for UnequalProtocols {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it in the differences, once for each fact.
pub(super) fn detect(audit: &SetupAudit<'_>) -> Vec<Detected<UnequalProtocols>> {
    let unequal = audit.unequal_facts().filter(|unequal| unequal.fact.is_of_protocol());
    unequal.map(|unequal| Detected::new(unequal.arms(), UnequalProtocols(unequal))).collect()
}
