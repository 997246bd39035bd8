//! What the first request of a batch waits.

use model::plan::Plan;
use model::trace::Milestone;
use model::trial::Trial;

use crate::side::Side;
use evidence::path::CriticalPath;
use model::phase::Phase;

/// Seconds of send, wait and receive of the first request on a trial's path; nothing where it was
/// not observed when that request had been handed over.
pub(super) fn of_trial(plan: &Plan, side: &Side<'_>, trial: &Trial) -> Option<f64> {
    let phases = phases(side)?;
    let path = CriticalPath::of_trial(plan, side.planned, trial)?;
    let first = path.segments().find_map(|segment| segment.request)?;
    let nanos: u64 = path
        .segments()
        .filter(|segment| segment.request == Some(first) && phases.contains(&segment.label.phase()))
        .map(|segment| segment.end.saturating_sub(segment.start).as_nanos())
        .sum();
    Some(nanos as f64 / 1e9)
}

/// Where nobody saw when the request was begun to be written, `send` holds more than sending.
fn phases(side: &Side<'_>) -> Option<&'static [Phase]> {
    let observed = |milestone| side.told.path_observed.contains(&milestone);
    match (observed(Milestone::Writing), observed(Milestone::Sent)) {
        (true, _) => Some(&[Phase::Send, Phase::Wait, Phase::Receive]),
        (false, true) => Some(&[Phase::Wait, Phase::Receive]),
        (false, false) => None,
    }
}
