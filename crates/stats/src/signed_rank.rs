//! The distribution of Wilcoxon's signed-rank statistic if there is no effect.
//!
//! The statistic is the sum of the ranks 1 … n, each included with probability one half (Wilcoxon,
//! "Individual comparisons by ranking methods", Biometrics 1, 1945). Up to [`EXACT_UP_TO`] ranks
//! the distribution is exact. Beyond that it is the normal approximation with a continuity
//! correction, which is a few ranks in a few thousand too low there: the interval is too wide, not
//! too narrow.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::quantity::count;

/// The largest number of ranks for which the distribution is exact.
pub const EXACT_UP_TO: usize = 100;

/// The largest value v with P(statistic ≤ v) ≤ `tail`, the critical value of the tables. None if
/// even P(statistic = 0) exceeds `tail`.
pub fn critical_value(ranks: usize, tail: f64) -> Option<usize> {
    if ranks <= EXACT_UP_TO { exact(ranks, tail) } else { approximate(ranks, tail) }
}

fn exact(ranks: usize, tail: f64) -> Option<usize> {
    let mut at_most = 0.0;
    let likely = probabilities(ranks).into_iter().position(|probability| {
        at_most += probability;
        at_most > tail
    });
    likely?.checked_sub(1)
}

/// The probability of each sum from 0 on.
fn probabilities(ranks: usize) -> Vec<f64> {
    let mut sums = vec![0.0; ranks * (ranks + 1) / 2 + 1];
    sums[0] = 1.0;
    for rank in 1..=ranks {
        // Downwards, so that no rank counts twice.
        for sum in (0..sums.len()).rev() {
            let counted = if sum >= rank { sums[sum - rank] } else { 0.0 };
            sums[sum] = (sums[sum] + counted) / 2.0;
        }
    }
    sums
}

fn approximate(ranks: usize, tail: f64) -> Option<usize> {
    let n = count(ranks);
    let mean = n * (n + 1.0) / 4.0;
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0;
    let critical = mean + Normal::standard().inverse_cdf(tail) * variance.sqrt() - 0.5;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked not to be negative, and at most the mean"
    )]
    (critical >= 0.0).then(|| critical.floor() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_the_published_critical_values() {
        // McCornack, "Extended tables of the Wilcoxon matched pair signed rank statistic", JASA 60,
        // 1965: two-sided 5%.
        let table = [
            (6, 0),
            (7, 2),
            (8, 3),
            (9, 5),
            (10, 8),
            (11, 10),
            (12, 13),
            (15, 25),
            (20, 52),
            (25, 89),
            (30, 137),
            (40, 264),
            (50, 434),
        ];
        for (ranks, critical) in table {
            assert_eq!(critical_value(ranks, 0.025), Some(critical), "{ranks} ranks");
        }
        for too_few in 0..6 {
            assert_eq!(critical_value(too_few, 0.025), None);
        }
    }

    #[test]
    fn the_approximation_errs_little_and_on_the_wide_side() {
        for ranks in [50, 75, EXACT_UP_TO] {
            for tail in [0.025, 0.005] {
                let exact = exact(ranks, tail).expect("enough ranks");
                let approximate = approximate(ranks, tail).expect("enough ranks");
                assert!(approximate <= exact, "{ranks}: {exact} {approximate}");
                assert!(exact - approximate <= 5, "{ranks}: {exact} {approximate}");
            }
        }
    }

    proptest! {
        #[test]
        fn the_probabilities_are_symmetric_and_sum_to_one(ranks in 0_usize..60) {
            let probabilities = probabilities(ranks);
            prop_assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (low, high) in probabilities.iter().zip(probabilities.iter().rev()) {
                prop_assert!((low - high).abs() < 1e-15);
            }
        }
    }
}
