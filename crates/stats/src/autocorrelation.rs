//! Autocorrelation: whether a value depends on the one before it.
//!
//! The lag-1 correlation, compared with that of independent values: mean −1/n and variance (n − 2)²
//! / (n² (n − 1)) (Moran, "Some theorems on time series. II", Biometrika 35, 1948), assumed normal.
//! If log-ratios are autocorrelated, their interval is too narrow. With ten blocks it finds only a
//! strong autocorrelation.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::describe;
use crate::quantity::{Probability, count};

/// The correlation of each value with the one before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Autocorrelation {
    /// The lag-1 correlation, from −1 to 1.
    pub correlation: f64,
    /// The p-value of the correlation if values are independent.
    pub probability: Probability,
}

impl Autocorrelation {
    /// The autocorrelation of values in order of time. None below four values, and if all are
    /// equal.
    pub fn new(values: &[f64]) -> Option<Self> {
        if values.len() < 4 {
            return None;
        }
        let mean = describe::mean(values)?;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let products: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
        if squares <= 0.0 {
            return None;
        }
        let correlation = products / squares;
        let n = count(values.len());
        let deviation = (n - 2.0) / (n * (n - 1.0).sqrt());
        let far = (correlation + 1.0 / n).abs() / deviation;
        let probability = Probability(2.0 * Normal::standard().sf(far));
        Some(Self { correlation, probability })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::LogRatio;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    #[test]
    fn matches_r_on_the_luteinizing_hormone_data() {
        // Diggle, "Time Series: A Biostatistical Introduction", 1990; `acf(lh)` in R: 0.576.
        let lh = [
            2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2, 2.7,
            2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3.0, 2.3, 2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3, 2.6, 2.4,
            1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3.0, 2.9,
        ];
        let found = Autocorrelation::new(&lh).expect("they differ");
        assert!((found.correlation - 0.576).abs() < 5e-4);
        assert!(found.probability.value() < 1e-3);
    }

    #[test]
    fn too_few_or_equal_values_have_no_autocorrelation() {
        assert_eq!(Autocorrelation::new(&[1.0, 2.0, 3.0]), None);
        assert_eq!(Autocorrelation::new(&[0.5; 20]), None);
    }

    #[test]
    fn raises_few_alarms_on_random_blocks() {
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(600 + blocks as u64);
            let mut alarms = Coverage::default();
            for _ in 0..repetitions(2000) {
                let log_ratios = NoisyMachine::pair(&mut random, blocks, LogRatio(0.05));
                let values: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio.ln()).collect();
                let found = Autocorrelation::new(&values).expect("enough blocks");
                alarms.add(found.probability.value() <= 0.01);
            }
            alarms.assert_between(0.0, 0.015, &format!("no autocorrelation, {blocks} blocks"));
        }
    }

    #[test]
    fn finds_an_autocorrelation_of_0_9_in_forty_blocks() {
        let mut random = NoisyMachine::random(610);
        let mut found = Coverage::default();
        for _ in 0..repetitions(1000) {
            let mut last = 0.0;
            let values: Vec<f64> = (0..40)
                .map(|_| {
                    last = 0.9 * last + random.normal();
                    last
                })
                .collect();
            found.add(Autocorrelation::new(&values).expect("enough").probability.value() <= 0.01);
        }
        found.assert_between(0.9, 1.0, "an autocorrelation of 0.9");
    }

    proptest! {
        #[test]
        fn ignores_the_unit_and_the_direction(
            values in prop::collection::vec(-1.0..1.0, 4..40), scale in 0.1..10.0, shift in -5.0..5.0,
        ) {
            let there = Autocorrelation::new(&values).expect("they differ");
            let other: Vec<f64> = values.iter().rev().map(|value| value * scale + shift).collect();
            let back = Autocorrelation::new(&other).expect("they differ");
            prop_assert!((there.correlation - back.correlation).abs() < 1e-9);
            prop_assert!(there.correlation.abs() <= 1.0);
        }
    }
}
