//! A caveat: a reason to trust a result less, with the arms that it concerns.
//!
//! A caveat changes no number. It limits what a result means, or it takes the verdict away.

use model::arm::ArmName;

use super::detected::Detected;
use super::reason::{CaveatCode, Reason};
use super::setup::difference::FactDifference;

/// A reason to trust a result less.
#[derive(Clone, Debug, PartialEq)]
pub struct Caveat {
    arms: Vec<ArmName>,
    reason: Reason,
}

impl Caveat {
    /// Its code.
    pub const fn code(&self) -> CaveatCode {
        self.reason.code()
    }

    /// The arms that it concerns.
    pub fn arms(&self) -> &[ArmName] {
        &self.arms
    }

    /// The reason with its figures.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Whether it takes away the verdict on every ratio of two of its arms.
    pub const fn vetoes(&self) -> bool {
        self.code().vetoes()
    }

    /// Whether it concerns how the arms are set up. The report prints such caveats before the times.
    pub const fn concerns_setup(&self) -> bool {
        self.code().concerns_setup()
    }

    /// Every difference between the arms, for the caveat `arms_differ`.
    pub fn differences(&self) -> Option<&[FactDifference]> {
        match &self.reason {
            Reason::ArmsDiffer(found) => Some(&found.differences),
            _ => None,
        }
    }

    /// Whether it takes away the verdict on the ratio of these arms.
    pub(crate) fn forbids(&self, arm: &ArmName, baseline: &ArmName) -> bool {
        self.vetoes() && self.arms.contains(arm) && self.arms.contains(baseline)
    }
}

impl<F: Into<Reason>> From<Detected<F>> for Caveat {
    fn from(detected: Detected<F>) -> Self {
        Self { arms: detected.arms, reason: detected.figures.into() }
    }
}
