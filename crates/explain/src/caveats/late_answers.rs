//! `late_answers`: requests took longer for the client than for the endpoint that answered them.

use model::arm::ArmName;
use model::time::Span;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::agreement::{Disagreement, Dispute};
use crate::arms::ArmAnalysis;

/// Requests took longer for the client than for the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateAnswers {
    /// The arms.
    pub arms: Vec<LateArm>,
}

/// An arm whose requests took longer for the client than for the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateArm {
    /// The arm.
    pub arm: ArmName,
    /// The time of all requests of a trial together.
    pub requests: Dispute<Span>,
}

impl CaveatKind for LateAnswers {}

/// Detects it in the measured arms: more lateness than it takes to wake a client.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<LateAnswers>> {
    let late = |arm: &ArmAnalysis| {
        arm.disagreements.iter().find_map(|about| match about {
            Disagreement::Residence(requests) => {
                Some(LateArm { arm: arm.arm.clone(), requests: *requests })
            }
            _ => None,
        })
    };
    let arms: Vec<LateArm> = input.measured().filter_map(late).collect();
    Detected::for_arms(arms, |found| &found.arm, |arms| LateAnswers { arms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::tests::codes;
    use model::recording::StopReason;
    use model::trace::Milestone;
    use test_support::sample::Sample;

    #[test]
    fn separates_a_client_that_is_late_from_one_that_is_wrong() {
        let codes = |millis| {
            let mut sample = Sample::new(&[("a/x", 1)]);
            for _ in 0..12 {
                sample.block(&[("a/x@1", 100)]);
                sample.witness(&[false]);
                let request =
                    &mut sample.last_trial().witness.as_mut().expect("is there").requests[0];
                request.last_byte_out = Some(Span::from_millis(50));
                request.first_byte_out = request.last_byte_out;
                let columns = &mut sample.last_run().columns;
                columns.milestones[Milestone::Writing] = Some(vec![Some(Span::ZERO)]);
                columns.milestones[Milestone::Done] = Some(vec![Some(Span::from_millis(millis))]);
            }
            codes(&sample.end(StopReason::Blocks))
        };
        assert_eq!(codes(50), [""; 0]);
        assert_eq!(codes(60), ["late_answers"]);
        assert_eq!(codes(40), ["witnesses_disagree"]);
    }
}
