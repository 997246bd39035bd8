//! The margin: how large a difference between two times must be to matter.
//!
//! There is one, so that what one part of the analysis calls equal no other calls slower. It says
//! nothing of whether a difference is real: that only its interval does.

/// The share of a time below which a difference from it is too small to matter: 2 %.
pub const MARGIN: f64 = 0.02;
