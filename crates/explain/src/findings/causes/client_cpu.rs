//! The client's own processor time: what it computes while no request of it is on its way.

use super::threads;
use crate::estimate::Estimate;
use crate::figures::{millis, percent, sized};
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Client];

/// The least share of the client's time for which its processor time must account.
const LEAST_COMPUTED: f64 = 0.5;

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = computed(case).filter(|_| !threads::computed_in_turn(case))?;
    Some(Draft {
        code: FindingCode::ClientCpu,
        size: Some(size),
        because: false,
        sentence: format!(
            "{} computes while it could wait for answers: {}.",
            case.name(),
            more(case, size)
        ),
        remedy: "do less for each answer, do it after the batch, or give it to other processes"
            .to_owned(),
        evidence: evidence(case, size),
    })
}

/// The client's own time, where it is processor time.
pub(super) fn computed(case: &Case<'_>) -> Option<Estimate> {
    let size = case.dominant(&CHARGES)?;
    let beyond = case.versus.map_or(Some(0.0), |versus| versus.arm.cpu_seconds)?;
    let used = case.side.arm.cpu_seconds? - beyond;
    (used >= LEAST_COMPUTED * size.seconds).then_some(size)
}

pub(super) fn evidence(case: &Case<'_>, size: Estimate) -> Vec<String> {
    let used = |side: &Side<'_>| side.arm.cpu_seconds;
    let share = |side: &Side<'_>| side.arm.cpu_share;
    let evidence = [
        Some(format!("the client's own work on the critical path: {}", sized(size))),
        beside(case, "processor time of its process", used, millis),
        beside(case, "as a share of one core", share, percent),
    ];
    evidence.into_iter().flatten().collect()
}
