//! The group effect: whether values of one group are more alike than values of different groups.
//!
//! One-way analysis of variance (Fisher, "Statistical Methods for Research Workers", 1925). The
//! size is the variance component of the groups. The p-value comes from the same analysis of the
//! ranks (Conover and Iman, "Rank transformations as a bridge between parametric and nonparametric
//! statistics", The American Statistician 35, 1981). On the values themselves, a few stalls in
//! small groups would make it far too small.
//!
//! The groups are driver processes (process effect) or the arm before (carry-over). The values are
//! relative to their block's level. Assumes that values within a group are independent.

use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::describe;
use crate::quantity::{Probability, count};
use crate::ranks::ranks;

/// The effect of groups on values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Groups {
    /// The p-value of the difference between groups if there is no group effect.
    pub probability: Probability,
    /// The standard deviation that the groups add, in the unit of the values. Zero if their means
    /// differ no more than by chance.
    pub between: f64,
    /// The standard deviation within a group.
    pub within: f64,
}

impl Groups {
    /// Compares groups of values. None below two groups with values, without a group of two values,
    /// and if no value differs from the others of its group.
    pub fn new(groups: &[Vec<f64>]) -> Option<Self> {
        let of_values = MeanSquares::new(groups)?;
        let mut ranks = ranks(&groups.concat()).into_iter();
        let ranked: Vec<Vec<f64>> =
            groups.iter().map(|group| ranks.by_ref().take(group.len()).collect()).collect();
        let added = (of_values.between - of_values.within).max(0.0) / of_values.typical_size;
        Some(Self {
            probability: MeanSquares::new(&ranked)?.probability(),
            between: added.sqrt(),
            within: of_values.within.sqrt(),
        })
    }
}

/// The table of an analysis of variance.
struct MeanSquares {
    between: f64,
    between_freedom: usize,
    /// Above zero.
    within: f64,
    within_freedom: usize,
    /// The effective group size, for the variance component.
    typical_size: f64,
}

impl MeanSquares {
    fn new(groups: &[Vec<f64>]) -> Option<Self> {
        let groups: Vec<&Vec<f64>> = groups.iter().filter(|group| !group.is_empty()).collect();
        let all: Vec<f64> = groups.iter().flat_map(|group| group.iter().copied()).collect();
        let grand_mean = describe::mean(&all)?;
        let between_freedom = groups.len().checked_sub(1).filter(|&freedom| freedom > 0)?;
        let within_freedom = all.len().checked_sub(groups.len()).filter(|&freedom| freedom > 0)?;
        let (mut between, mut within, mut squared_sizes) = (0.0, 0.0, 0.0);
        for group in groups {
            let mean = describe::mean(group)?;
            let size = count(group.len());
            between += size * (mean - grand_mean).powi(2);
            within += group.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
            squared_sizes += size * size;
        }
        let n = count(all.len());
        (within > 0.0).then(|| Self {
            between: between / count(between_freedom),
            between_freedom,
            within: within / count(within_freedom),
            within_freedom,
            typical_size: (n - squared_sizes / n) / count(between_freedom),
        })
    }

    fn probability(&self) -> Probability {
        let fisher = FisherSnedecor::new(count(self.between_freedom), count(self.within_freedom))
            .expect("there are degrees of freedom on both sides");
        Probability(fisher.sf(self.between / self.within).clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    #[test]
    fn matches_montgomerys_variance_components_of_four_looms() {
        // Montgomery, "Design and Analysis of Experiments", the strength of fabric from four looms:
        // the looms add 6.96 to a variance of 1.90; F = 15.68.
        let looms = [[98, 97, 99, 96], [91, 90, 93, 92], [96, 95, 97, 95], [95, 96, 99, 98]];
        let looms = looms.map(|loom| loom.map(f64::from).to_vec());
        let found = Groups::new(&looms).expect("they differ");
        assert!((found.between.powi(2) - 6.96).abs() < 0.005);
        assert!((found.within.powi(2) - 1.90).abs() < 0.005);
        // scipy.stats.f_oneway 1.17.
        let of_values = MeanSquares::new(&looms).expect("they differ").probability();
        assert!((of_values.value() - 0.000_187_791_981).abs() < 1e-10);
    }

    #[test]
    fn matches_r_on_the_plant_growth_data() {
        // Dobson, "An Introduction to Statistical Modelling", 1983: `anova(lm(weight ~ group, data
        // = PlantGrowth))` in R gives 0.01591; `kruskal.test` gives H = 7.9882, which as an F of
        // the ranks is (H / 2) / ((29 − H) / 27) = 5.1324, with a probability of 0.012908.
        let plants = [
            vec![4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
            vec![4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
            vec![6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
        ];
        let of_values = MeanSquares::new(&plants).expect("they differ").probability();
        assert!((of_values.value() - 0.01591).abs() < 5e-6);
        let found = Groups::new(&plants).expect("they differ");
        assert!((found.probability.value() - 0.012_908).abs() < 5e-6);
    }

    #[test]
    fn without_two_groups_and_a_spread_there_is_no_result() {
        assert_eq!(Groups::new(&[]), None);
        assert_eq!(Groups::new(&[vec![1.0, 2.0], vec![]]), None);
        assert_eq!(Groups::new(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(Groups::new(&[vec![1.0, 1.0], vec![2.0, 2.0]]), None);
    }

    /// One arm's values by process, four blocks each, relative to the block's level.
    fn processes(log_ratios: &[f64]) -> Vec<Vec<f64>> {
        log_ratios.chunks(4).map(<[f64]>::to_vec).collect()
    }

    #[test]
    fn raises_few_alarms_without_a_process_effect() {
        let mut random = NoisyMachine::random(701);
        let mut alarms = Coverage::default();
        for _ in 0..repetitions(2000) {
            let run = NoisyMachine::run(&mut random, 24, &[0.0; 3]);
            let values: Vec<f64> =
                run.iter().map(|block| block[0] - block.iter().sum::<f64>() / 3.0).collect();
            let found = Groups::new(&processes(&values)).expect("they differ");
            alarms.add(found.probability.value() <= 0.01);
        }
        alarms.assert_between(0.0, 0.015, "six processes");
    }

    #[test]
    fn finds_a_process_effect_with_its_size() {
        let mut random = NoisyMachine::random(702);
        let mut found = Coverage::default();
        let mut sizes = Vec::new();
        for _ in 0..repetitions(1000) {
            let groups: Vec<Vec<f64>> = (0..8)
                .map(|_| {
                    let process = 2.0 * random.normal();
                    (0..5).map(|_| process + random.normal()).collect()
                })
                .collect();
            let groups = Groups::new(&groups).expect("they differ");
            found.add(groups.probability.value() <= 0.01);
            sizes.push(groups.between.powi(2));
        }
        found.assert_between(0.9, 1.0, "processes that add twice the noise");
        let size = describe::mean(&sizes).expect("there are sizes");
        assert!((size - 4.0).abs() < 0.3, "{size}");
    }

    proptest! {
        #[test]
        fn ignores_a_shift_of_all_values(
            groups in prop::collection::vec(prop::collection::vec(-1.0..1.0, 2..6), 2..6),
            shift in -3.0..3.0,
        ) {
            let there = Groups::new(&groups).expect("they differ");
            let shifted: Vec<Vec<f64>> = groups
                .iter()
                .map(|group| group.iter().map(|value| value + shift).collect())
                .collect();
            let moved = Groups::new(&shifted).expect("they differ");
            prop_assert!((there.probability.0 - moved.probability.0).abs() < 1e-6);
            prop_assert!((there.within - moved.within).abs() < 1e-9);
        }
    }
}
