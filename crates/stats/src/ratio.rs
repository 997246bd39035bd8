//! How two arms compare: the geometric ratio of their times over the blocks that they share.
//!
//! The log-ratios of the blocks are the sample; their mean has Student's t-interval with n − 1
//! degrees of freedom (Student, "The probable error of a mean", Biometrika 6, 1908), and both ends
//! are taken back by the exponential: the geometric mean is the right one for ratios (Fleming and
//! Wallace, CACM 29, 1986). Whatever a block's environment does to both arms alike cancels.
//!
//! Assumed: the log-ratios of different blocks are independent and alike. Stalls make the interval
//! too wide rather than too narrow (the simulation below). Trials are the sample, never requests.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::describe;
use crate::quantity::{Confidence, HalfWidth, Interval, LogRatio, count};

/// The log-ratios of the blocks that two arms share, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedRatio {
    /// How many blocks there are: at least one.
    pub pairs: usize,
    /// The mean of their log-ratios.
    pub mean: LogRatio,
    /// Its standard error; missing below two pairs.
    standard_error: Option<f64>,
}

impl PairedRatio {
    /// Sums up the log-ratios of the blocks, in any order; nothing where there are none.
    pub fn new(log_ratios: &[LogRatio]) -> Option<Self> {
        let values: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio.0).collect();
        let mean = describe::mean(&values)?;
        let standard_error =
            describe::deviation(&values, mean).map(|spread| spread / count(values.len()).sqrt());
        Some(Self { pairs: values.len(), mean: LogRatio(mean), standard_error })
    }

    /// Half of the width of the interval; missing below two pairs.
    pub fn half_width(&self, confidence: Confidence) -> Option<HalfWidth> {
        let standard_error = self.standard_error?;
        let student = StudentsT::new(0.0, 1.0, count(self.pairs - 1))
            .expect("two pairs or more leave a degree of freedom");
        Some(HalfWidth(student.inverse_cdf(1.0 - confidence.risk() / 2.0) * standard_error))
    }

    /// The interval around the mean; missing below two pairs.
    pub fn interval(&self, confidence: Confidence) -> Option<Interval> {
        Some(Interval::around(self.mean, self.half_width(confidence)?))
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
    fn students_sleep_data_have_the_interval_that_r_prints() {
        // Student (1908); `t.test(extra ~ group, data = sleep, paired = TRUE)` in R's manual.
        let extra_hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let paired = paired(&extra_hours);
        let interval = paired.interval(Confidence::NINETY_FIVE).expect("ten pairs");
        assert!((paired.mean.0 - 1.58).abs() < 1e-12);
        assert!((interval.low.0 - 0.700_114_2).abs() < 5e-8);
        assert!((interval.high.0 - 2.459_885_8).abs() < 5e-8);
    }

    #[test]
    fn the_quantiles_of_t_are_those_of_scipy() {
        // scipy.stats.t.ppf 1.17: degrees of freedom, two-sided confidence, quantile.
        let table = [
            (1, 0.95, 12.706_204_736_174_694),
            (1, 0.999, 636.619_248_768_789_7),
            (2, 0.95, 4.302_652_729_749_462),
            (3, 0.9875, 5.391_949_071_934_058),
            (9, 0.9875, 3.110_934_823_179_475_6),
            (9, 0.999, 4.780_912_585_931_217),
            (49, 0.95, 2.009_575_237_129_239),
            (999, 0.999, 3.300_292_420_398_767),
        ];
        for (freedom, level, quantile) in table {
            let unit =
                PairedRatio { pairs: freedom + 1, mean: LogRatio(0.0), standard_error: Some(1.0) };
            let confidence = Confidence::new(level).expect("is between 0 and 1");
            let ours = unit.half_width(confidence).expect("two pairs or more").0;
            assert!((ours - quantile).abs() < 1e-8 * quantile, "{freedom}, {level}: {ours}");
        }
    }

    #[test]
    fn fewer_than_two_pairs_have_no_interval() {
        assert_eq!(PairedRatio::new(&[]), None);
        let one = paired(&[0.3]);
        assert_eq!(one.mean, LogRatio(0.3));
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
            prop_assert!(there.contains(paired(&values).mean));
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
