//! `aa_missed`: a copy of an arm that must not differ from it does differ.

use model::arm::{ArmName, Role};
use model::plan::Plan;

use super::detected::{CaveatKind, Detected};
use crate::controls::{ControlAnalysis, Gate};

/// Two equal arms differ.
#[derive(Clone, Debug, PartialEq)]
pub struct AaMissed {
    /// The copy.
    pub control: ArmName,
    /// The arm that it copies.
    pub original: ArmName,
    /// The lower end of the 99.9% interval of the copy's time over the original's.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// In how many blocks both succeeded.
    pub blocks: usize,
}

impl CaveatKind for AaMissed {
    const VETOES: bool = true;
}

/// Detects it in a control. It concerns every arm of the control's batch size.
pub(super) fn detect(plan: &Plan, control: &ControlAnalysis) -> Option<Detected<AaMissed>> {
    if control.role != Role::Aa || control.missed != Some(true) {
        return None;
    }
    let Gate { low, high } = control.gate?;
    let (name, original) = (control.arm.clone(), control.of.clone());
    let figures = AaMissed { control: name, original, low, high, blocks: control.blocks };
    Some(Detected::new(arms_of_size(plan, control), figures))
}

/// The arms whose verdicts a missed control takes away: all of its batch size.
pub(super) fn arms_of_size(plan: &Plan, control: &ControlAnalysis) -> Vec<ArmName> {
    let arms = plan.arms.iter().filter(|arm| arm.batch_size == control.batch_size);
    arms.map(|arm| arm.name.clone()).collect()
}
