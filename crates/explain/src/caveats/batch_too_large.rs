//! `batch_too_large`: nothing is known of the single requests of an arm, because its batches are too large to be
//! read whole.

use evidence::ArmEvidence;
use model::arm::ArmName;
use model::packed::MOST_UNPACKED;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;

/// The single requests of some arms are not analysed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchTooLarge {
    /// The arms.
    pub arms: Vec<ArmName>,
}

impl CaveatKind for BatchTooLarge {}

/// Detects it in the measured arms that succeeded.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<BatchTooLarge>> {
    let arms = input.evidence.measured().filter(|arm| is_unread(arm));
    let arms = arms.map(|arm| arm.arm.name.clone()).collect();
    Detected::for_arms(arms, |arm| arm, |arms| BatchTooLarge { arms })
}

fn is_unread(arm: &ArmEvidence<'_>) -> bool {
    let is_large = arm.size().requests() > MOST_UNPACKED && !arm.successes.is_empty();
    is_large && arm.successes.iter().all(|it| it.path.is_none() && it.traffic.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::tests::caveats;
    use model::recording::StopReason;
    use test_support::sample::{Sample, timed};

    #[test]
    fn a_very_large_batch_of_which_no_request_was_read_is_named() {
        let most = u32::try_from(MOST_UNPACKED).expect("fits");
        let codes = |size: u32, is_read: bool| {
            let mut sample = Sample::new(&[("a/x", size)]);
            for _ in 0..12 {
                sample.block(&[(&format!("a/x@{size}"), 100)]);
                if is_read {
                    sample.last_run().columns = timed(&[(0, 50)]);
                }
            }
            let caveats = caveats(&sample.end(StopReason::Blocks));
            caveats.iter().map(|caveat| caveat.code().name()).collect::<Vec<_>>()
        };
        assert_eq!(codes(most + 1, false), ["batch_too_large"]);
        assert_eq!(codes(most, false), [""; 0]);
        assert_eq!(codes(most + 1, true), [""; 0]);
    }
}
