//! `coarse_timer`: the clock's resolution is too coarse for the measured times.

use model::phase::Phase;
use model::time::Span;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::arms::ArmAnalysis;

/// The clock's resolution may be this share of a measured time.
const FINE_ENOUGH: f64 = 0.01;
/// A phase below this share of a batch does not matter.
const MATTERS: f64 = 0.01;

/// The clock is too coarse for the measured times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoarseTimer {
    /// The clock's resolution.
    pub resolution: Span,
    /// The shortest time that was measured.
    pub shortest: ShortestTime,
}

/// The shortest time that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShortestTime {
    /// The phase; none for a whole batch.
    pub phase: Option<Phase>,
    /// The time in seconds.
    pub seconds: f64,
}

impl CaveatKind for CoarseTimer {}

/// Detects it in the measured arms.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<CoarseTimer>> {
    let resolution = input.recording.header.environment.clock_resolution?;
    let too_short: Vec<(&ArmAnalysis, ShortestTime)> = input
        .measured()
        .filter_map(|arm| Some((arm, shortest_time(arm)?)))
        .filter(|(_, shortest)| resolution.as_secs() > FINE_ENOUGH * shortest.seconds)
        .collect();
    let shortest = shortest_of(too_short.iter().map(|(_, shortest)| *shortest))?;
    let arms = too_short.iter().map(|(arm, _)| arm.arm.clone()).collect();
    Some(Detected::new(arms, CoarseTimer { resolution, shortest }))
}

/// The shortest phase of an arm that matters, or its whole batch.
fn shortest_time(arm: &ArmAnalysis) -> Option<ShortestTime> {
    let batch = arm.describe.median?;
    let phases = arm
        .path
        .iter()
        .filter_map(|(phase, &seconds)| {
            Some(ShortestTime { phase: Some(phase), seconds: seconds? })
        })
        .filter(|phase| phase.seconds >= MATTERS * batch);
    shortest_of(phases.chain([ShortestTime { phase: None, seconds: batch }]))
}

fn shortest_of(times: impl Iterator<Item = ShortestTime>) -> Option<ShortestTime> {
    times.min_by(|left, right| left.seconds.total_cmp(&right.seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use model::phase::PerPhase;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn a_clock_may_have_a_resolution_of_one_percent_of_the_shortest_batch() {
        let with_resolution = |nanos| {
            let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4)]);
            for _ in 0..12 {
                sample.block(&[("a/x@4", 100), ("b/y@4", 50)]);
            }
            let mut recording = sample.end(StopReason::Blocks);
            recording.header.environment.clock_resolution = Some(Span::from_nanos(nanos));
            recording
        };
        assert_eq!(codes(&with_resolution(500_000)), [""; 0]);
        let found = caveats(&with_resolution(550_000));
        let caveat = named(&found, "coarse_timer");
        // Only the batch of 50 ms is too short for it.
        assert_eq!(caveat.arms().len(), 1);
        let Reason::CoarseTimer(found) = caveat.reason() else { panic!("{caveat:?}") };
        assert_eq!(found.resolution, Span::from_nanos(550_000));
        assert_eq!((found.shortest.phase, found.shortest.seconds), (None, 0.05));
    }

    #[test]
    fn a_phase_that_matters_can_be_too_short_for_the_clock() {
        let of_phase = |wait: f64| {
            let recording = Sample::three_strategies(12);
            let mut analysis = crate::analyse(&recording);
            analysis.arms[0].path = {
                let mut path = PerPhase::default();
                path[Phase::Wait] = Some(wait);
                path
            };
            shortest_time(&analysis.arms[0]).map(|shortest| shortest.phase)
        };
        assert_eq!(of_phase(0.001_1), Some(Some(Phase::Wait)));
        assert_eq!(of_phase(0.000_9), Some(None));
    }
}
