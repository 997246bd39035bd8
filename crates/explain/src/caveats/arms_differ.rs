//! `arms_differ`: the arms differ in ways that the command line did not set.

use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::setup::difference::FactDifference;

/// The arms differ in ways that the command line did not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArmsDiffer {
    /// Every uncontrolled difference.
    pub differences: Vec<FactDifference>,
}

impl CaveatKind for ArmsDiffer {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it where there is any difference.
pub(super) fn detect(differences: &[FactDifference]) -> Option<Detected<ArmsDiffer>> {
    let mut arms: Vec<ArmName> = Vec::new();
    for arm in differences.iter().flat_map(FactDifference::arms) {
        if !arms.contains(arm) {
            arms.push(arm.clone());
        }
    }
    let figures = ArmsDiffer { differences: differences.to_vec() };
    (!arms.is_empty()).then(|| Detected::new(arms, figures))
}
