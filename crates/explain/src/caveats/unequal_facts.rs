//! `unequal_facts`: the arms differ in a setting that is known to change times.

use super::detected::{CaveatKind, Detected};
use super::setup::SetupAudit;
use super::setup::unequal_fact::UnequalFact;

/// The arms differ in a setting that is known to change times, other than a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnequalFacts(pub UnequalFact);

impl CaveatKind for UnequalFacts {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it in the differences, once for each fact.
pub(super) fn detect(audit: &SetupAudit<'_>) -> Vec<Detected<UnequalFacts>> {
    let unequal = audit.unequal_facts().filter(|unequal| !unequal.fact.is_of_protocol());
    unequal.map(|unequal| Detected::new(unequal.arms(), UnequalFacts(unequal))).collect()
}
