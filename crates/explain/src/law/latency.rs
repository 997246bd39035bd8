//! What the first request of a batch waits.

use model::trace::Milestone;

use crate::measured::MeasuredArm;
use evidence::Examined;
use model::phase::Phase;

/// Seconds of send, wait and receive of the first request on a trial's path; nothing where it was
/// not observed when that request had been handed over.
pub(super) fn trial_latency(side: &MeasuredArm<'_>, trial: &Examined<'_>) -> Option<f64> {
    let phases = phases(side)?;
    let path = trial.path.as_ref()?;
    let first = path.segments().find_map(|segment| segment.request)?;
    let nanos: u64 = path
        .segments()
        .filter(|segment| segment.request == Some(first) && phases.contains(&segment.label.phase()))
        .map(|segment| segment.length().as_nanos())
        .sum();
    Some(nanos as f64 / 1e9)
}

/// Where nobody saw when the request was begun to be written, `send` holds more than sending.
fn phases(side: &MeasuredArm<'_>) -> Option<&'static [Phase]> {
    let observed = |milestone| side.analysis.path_observed.contains(&milestone);
    match (observed(Milestone::Writing), observed(Milestone::Sent)) {
        (true, _) => Some(&[Phase::Send, Phase::Wait, Phase::Receive]),
        (false, true) => Some(&[Phase::Wait, Phase::Receive]),
        (false, false) => None,
    }
}
