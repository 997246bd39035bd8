//! The ranks of values.

use crate::quantity::count;

/// The rank of each value, from 1 on. Equal values share the mean of their ranks.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
    let mut ranks = vec![0.0; values.len()];
    let mut rank = 0;
    for tied in order.chunk_by(|&one, &other| values[one] == values[other]) {
        for &index in tied {
            ranks[index] = count(2 * rank + tied.len() + 1) / 2.0;
        }
        rank += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tied_values_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(ranks(&[]), [0.0; 0]);
    }

    proptest! {
        #[test]
        fn the_sum_of_the_ranks_does_not_depend_on_ties(
            values in prop::collection::vec(0_u8..10, 0..40),
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let n = count(values.len());
            prop_assert_eq!(ranks(&values).iter().sum::<f64>(), n * (n + 1.0) / 2.0);
        }
    }
}
