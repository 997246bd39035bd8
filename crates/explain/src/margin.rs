//! The margin: the smallest difference between two times that matters.
//!
//! The whole analysis uses this one, so that no two parts disagree on what is equal. Whether a
//! difference is real is a question for its interval, not for the margin.

/// A difference below this share of a time does not matter: 2%.
pub const MARGIN: f64 = 0.02;
