//! A caveat that a statistical test suggests, before all tests of a run are judged together.

use stats::quantity::Probability;

use super::detected::Detected;

/// A suspected caveat, and how likely the test finds it where there is nothing.
pub(super) struct Suspicion<F> {
    pub(super) detected: Detected<F>,
    pub(super) probability: Probability,
}
