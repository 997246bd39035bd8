//! `batch_sampled`: the trials of some arms are sampled, because their batches are too large to keep every request.

use model::arm::ArmName;
use model::sampling::Sampling;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;

/// The trials of some arms are sampled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchSampled {
    /// The arms.
    pub arms: Vec<ArmName>,
    /// Which trials are sampled, and how.
    pub sampling: Sampling,
}

impl CaveatKind for BatchSampled {}

/// Detects it in the measured arms that succeeded.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<BatchSampled>> {
    let sampling = input.evidence.plan.sampling;
    let is_sampled = |arm: &evidence::ArmEvidence<'_>| {
        arm.successes.iter().any(|success| success.run.sampled.is_some())
    };
    let arms = input.evidence.measured().filter(|arm| is_sampled(arm));
    let arms: Vec<ArmName> = arms.map(|arm| arm.arm.name.clone()).collect();
    (!arms.is_empty()).then(|| Detected::new(arms.clone(), BatchSampled { arms, sampling }))
}

#[cfg(test)]
mod tests {
    use crate::caveats::tests::caveats;
    use model::recording::StopReason;
    use model::sampling::{Sampled, Stretch, Totals};
    use model::time::Span;
    use test_support::sample::Sample;

    #[test]
    fn arms_with_sampled_trials_are_named() {
        let codes = |sampled: bool| {
            let mut sample = Sample::new(&[("a/x", 4)]);
            for _ in 0..12 {
                sample.block(&[("a/x@4", 100)]);
                sample.last_run().sampled = sampled.then(|| {
                    Box::new(Sampled {
                        stretch: Stretch { first: 0, requests: 1 },
                        from: Span::ZERO,
                        length: Span::from_millis(1),
                        totals: Totals::default(),
                    })
                });
            }
            let caveats = caveats(&sample.end(StopReason::Blocks));
            caveats.iter().map(|caveat| caveat.code().name()).collect::<Vec<_>>()
        };
        assert_eq!(codes(true), ["batch_sampled"]);
        assert_eq!(codes(false), [""; 0]);
    }
}
