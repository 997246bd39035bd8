//! What the first request of a batch waits.

use model::trace::Milestone;

use crate::measured::MeasuredArm;
use evidence::Examined;
use model::phase::Phase;

/// Seconds of send, wait and receive of the first request on a trial's path; nothing where it was
/// not observed when that request had been handed over.
pub(super) fn trial_latency(arm: &MeasuredArm<'_>, trial: &Examined<'_>) -> Option<f64> {
    let phases = phases(arm)?;
    let path = trial.path.as_ref()?;
    let first = path.segments().find_map(|segment| segment.request)?;
    let nanos: u64 = path
        .segments()
        .filter(|segment| segment.request == Some(first) && phases.contains(&segment.label.phase()))
        .map(|segment| segment.length().as_nanos())
        .sum();
    Some(nanos as f64 / 1e9)
}

/// The phases of a first request that count as its latency. If the start of writing was not observed,
/// `send` contains more than sending and is left out.
fn phases(arm: &MeasuredArm<'_>) -> Option<&'static [Phase]> {
    let observed = |milestone| arm.analysis.path_observed.contains(&milestone);
    match (observed(Milestone::Writing), observed(Milestone::Sent)) {
        (true, _) => Some(&[Phase::Send, Phase::Wait, Phase::Receive]),
        (false, true) => Some(&[Phase::Wait, Phase::Receive]),
        (false, false) => None,
    }
}
