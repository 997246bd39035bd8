//! Several tests at once: Holm's step-down procedure (Holm, "A simple sequentially rejective
//! multiple test procedure", Scandinavian Journal of Statistics 6, 1979).
//!
//! However the tests depend on each other, the probability of any false alarm is at most the level.

use crate::quantity::{Probability, count};

/// The adjusted probabilities, in the given order. Compare each with the level that all tests
/// together should have.
pub fn adjust(probabilities: &[Probability]) -> Vec<Probability> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&one, &other| probabilities[one].0.total_cmp(&probabilities[other].0));
    let mut adjusted = vec![Probability(1.0); probabilities.len()];
    let mut least = 0.0_f64;
    for (place, &index) in order.iter().enumerate() {
        let left = count(probabilities.len() - place);
        least = least.max((probabilities[index].0 * left).min(1.0));
        adjusted[index] = Probability(least);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::random::Random;
    use proptest::prelude::*;

    fn adjusted(probabilities: &[f64]) -> Vec<f64> {
        let probabilities: Vec<Probability> =
            probabilities.iter().copied().map(Probability).collect();
        adjust(&probabilities).into_iter().map(Probability::value).collect()
    }

    #[test]
    fn matches_p_adjust_of_r() {
        // `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")` in R: 0.03 0.06 0.06 0.02.
        let ours = adjusted(&[0.01, 0.04, 0.03, 0.005]);
        for (ours, theirs) in ours.into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((ours - theirs).abs() < 1e-15, "{ours} {theirs}");
        }
        assert_eq!(adjusted(&[]), [0.0; 0]);
    }

    #[test]
    fn all_tests_together_have_the_error_rate_of_one() {
        let mut random = Random::new(401);
        let mut alarms = Coverage::default();
        for _ in 0..repetitions(10_000) {
            let none_is_going_on: Vec<f64> = (0..20).map(|_| random.uniform()).collect();
            alarms.add(adjusted(&none_is_going_on).iter().any(|&probability| probability <= 0.01));
        }
        alarms.assert_between(0.007, 0.012, "any of twenty at 1%");
    }

    proptest! {
        #[test]
        fn keeps_the_order_and_applies_bonferroni_to_the_smallest(
            probabilities in prop::collection::vec(0.0..=1.0, 1..20),
        ) {
            let adjusted = adjusted(&probabilities);
            let n = probabilities.len() as f64;
            for (one, &before) in probabilities.iter().enumerate() {
                prop_assert!(adjusted[one] >= before);
                prop_assert!(adjusted[one] <= 1.0);
                for (other, &beside) in probabilities.iter().enumerate() {
                    prop_assert!(before > beside || adjusted[one] <= adjusted[other]);
                }
            }
            let least = probabilities.iter().copied().fold(1.0, f64::min);
            let adjusted_least = adjusted.iter().copied().fold(1.0, f64::min);
            prop_assert!((adjusted_least - (least * n).min(1.0)).abs() < 1e-12);
        }
    }
}
