//! The robust alternative to `ratio`: the Hodges-Lehmann estimate with its signed-rank interval.
//!
//! The estimate is the median of the means of all pairs of log-ratios, each also paired with itself
//! (Walsh averages). The ends of the interval are the Walsh averages that the signed-rank test just
//! does not reject (Hodges and Lehmann, "Estimates of location based on rank tests", Annals of
//! Mathematical Statistics 34, 1963; the interval after Tukey). A stall in one block of ten hardly
//! moves it.
//!
//! Assumes that the log-ratios of different blocks are independent and symmetric around the truth.
//! Its time grows with n log n.

use crate::quantity::{Confidence, Interval, LogRatio};
use crate::signed_rank;

/// The estimate, and its interval if there are enough log-ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HodgesLehmann {
    /// The median of the Walsh averages.
    pub estimate: LogRatio,
    /// The interval; none if there are too few log-ratios for the confidence (five or fewer at
    /// 95%).
    pub interval: Option<Interval>,
}

impl HodgesLehmann {
    /// The estimate from the log-ratios of the blocks, in any order. None without blocks.
    pub fn new(log_ratios: &[LogRatio], confidence: Confidence) -> Option<Self> {
        let averages = WalshAverages::new(log_ratios);
        let last = averages.count().checked_sub(1)?;
        let at = |place| LogRatio(averages.at(place));
        let estimate = LogRatio(f64::midpoint(at(last / 2).0, at(last.div_ceil(2)).0));
        let interval = signed_rank::critical_value(log_ratios.len(), confidence.risk() / 2.0)
            .map(|cut| Interval { low: at(cut), high: at(last - cut) });
        Some(Self { estimate, interval })
    }
}

/// The means of all pairs of values, each also paired with itself. They are not made: the values in order suffice to
/// count those up to a limit, and the one at a place is found by halving the limits.
struct WalshAverages {
    sorted: Vec<f64>,
}

impl WalshAverages {
    fn new(log_ratios: &[LogRatio]) -> Self {
        let mut sorted: Vec<f64> = log_ratios.iter().map(|value| value.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { sorted }
    }

    const fn count(&self) -> usize {
        self.sorted.len() * (self.sorted.len() + 1) / 2
    }

    /// The average at a place of their order, which is the least one with more than `place` averages up to it.
    fn at(&self, place: usize) -> f64 {
        let ends = self.sorted.first().zip(self.sorted.last());
        let (mut low, mut high) = ends.map_or((0, 0), |(&low, &high)| (order(low), order(high)));
        while low < high {
            let middle = low + (high - low) / 2;
            if self.count_up_to(value(middle)) > place {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        value(low)
    }

    fn count_up_to(&self, limit: f64) -> usize {
        let (mut count, mut end) = (0, self.sorted.len());
        for (place, &one) in self.sorted.iter().enumerate() {
            // The larger this value, the fewer others keep the average below the limit.
            while end > place && f64::midpoint(one, self.sorted[end - 1]).total_cmp(&limit).is_gt()
            {
                end -= 1;
            }
            if end <= place {
                break;
            }
            count += end - place;
        }
        count
    }
}

const SIGN: u64 = 1 << 63;

/// The place of a number among all that exist, in the order of `total_cmp`.
const fn order(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The number at this place.
const fn value(order: u64) -> f64 {
    f64::from_bits(if order & SIGN == 0 { !order } else { order & !SIGN })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::Coverage;
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    fn estimate(values: &[f64]) -> HodgesLehmann {
        let log_ratios: Vec<LogRatio> = values.iter().copied().map(LogRatio).collect();
        HodgesLehmann::new(&log_ratios, Confidence::NINETY_FIVE).expect("there are values")
    }

    #[test]
    fn matches_hollander_and_wolfe_on_their_depression_data() {
        // Hollander and Wolfe, "Nonparametric Statistical Methods", 1973, examples 3.1 to 3.4 (the
        // data of `wilcox.test` in R's manual): Hamilton scores before and after a tranquilliser.
        let before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30];
        #[expect(clippy::approx_constant, reason = "3.14 is a score")]
        let after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
        let differences: Vec<f64> = before.iter().zip(after).map(|(b, a)| b - a).collect();
        let found = estimate(&differences);
        let interval = found.interval.expect("nine values are enough");
        assert!((found.estimate.0 - 0.46).abs() < 1e-12);
        assert!((interval.low.0 - 0.010).abs() < 1e-12);
        assert!((interval.high.0 - 0.786).abs() < 1e-12);
    }

    #[test]
    fn five_values_are_too_few_for_an_interval_at_95_percent() {
        assert_eq!(HodgesLehmann::new(&[], Confidence::NINETY_FIVE), None);
        assert_eq!(estimate(&[1.0]).estimate, LogRatio(1.0));
        assert_eq!(estimate(&[1.0, 2.0, 3.0, 4.0, 5.0]).interval, None);
        let six = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).interval.expect("six are enough");
        assert_eq!((six.low, six.high), (LogRatio(1.0), LogRatio(6.0)));
    }

    #[test]
    fn the_interval_covers_the_truth_at_its_confidence() {
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(u64::try_from(blocks).expect("is small") + 100);
            let covered = Coverage::count(1500, |truth| {
                let log_ratios = NoisyMachine::pair(&mut random, blocks, truth);
                HodgesLehmann::new(&log_ratios, Confidence::NINETY_FIVE)?.interval
            });
            covered.assert_between(0.935, 0.975, &format!("{blocks} blocks"));
        }
    }

    proptest! {
        #[test]
        fn averages_are_those_of_all_pairs_in_order(
            values in prop::collection::vec(prop_oneof![-1e3..1e3, Just(0.5), Just(-0.5)], 1..40),
        ) {
            let averages = WalshAverages::new(&values.iter().copied().map(LogRatio).collect::<Vec<_>>());
            let pairs = values.iter().enumerate().flat_map(|(place, one)| {
                values[place..].iter().map(|other| f64::midpoint(*one, *other))
            });
            let mut expected: Vec<f64> = pairs.collect();
            expected.sort_by(f64::total_cmp);
            let found: Vec<f64> = (0..averages.count()).map(|place| averages.at(place)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn one_outlier_leaves_the_estimate_within_the_other_values(
            mut values in prop::collection::vec(-1.0..1.0, 7..30), wild in 10.0..1e6,
        ) {
            values.push(wild);
            let found = estimate(&values);
            prop_assert!(found.estimate.0 <= 1.0);
            let interval = found.interval.expect("eight are enough");
            prop_assert!(interval.contains(found.estimate));
        }

        #[test]
        fn the_estimate_shifts_with_the_data(
            values in prop::collection::vec(-1.0..1.0, 1..30), shift in -5.0_f64..5.0,
        ) {
            let shifted: Vec<f64> = values.iter().map(|value| value + shift).collect();
            let moved = estimate(&shifted).estimate.0 - estimate(&values).estimate.0;
            prop_assert!((moved - shift).abs() < 1e-12);
        }
    }
}
