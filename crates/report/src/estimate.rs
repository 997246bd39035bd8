//! A time with its interval, as sentences have it: `58.2 ms [55.1, 61.4]`.

use explain::Estimate;
use words::number;

/// A time in milliseconds with its interval.
pub(crate) fn millis(estimate: &Estimate) -> String {
    let Estimate { seconds, low, high } = *estimate;
    number::millis_with_interval(seconds, low.zip(high))
}
