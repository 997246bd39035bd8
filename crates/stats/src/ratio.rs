//! How two arms compare: the geometric ratio of their times over the blocks that they share.
//!
//! The log-ratios of the blocks are the sample; their mean has Student's t-interval with n − 1
//! degrees of freedom (`student`), and both ends are taken back by the exponential: the geometric
//! mean is the right one for ratios (Fleming and Wallace, CACM 29, 1986). Whatever a block's
//! environment does to both arms alike cancels.
//!
//! Assumed: the log-ratios of different blocks are independent and alike. Stalls make the interval
//! too wide rather than too narrow (the simulation below). Trials are the sample, never requests.

use crate::quantity::{Confidence, HalfWidth, Interval, LogRatio};
use crate::student::SampleMean;

/// The log-ratios of the blocks that two arms share, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedRatio {
    log_ratios: SampleMean,
}

impl PairedRatio {
    /// Sums up the log-ratios of the blocks, in any order; nothing where there are none.
    pub fn new(log_ratios: &[LogRatio]) -> Option<Self> {
        let values: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio.0).collect();
        Some(Self { log_ratios: SampleMean::new(&values)? })
    }

    /// How many blocks there are: at least one.
    pub const fn pairs(&self) -> usize {
        self.log_ratios.values
    }

    /// The mean of the log-ratios.
    pub const fn mean(&self) -> LogRatio {
        LogRatio(self.log_ratios.mean)
    }

    /// Half of the width of the interval; missing below two pairs.
    pub fn half_width(&self, confidence: Confidence) -> Option<HalfWidth> {
        self.log_ratios.half_width(confidence).map(HalfWidth)
    }

    /// The interval around the mean; missing below two pairs.
    pub fn interval(&self, confidence: Confidence) -> Option<Interval> {
        Some(Interval::around(self.mean(), self.half_width(confidence)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::Coverage;
    use crate::simulation::world::World;
    use proptest::prelude::*;

    fn paired(values: &[f64]) -> PairedRatio {
        let log_ratios: Vec<LogRatio> = values.iter().copied().map(LogRatio).collect();
        PairedRatio::new(&log_ratios).expect("there are values")
    }

    #[test]
    fn students_sleep_data_give_their_interval_back_as_a_ratio() {
        // Student (1908), with the hours taken for logarithms; the ends as R's `t.test` prints them.
        let paired = paired(&[1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]);
        let interval = paired.interval(Confidence::NINETY_FIVE).expect("ten pairs");
        assert_eq!(paired.pairs(), 10);
        assert!((paired.mean().ratio().value() - 1.58_f64.exp()).abs() < 1e-12);
        assert!((interval.low.ratio().value() - 0.700_114_2_f64.exp()).abs() < 1e-6);
        assert!((interval.high.ratio().value() - 2.459_885_8_f64.exp()).abs() < 1e-6);
    }

    #[test]
    fn fewer_than_two_pairs_have_no_interval() {
        assert_eq!(PairedRatio::new(&[]), None);
        let one = paired(&[0.3]);
        assert_eq!(one.mean(), LogRatio(0.3));
        assert_eq!(one.interval(Confidence::NINETY_FIVE), None);
    }

    #[test]
    fn the_interval_covers_the_truth_as_often_as_it_says() {
        for blocks in [10, 20, 40] {
            let mut random = World::random(u64::try_from(blocks).expect("is small"));
            let covered = Coverage::count(1500, |truth| {
                let log_ratios = World::pair(&mut random, blocks, truth);
                PairedRatio::new(&log_ratios)?.interval(Confidence::NINETY_FIVE)
            });
            covered.assert_between(0.935, 0.975, &format!("{blocks} blocks"));
        }
    }

    proptest! {
        #[test]
        fn swapping_the_arms_turns_the_interval_over(
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
