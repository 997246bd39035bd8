//! `witnesses_disagree`: the client reports what the endpoint did not see, so one of them is wrong.

use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::agreement::Disagreement;
use crate::arms::ArmAnalysis;

/// The client and the endpoint contradict each other about the same trials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessesDisagree {
    /// The arms.
    pub arms: Vec<DisputedArm>,
}

/// An arm whose client and endpoint contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputedArm {
    /// The arm.
    pub arm: ArmName,
    /// What they disagree about.
    pub disagreements: Vec<Disagreement>,
}

impl CaveatKind for WitnessesDisagree {}

/// Detects it in the measured arms. A late answer alone is the caveat `late_answers`.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<WitnessesDisagree>> {
    let disputed = |arm: &ArmAnalysis| {
        let is_lateness = |about: &Disagreement| matches!(about, Disagreement::Residence(_));
        let disagreements: Vec<Disagreement> =
            arm.disagreements.iter().copied().filter(|about| !is_lateness(about)).collect();
        (!disagreements.is_empty()).then(|| DisputedArm { arm: arm.arm.clone(), disagreements })
    };
    let arms: Vec<DisputedArm> = input.measured().filter_map(disputed).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| WitnessesDisagree { arms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::Dispute;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, named};
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn detects_a_client_that_reports_other_bytes_than_the_endpoint_sent() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        for _ in 0..12 {
            sample.block(&[("a/x@1", 10)]);
            sample.witness(&[false]);
            sample.last_run().columns.bytes = Some(vec![Some(0)]);
        }
        let found = caveats(&sample.end(StopReason::Blocks));
        let caveat = named(&found, "witnesses_disagree");
        let Reason::WitnessesDisagree(found) = caveat.reason() else { panic!("{caveat:?}") };
        let bytes = Disagreement::Bytes(Dispute { trials: 12, client: 0, witness: 80 });
        assert_eq!(found.arms[0].arm.0, "a/x@1");
        assert_eq!(found.arms[0].disagreements, [bytes]);
    }
}
