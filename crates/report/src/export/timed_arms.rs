//! The measured arms with a time, as services that watch benchmarks over many runs take them.

use explain::{Analysis, ArmAnalysis};
use model::arm::Role;

const NANOS_PER_SECOND: f64 = 1e9;

/// A measured arm with its batch time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimedArm<'a> {
    pub(super) arm: &'a ArmAnalysis,
    /// The mean batch time.
    pub(super) mean: Nanos,
    /// The standard deviation of its trials; none below two.
    pub(super) deviation: Option<Nanos>,
}

/// A time in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Nanos(pub(super) f64);

impl Nanos {
    fn of_seconds(seconds: f64) -> Self {
        Self((seconds * NANOS_PER_SECOND).round())
    }
}

/// The measured arms of which a trial succeeded, in the plan's order.
pub(super) fn timed_arms(analysis: &Analysis) -> impl Iterator<Item = TimedArm<'_>> {
    let measured = analysis.arms.iter().filter(|arm| arm.role == Role::Measured);
    measured.filter_map(|arm| {
        let mean = Nanos::of_seconds(arm.mean()?);
        Some(TimedArm { arm, mean, deviation: arm.describe.std.map(Nanos::of_seconds) })
    })
}
