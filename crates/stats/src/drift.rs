//! Drift: whether a sequence rises or falls from beginning to end.
//!
//! Spearman's rank correlation with the position in the sequence (Spearman, "The proof and
//! measurement of association between two things", American Journal of Psychology 15, 1904). Its
//! p-value comes from Student's t with n − 2 degrees of freedom (Kendall, "Rank Correlation
//! Methods", 1948). Its size is the median of the last third minus the median of the first, which a
//! stall does not move.
//!
//! It is applied to log-ratios, in which drift that affects both arms alike has cancelled. With ten
//! blocks it finds only a large drift, so no alarm does not prove that there is none.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::describe::describe;
use crate::quantity::{Probability, count};
use crate::ranks::ranks;

/// How a sequence changes from beginning to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Spearman's correlation with the position, from −1 to 1.
    pub correlation: f64,
    /// The p-value of the correlation if there is no drift.
    pub probability: Probability,
    /// The median of the last third minus the median of the first, in the unit of the values.
    pub change: f64,
}

impl Drift {
    /// The drift of values in order of time. None below four values, and if all are equal.
    pub fn new(values: &[f64]) -> Option<Self> {
        let freedom = values.len().checked_sub(2).filter(|&freedom| freedom >= 2)?;
        let places: Vec<f64> = (0..values.len()).map(count).collect();
        let correlation = correlation(&ranks(values), &places)?;
        let freedom = count(freedom);
        let far = correlation.abs() * (freedom / (1.0 - correlation * correlation)).sqrt();
        let student = StudentsT::new(0.0, 1.0, freedom).expect("there are degrees of freedom");
        // Of all orders only the two perfect ones are this extreme, so no p-value is below theirs.
        // Student's t is unbounded and would give 0 for them.
        let perfect = 2.0 / (1..=values.len()).map(count).product::<f64>();
        let probability = if far.is_finite() { 2.0 * student.sf(far) } else { 0.0 };
        let probability = probability.max(perfect);
        let third = values.len() / 3;
        let last = describe(&values[values.len() - third..]).median?;
        let change = last - describe(&values[..third]).median?;
        Some(Self { correlation, probability: Probability(probability.min(1.0)), change })
    }
}

/// Pearson's correlation. None if either does not vary.
fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count(values.len());
    let (mean_one, mean_other) = (mean(one), mean(other));
    let (mut both, mut squares_one, mut squares_other) = (0.0, 0.0, 0.0);
    for (one, other) in one.iter().zip(other) {
        both += (one - mean_one) * (other - mean_other);
        squares_one += (one - mean_one).powi(2);
        squares_other += (other - mean_other).powi(2);
    }
    let spread = (squares_one * squares_other).sqrt();
    (spread > 0.0).then(|| (both / spread).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::LogRatio;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    #[test]
    fn a_perfect_order_of_few_values_is_not_certain() {
        let perfect = Drift::new(&[1.0, 2.0, 3.0, 4.0]).expect("four are enough");
        assert!((perfect.correlation - 1.0).abs() < 1e-12);
        assert!((perfect.probability.value() - 2.0 / 24.0).abs() < 1e-12);
    }

    #[test]
    fn matches_the_published_correlation_of_iq_and_television() {
        // The worked example of many courses (ten people, hours of television and IQ), in the order
        // of the hours: −29/165 with a probability of 0.627188.
        let by_hours = [86.0, 112.0, 106.0, 113.0, 110.0, 97.0, 100.0, 99.0, 103.0, 101.0];
        let drift = Drift::new(&by_hours).expect("ten values");
        assert!((drift.correlation + 29.0 / 165.0).abs() < 1e-12);
        assert!((drift.probability.value() - 0.627_188).abs() < 5e-7);
        assert!((drift.change - (101.0 - 106.0)).abs() < 1e-12);
    }

    #[test]
    fn too_few_or_equal_values_have_no_drift() {
        assert_eq!(Drift::new(&[1.0, 2.0, 3.0]), None);
        assert_eq!(Drift::new(&[1.0; 20]), None);
    }

    #[test]
    fn a_drift_that_both_arms_share_raises_no_alarm() {
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(500 + blocks as u64);
            let mut alarms = Coverage::default();
            for _ in 0..repetitions(2000) {
                let log_ratios = NoisyMachine::pair(&mut random, blocks, LogRatio(0.05));
                let values: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio.ln()).collect();
                let drift = Drift::new(&values).expect("enough blocks");
                alarms.add(drift.probability.value() <= 0.01);
            }
            alarms.assert_between(0.005, 0.015, &format!("no drift, {blocks} blocks"));
        }
    }

    #[test]
    fn finds_a_drift_of_four_deviations() {
        let mut random = NoisyMachine::random(510);
        let mut found = Coverage::default();
        for _ in 0..repetitions(1000) {
            let values: Vec<f64> =
                (0..20).map(|block| 0.2 * block as f64 + random.normal()).collect();
            found.add(Drift::new(&values).expect("enough").probability.value() <= 0.01);
        }
        found.assert_between(0.8, 1.0, "a drift of four deviations");
    }

    proptest! {
        #[test]
        fn the_reversed_sequence_drifts_the_other_way(
            values in prop::collection::vec(-1.0..1.0, 4..40),
        ) {
            let there = Drift::new(&values).expect("they differ");
            let backwards: Vec<f64> = values.iter().rev().copied().collect();
            let back = Drift::new(&backwards).expect("they differ");
            prop_assert!((there.correlation + back.correlation).abs() < 1e-12);
            prop_assert!((there.change + back.change).abs() < 1e-12);
            prop_assert!((there.probability.0 - back.probability.0).abs() < 1e-9);
        }
    }
}
