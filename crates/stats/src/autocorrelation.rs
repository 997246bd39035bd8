//! Autocorrelation: does a value say something about the one that comes after it?
//!
//! The correlation of neighbours, held against what a sequence without memory has by chance: on
//! average −1/n, with variance (n − 2)² / (n² (n − 1)) (Moran, "Some theorems on time series. II",
//! Biometrika 35, 1948), taken for normal. Where log-ratios do remember, their interval is too
//! narrow. With ten blocks only a strong memory is found.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::describe;
use crate::quantity::{Probability, count};

/// How much neighbours have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Autocorrelation {
    /// The correlation of neighbours, from −1 to 1.
    pub correlation: f64,
    /// How likely one so far off is where values do not depend on their neighbours.
    pub probability: Probability,
}

impl Autocorrelation {
    /// Looks for memory in values that stand in the order of time; nothing below four of them, or
    /// where all are the same.
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
    use crate::simulation::world::World;
    use proptest::prelude::*;

    #[test]
    fn the_luteinizing_hormone_has_the_autocorrelation_that_r_prints() {
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
    fn too_few_values_or_none_that_differ_say_nothing() {
        assert_eq!(Autocorrelation::new(&[1.0, 2.0, 3.0]), None);
        assert_eq!(Autocorrelation::new(&[0.5; 20]), None);
    }

    #[test]
    fn log_ratios_of_random_blocks_have_no_memory() {
        for blocks in [10, 20, 40] {
            let mut random = World::random(600 + blocks as u64);
            let mut alarms = Coverage::default();
            for _ in 0..repetitions(2000) {
                let log_ratios = World::pair(&mut random, blocks, LogRatio(0.05));
                let values: Vec<f64> = log_ratios.iter().map(|log_ratio| log_ratio.ln()).collect();
                let found = Autocorrelation::new(&values).expect("enough blocks");
                alarms.add(found.probability.value() <= 0.01);
            }
            alarms.assert_between(0.0, 0.015, &format!("no memory, {blocks} blocks"));
        }
    }

    #[test]
    fn a_memory_of_nine_tenths_is_found_in_forty_blocks() {
        let mut random = World::random(610);
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
        found.assert_between(0.9, 1.0, "a memory of 0.9");
    }

    proptest! {
        #[test]
        fn neither_the_unit_nor_the_direction_matters(
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
