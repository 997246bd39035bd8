//! The client's threads: whether there are several, and whether only one of them runs at a time.

use std::ops::Range;

use super::several;
use crate::findings::comparison::Comparison;
use evidence::threads::MOST_OF_ONE_THREAD;

/// The share of one core that threads behind one lock can use together: about all of it, not more.
const ONE_CORE: Range<f64> = 0.7..MOST_OF_ONE_THREAD;

/// The least share of the time in which one thread runs that others wait for the interpreter lock.
const LEAST_ALONE: f64 = 0.5;

/// How many of them sent requests, as far as is known.
pub(super) fn count(comparison: &Comparison<'_>) -> Option<f64> {
    comparison.arm.observed.threads
}

/// Whether there were several, so that requests could have run concurrently.
pub(super) fn are_several(comparison: &Comparison<'_>) -> bool {
    count(comparison).is_some_and(several)
}

/// Whether it is known what they did.
pub(super) fn are_known(comparison: &Comparison<'_>) -> bool {
    comparison.arm.charges.ran().is_some()
}

/// Whether there were several of which one ran at a time: others waited for the interpreter lock while
/// one ran. Where that is not known, together they used about one core.
pub(super) fn run_one_at_a_time(comparison: &Comparison<'_>) -> bool {
    let charges = &comparison.arm.charges;
    if let Some((ran, alone)) = charges.ran().zip(charges.ran_alone()) {
        return alone >= LEAST_ALONE * ran;
    }
    let one_core = comparison.arm.analysis.cpu_share.is_some_and(|share| ONE_CORE.contains(&share));
    one_core && are_several(comparison)
}
