//! What the detection of a caveat returns: the arms and the figures, before they become a `Caveat`.

use model::arm::ArmName;

/// What every caveat states about itself. Each caveat implements it for its figures.
pub(crate) trait CaveatKind {
    /// Whether it takes away the verdict on every ratio of two of its arms: the instrument is shown
    /// to be wrong, or the arms did different work.
    const VETOES: bool = false;
    /// Whether it concerns how the arms are set up, not what their trials showed.
    const CONCERNS_SETUP: bool = false;
}

/// A detected caveat: the arms that it concerns, and its figures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Detected<F> {
    pub(crate) arms: Vec<ArmName>,
    pub(crate) figures: F,
}

impl<F> Detected<F> {
    pub(crate) const fn new(arms: Vec<ArmName>, figures: F) -> Self {
        Self { arms, figures }
    }

    /// One caveat for all arms that show the same; none where no arm does.
    pub(crate) fn for_arms<A>(
        found: Vec<A>,
        name: fn(&A) -> &ArmName,
        figures: fn(Vec<A>) -> F,
    ) -> Option<Self> {
        let arms: Vec<ArmName> = found.iter().map(|arm| name(arm).clone()).collect();
        (!arms.is_empty()).then(|| Self::new(arms, figures(found)))
    }
}
