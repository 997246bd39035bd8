//! The threads of a client: whether there were several, and whether only one of them went on at a time.

use std::ops::Range;

use super::several;
use crate::findings::case::Case;
use evidence::threads::MOST_OF_ONE_THREAD;

/// The share of one core that threads behind one lock can use together: about all of it, and not
/// more.
const ONE_CORE: Range<f64> = 0.7..MOST_OF_ONE_THREAD;

/// How many of them took part, as far as is known.
pub(super) fn that_took_part(case: &Case<'_>) -> Option<f64> {
    case.side.seen.threads
}

/// Whether there were several, by which requests could have been made at once.
pub(super) fn are_several(case: &Case<'_>) -> bool {
    that_took_part(case).is_some_and(several)
}

/// Whether there were several, which together computed no more than one core could.
pub(super) fn computed_in_turn(case: &Case<'_>) -> bool {
    let one_core = case.side.arm.cpu_share.is_some_and(|share| ONE_CORE.contains(&share));
    one_core && are_several(case)
}
