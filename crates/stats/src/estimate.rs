//! A time that was found once in every block: its mean, and how well that is known.
//!
//! The mean of the blocks' seconds with Student's t-interval at 95 % (`student`). Seconds and not
//! their logarithms, because seconds add: the parts of a difference that is zero on one side, or
//! negative, have no ratio, but their means sum to the mean of the whole.
//!
//! Assumed: the blocks are independent and alike. What differs between two arms is taken within a
//! block first, so that whatever the block did to both alike cancels.

use crate::quantity::Confidence;
use crate::student::SampleMean;

/// A time or a difference of times, in seconds, over blocks. It may be negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean over the blocks.
    pub seconds: f64,
    /// The lower end of its 95 % interval; missing below two blocks.
    pub low: Option<f64>,
    /// The upper end of its 95 % interval; missing below two blocks.
    pub high: Option<f64>,
}

impl Estimate {
    /// Estimates from the seconds of each block, in any order; nothing where there are none.
    pub fn of(blocks: &[f64]) -> Option<Self> {
        let sample = SampleMean::new(blocks)?;
        let half_width = sample.half_width(Confidence::NINETY_FIVE);
        Some(Self {
            seconds: sample.mean,
            low: half_width.map(|half_width| sample.mean - half_width),
            high: half_width.map(|half_width| sample.mean + half_width),
        })
    }

    /// Whether the interval leaves out `seconds`; never where there is no interval.
    pub fn leaves_out(&self, seconds: f64) -> bool {
        self.low.is_some_and(|low| seconds < low) || self.high.is_some_and(|high| high < seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::world::World;
    use proptest::prelude::*;

    #[test]
    fn students_sleep_data_have_the_interval_that_r_prints() {
        // Student (1908); `t.test(extra ~ group, data = sleep, paired = TRUE)` in R's manual.
        let extra_hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let estimate = Estimate::of(&extra_hours).expect("there are values");
        assert!((estimate.seconds - 1.58).abs() < 1e-12);
        assert!(estimate.low.is_some_and(|low| (low - 0.700_114_2).abs() < 5e-8));
        assert!(estimate.high.is_some_and(|high| (high - 2.459_885_8).abs() < 5e-8));
        assert!(estimate.leaves_out(0.0) && estimate.leaves_out(2.46) && !estimate.leaves_out(0.8));
    }

    #[test]
    fn one_block_has_no_interval_and_leaves_nothing_out() {
        assert_eq!(Estimate::of(&[]), None);
        let one = Estimate::of(&[0.3]).expect("there is a block");
        assert_eq!(one, Estimate { seconds: 0.3, low: None, high: None });
        assert!(!one.leaves_out(0.0));
    }

    #[test]
    fn a_difference_in_seconds_is_covered_as_often_as_it_says() {
        // Two arms of 100 and 105 ms, each with 4.5 % of noise.
        for blocks in [10, 20, 40] {
            let mut random = World::random(700 + blocks as u64);
            let mut covered = Coverage::default();
            let (one, other) = (0.1_f64, 0.105_f64);
            let truth = mean_time(other) - mean_time(one);
            for _ in 0..repetitions(1500) {
                let differences: Vec<f64> = (0..blocks)
                    .map(|_| {
                        let time = |seconds: f64, noise: f64| seconds * noise.exp();
                        let noises = [0.045 * random.normal(), 0.045 * random.normal()];
                        time(other, noises[1]) - time(one, noises[0])
                    })
                    .collect();
                let estimate = Estimate::of(&differences).expect("there are blocks");
                covered.add(!estimate.leaves_out(truth));
            }
            covered.assert_between(0.935, 0.975, &format!("a difference, {blocks} blocks"));
        }
    }

    /// The mean of a log-normal time around `seconds` with a deviation of 4.5 %.
    fn mean_time(seconds: f64) -> f64 {
        seconds * (0.045_f64.powi(2) / 2.0).exp()
    }

    proptest! {
        #[test]
        fn the_means_of_the_parts_sum_to_the_mean_of_the_whole(
            parts in prop::collection::vec((-1.0..1.0, -1.0..1.0), 1..40),
        ) {
            let of = |value: fn(&(f64, f64)) -> f64| {
                let values: Vec<f64> = parts.iter().map(value).collect();
                Estimate::of(&values).expect("there are blocks").seconds
            };
            let sum = of(|(one, _)| *one) + of(|(_, other)| *other);
            prop_assert!((sum - of(|(one, other)| one + other)).abs() < 1e-12);
        }
    }
}
