//! The interval of a median by order statistics: between the k-th smallest and the k-th largest value.
//!
//! It assumes nothing but independent values of one continuous distribution: the number of values below the
//! median is binomial with one half (David and Nagaraja, "Order Statistics", 3rd edition, 2003, section 7.1).
//! It covers the median at least as often as it says.

use crate::quantity::{Confidence, count};

/// The ends of an interval of a median, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MedianInterval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl MedianInterval {
    /// The shortest interval of this confidence between values of the sample. Nothing where even the least
    /// and the largest value do not reach it: at 95%, below six values.
    pub fn new(values: &[f64], confidence: Confidence) -> Option<Self> {
        let beyond = values_beyond(values.len(), confidence.risk() / 2.0)?;
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self { low: *sorted.get(beyond)?, high: *sorted.get(values.len() - 1 - beyond)? })
    }
}

/// How many of `values` values may lie beyond each end, so that the median does with a probability of at most
/// `tail` at each.
fn values_beyond(values: usize, tail: f64) -> Option<usize> {
    let mut at_most = 0.0;
    // In logarithms, because one half to the power of a few thousand is no number any more.
    let mut term = -count(values) * std::f64::consts::LN_2;
    let mut beyond = 0;
    loop {
        at_most += term.exp();
        if at_most > tail || 2 * beyond >= values {
            return usize::checked_sub(beyond, 1);
        }
        beyond += 1;
        term += (count(values - beyond + 1) / count(beyond)).ln();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    fn interval(values: &[f64]) -> Option<MedianInterval> {
        MedianInterval::new(values, Confidence::NINETY_FIVE)
    }

    #[test]
    fn has_the_tabulated_order_statistics() {
        // The 95% intervals of the sign test: the 2nd and 9th of 10 values, the 6th and 15th of 20, the 18th
        // and 33rd of 50.
        for (values, low, high) in [(6, 1, 6), (10, 2, 9), (20, 6, 15), (50, 18, 33)] {
            let sample: Vec<f64> = (1..=values).map(f64::from).collect();
            let ends = MedianInterval { low: f64::from(low), high: f64::from(high) };
            assert_eq!(interval(&sample), Some(ends), "{values} values");
        }
    }

    #[test]
    fn fewer_than_six_values_have_no_interval() {
        assert_eq!(interval(&[]), None);
        assert_eq!(interval(&[1.0, 2.0, 3.0, 4.0, 5.0]), None);
    }

    #[test]
    fn covers_the_median_of_a_skewed_distribution_at_its_confidence() {
        for values in [12, 50] {
            let mut random = NoisyMachine::random(900 + values as u64);
            let mut covered = Coverage::default();
            for _ in 0..repetitions(1500) {
                // Log-normal around a median of 1.
                let sample: Vec<f64> = (0..values).map(|_| random.normal().exp()).collect();
                let MedianInterval { low, high } = interval(&sample).expect("has an interval");
                covered.add((low..=high).contains(&1.0));
            }
            covered.assert_between(0.95, 0.985, &format!("a median, {values} values"));
        }
    }

    proptest! {
        #[test]
        fn holds_the_middle_of_the_sample(
            values in prop::collection::vec(0.0..1e3_f64, 6..3000),
        ) {
            let MedianInterval { low, high } = interval(&values).expect("has an interval");
            let mut sorted = values;
            sorted.sort_by(f64::total_cmp);
            let middle = crate::describe::quantile(&sorted, 0.5).expect("has a median");
            prop_assert!(low <= middle && middle <= high);
        }
    }
}
