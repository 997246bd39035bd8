//! What the caveats are detected in: the recording, and what the analysis has computed so far.

use evidence::Evidence;
use model::arm::{ArmName, Role};
use model::recording::Recording;

use crate::arms::ArmAnalysis;
use crate::controls::ControlAnalysis;
use crate::ratios::RatioAnalysis;

/// What the caveats are detected in.
pub(crate) struct CaveatInput<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) evidence: &'a Evidence<'a>,
    pub(crate) arms: &'a [ArmAnalysis],
    pub(crate) ratios: &'a [RatioAnalysis],
    pub(crate) controls: &'a [ControlAnalysis],
}

impl<'a> CaveatInput<'a> {
    /// The measured arms: no controls, toggles or commands without work.
    pub(super) fn measured(&self) -> impl Iterator<Item = &'a ArmAnalysis> {
        self.arms.iter().filter(|arm| arm.role == Role::Measured)
    }

    /// The names of the measured arms.
    pub(super) fn measured_names(&self) -> Vec<ArmName> {
        self.measured().map(|arm| arm.arm.clone()).collect()
    }

    /// Whether the command line set the request header of this name.
    pub(super) fn sets_header(&self, name: &str) -> bool {
        let headers = self.evidence.plan.targets.iter().flat_map(|planned| &planned.target.headers);
        headers.into_iter().any(|header| header.name.eq_ignore_ascii_case(name))
    }
}
