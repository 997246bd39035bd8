//! `few_blocks`: too few blocks to detect drift or dependence, or to average out a stall.

use model::recording::StopReason;

use super::blocks::ENOUGH_BLOCKS;
use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;

/// There are too few blocks to detect drift or dependence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FewBlocks {
    /// How many whole blocks there are.
    pub blocks: usize,
    /// How many would be enough.
    pub enough: usize,
    /// Why the run ended; none for a run that was killed.
    pub stopped: Option<StopReason>,
}

impl CaveatKind for FewBlocks {}

/// Detects it in a run of which anything was counted.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<FewBlocks>> {
    let measured = input.arms.iter().any(|arm| arm.trials() > 0);
    let stopped = input.recording.closing.as_ref().map(|closing| closing.reason);
    let blocks = input.evidence.whole_blocks();
    let figures = FewBlocks { blocks, enough: ENOUGH_BLOCKS, stopped };
    (measured && blocks < ENOUGH_BLOCKS).then(|| Detected::new(input.measured_names(), figures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use test_support::sample::Sample;

    #[test]
    fn nine_blocks_are_too_few_and_ten_are_enough() {
        assert_eq!(codes(&Sample::three_strategies(9)), ["few_blocks"]);
        assert_eq!(codes(&Sample::three_strategies(10)), [""; 0]);
        let found = caveats(&Sample::three_strategies(1));
        let caveat = named(&found, "few_blocks");
        let stopped = Some(StopReason::Precision);
        let Reason::FewBlocks(found) = caveat.reason() else { panic!("{caveat:?}") };
        assert_eq!(*found, FewBlocks { blocks: 1, enough: 10, stopped });
    }
}
