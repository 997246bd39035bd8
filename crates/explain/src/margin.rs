//! The margin: the smallest difference between two times that matters.
//!
//! The whole analysis uses this one, so that no two parts disagree on what is equal. Whether a
//! difference is real is a question for its interval, not for the margin.

/// A difference below this share of a time does not matter: 2%.
pub const MARGIN: f64 = 0.02;
/// No cause is smaller than this, however short the batch: 0.2 ms.
pub(crate) const LEAST_SECONDS: f64 = 0.000_2;

/// The least gain that matters in a batch that takes this long. Both are in seconds.
pub fn least_gain(batch: f64) -> f64 {
    (MARGIN * batch).max(LEAST_SECONDS)
}
