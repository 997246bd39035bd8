//! A time that every block gives once: its mean and its interval.
//!
//! The mean of the blocks' seconds with Student's t-interval at 95% (`student`). It uses seconds
//! and not logarithms, because seconds add: a part that is zero or negative has no ratio, but the
//! means of the parts sum to the mean of the whole.
//!
//! Assumes that the blocks are independent and identically distributed. A difference of two arms is
//! taken within each block first, so that what affects both alike cancels.

use schemars::JsonSchema;
use serde::Serialize;

use crate::quantity::Confidence;
use crate::student::SampleMean;

/// A time or a difference of times, in seconds, over blocks. It may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The mean over the blocks.
    pub seconds: f64,
    /// The lower end of the 95% interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of the 95% interval; null below two blocks.
    pub high: Option<f64>,
}

impl Estimate {
    /// The estimate from the seconds of each block, in any order. None without blocks.
    pub fn from_blocks(blocks: &[f64]) -> Option<Self> {
        let sample = SampleMean::new(blocks)?;
        let half_width = sample.half_width(Confidence::NINETY_FIVE);
        Some(Self {
            seconds: sample.mean,
            low: half_width.map(|half_width| sample.mean - half_width),
            high: half_width.map(|half_width| sample.mean + half_width),
        })
    }

    /// The estimate with an interval that reaches at least this share of it to both sides.
    #[must_use]
    pub fn at_least(self, share: f64) -> Self {
        let reach = share * self.seconds.abs();
        let low = self.low.map(|low| low.min(self.seconds - reach));
        let high = self.high.map(|high| high.max(self.seconds + reach));
        Self { low, high, ..self }
    }

    /// Whether the interval excludes `seconds`. False without an interval.
    pub fn excludes(&self, seconds: f64) -> bool {
        self.low.is_some_and(|low| seconds < low) || self.high.is_some_and(|high| high < seconds)
    }

    /// Whether the interval excludes 0. False without an interval.
    pub fn is_beyond_noise(&self) -> bool {
        self.excludes(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    #[test]
    fn matches_r_on_students_sleep_data() {
        // Student (1908); `t.test(extra ~ group, data = sleep, paired = TRUE)` in R's manual.
        let extra_hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let estimate = Estimate::from_blocks(&extra_hours).expect("there are values");
        assert!((estimate.seconds - 1.58).abs() < 1e-12);
        assert!(estimate.low.is_some_and(|low| (low - 0.700_114_2).abs() < 5e-8));
        assert!(estimate.high.is_some_and(|high| (high - 2.459_885_8).abs() < 5e-8));
        assert!(estimate.excludes(0.0) && estimate.excludes(2.46) && !estimate.excludes(0.8));
    }

    #[test]
    fn one_block_has_no_interval_and_excludes_nothing() {
        assert_eq!(Estimate::from_blocks(&[]), None);
        let one = Estimate::from_blocks(&[0.3]).expect("there is a block");
        assert_eq!(one, Estimate { seconds: 0.3, low: None, high: None });
        assert!(!one.excludes(0.0));
    }

    #[test]
    fn an_estimate_without_an_interval_has_null_ends_in_json() {
        let json = |blocks: &[f64]| {
            let estimate = Estimate::from_blocks(blocks).expect("there are blocks");
            serde_json::to_value(estimate).expect("is JSON")
        };
        let one_block = serde_json::json!({ "seconds": 0.5, "low": null, "high": null });
        assert_eq!(json(&[0.5]), one_block);
        let two_blocks = serde_json::json!({ "seconds": 0.5, "low": 0.5, "high": 0.5 });
        assert_eq!(json(&[0.5, 0.5]), two_blocks);
    }

    #[test]
    fn an_estimate_is_beyond_noise_if_its_interval_excludes_zero() {
        let beyond = |blocks: &[f64]| {
            Estimate::from_blocks(blocks).is_some_and(|estimate| estimate.is_beyond_noise())
        };
        assert!(beyond(&[1.0, 1.1, 0.9]) && beyond(&[-1.0, -1.1, -0.9]));
        assert!(!beyond(&[1.0, -1.0, 0.5]) && !beyond(&[1.0]));
    }

    #[test]
    fn an_interval_reaches_at_least_a_share_of_the_estimate() {
        let narrow = Estimate { seconds: 2.0, low: Some(1.9), high: Some(2.5) };
        let wide = Estimate { seconds: 2.0, low: Some(1.6), high: Some(2.5) };
        assert_eq!(narrow.at_least(0.2), wide);
        assert_eq!(wide.at_least(0.0), wide);
        let none = Estimate { seconds: 2.0, low: None, high: None };
        assert_eq!(none.at_least(0.2), none);
    }

    #[test]
    fn covers_a_difference_in_seconds_at_its_confidence() {
        // Two arms of 100 and 105 ms, each with 4.5% of noise.
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(700 + blocks as u64);
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
                let estimate = Estimate::from_blocks(&differences).expect("there are blocks");
                covered.add(!estimate.excludes(truth));
            }
            covered.assert_between(0.935, 0.975, &format!("a difference, {blocks} blocks"));
        }
    }

    /// The mean of a log-normal time around `seconds` with a deviation of 4.5%.
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
                Estimate::from_blocks(&values).expect("there are blocks").seconds
            };
            let sum = of(|(one, _)| *one) + of(|(_, other)| *other);
            prop_assert!((sum - of(|(one, other)| one + other)).abs() < 1e-12);
        }
    }
}
