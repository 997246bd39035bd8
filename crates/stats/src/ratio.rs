//! Compares two arms: the geometric mean ratio of their times over the blocks that they share.
//!
//! The sample is the log-ratio of each block. Its mean has Student's t-interval with n − 1 degrees
//! of freedom (`student`). The exponential of the mean and the ends gives the ratio: for ratios,
//! the geometric mean is the right one (Fleming and Wallace, CACM 29, 1986). What affects both arms
//! of a block alike cancels.
//!
//! Assumes that the log-ratios of different blocks are independent and identically distributed.
//! Stalls make the interval too wide, not too narrow (the simulation below). The sample consists of
//! trials, never of requests.

use crate::quantity::{Confidence, HalfWidth, Interval, LogRatio};
use crate::student::SampleMean;

/// The log-ratios of the blocks that two arms share, summarised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedRatio {
    log_ratios: SampleMean,
}

impl PairedRatio {
    /// Summarises the log-ratios of the blocks, in any order. None without blocks.
    pub fn new(log_ratios: &[LogRatio]) -> Option<Self> {
        let values: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio.0).collect();
        Some(Self { log_ratios: SampleMean::new(&values)? })
    }

    /// The number of blocks, at least one.
    pub const fn pairs(&self) -> usize {
        self.log_ratios.values
    }

    /// The mean of the log-ratios.
    pub const fn mean(&self) -> LogRatio {
        LogRatio(self.log_ratios.mean)
    }

    /// The standard error of the mean log-ratio; none below two blocks.
    pub(crate) const fn standard_error(&self) -> Option<f64> {
        self.log_ratios.standard_error
    }

    /// Half the width of the interval; none below two blocks.
    pub fn half_width(&self, confidence: Confidence) -> Option<HalfWidth> {
        self.log_ratios.half_width(confidence).map(HalfWidth)
    }

    /// The interval around the mean; none below two blocks.
    pub fn interval(&self, confidence: Confidence) -> Option<Interval> {
        Some(Interval::around(self.mean(), self.half_width(confidence)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::Coverage;
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    fn paired(values: &[f64]) -> PairedRatio {
        let log_ratios: Vec<LogRatio> = values.iter().copied().map(LogRatio).collect();
        PairedRatio::new(&log_ratios).expect("there are values")
    }

    #[test]
    fn matches_r_on_students_sleep_data() {
        // Student (1908), with hours as logarithms; the ends as R's `t.test` prints them.
        let paired = paired(&[1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]);
        let interval = paired.interval(Confidence::NINETY_FIVE).expect("ten pairs");
        assert_eq!(paired.pairs(), 10);
        assert!((paired.mean().ratio().value() - 1.58_f64.exp()).abs() < 1e-12);
        assert!((interval.low.ratio().value() - 0.700_114_2_f64.exp()).abs() < 1e-6);
        assert!((interval.high.ratio().value() - 2.459_885_8_f64.exp()).abs() < 1e-6);
    }

    #[test]
    fn fewer_than_two_blocks_have_no_interval() {
        assert_eq!(PairedRatio::new(&[]), None);
        let one = paired(&[0.3]);
        assert_eq!(one.mean(), LogRatio(0.3));
        assert_eq!(one.interval(Confidence::NINETY_FIVE), None);
    }

    #[test]
    fn the_interval_covers_the_truth_at_its_confidence() {
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(u64::try_from(blocks).expect("is small"));
            let covered = Coverage::count(1500, |truth| {
                let log_ratios = NoisyMachine::pair(&mut random, blocks, truth);
                PairedRatio::new(&log_ratios)?.interval(Confidence::NINETY_FIVE)
            });
            covered.assert_between(0.935, 0.975, &format!("{blocks} blocks"));
        }
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_the_interval(
            values in prop::collection::vec(-3.0..3.0, 2..40),
        ) {
            let swapped: Vec<f64> = values.iter().map(|value| -value).collect();
            let there = paired(&values).interval(Confidence::NINETY_FIVE).expect("two pairs");
            let back = paired(&swapped).interval(Confidence::NINETY_FIVE).expect("two pairs");
            prop_assert!((there.low.0 + back.high.0).abs() < 1e-12);
            prop_assert!((there.high.0 + back.low.0).abs() < 1e-12);
            prop_assert!(there.contains(paired(&values).mean()));
        }

        #[test]
        fn more_confidence_never_narrows_the_interval(
            values in prop::collection::vec(-3.0..3.0, 2..40), family in 1_usize..50,
        ) {
            let paired = paired(&values);
            let alone = paired.half_width(Confidence::NINETY_FIVE);
            prop_assert!(paired.half_width(Confidence::NINETY_FIVE.shared_by(family)) >= alone);
        }
    }
}
