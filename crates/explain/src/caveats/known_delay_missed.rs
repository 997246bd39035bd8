//! `known_delay_missed`: the endpoint delayed a copy of an arm, and another delay was measured.

use model::arm::{ArmName, Role};
use model::plan::Plan;

use super::aa_missed::arms_of_size;
use super::detected::{CaveatKind, Detected};
use crate::controls::{ControlAnalysis, Gate};

/// A delay that the endpoint added was not measured. All times are in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownDelayMissed {
    /// The delayed copy.
    pub control: ArmName,
    /// By how much longer the endpoint held the critical path of the copy.
    pub expected: f64,
    /// The lower end of the 99.9% interval of the measured difference.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// In how many blocks both succeeded.
    pub blocks: usize,
}

impl CaveatKind for KnownDelayMissed {
    const VETOES: bool = true;
}

/// Detects it in a control. It concerns every arm of the control's batch size.
pub(super) fn detect(plan: &Plan, control: &ControlAnalysis) -> Option<Detected<KnownDelayMissed>> {
    if control.role != Role::Delay || control.missed != Some(true) {
        return None;
    }
    let (Gate { low, high }, expected) = (control.gate?, control.expected_seconds?);
    let (name, blocks) = (control.arm.clone(), control.blocks);
    let figures = KnownDelayMissed { control: name, expected, low, high, blocks };
    Some(Detected::new(arms_of_size(plan, control), figures))
}
