//! The mean of independent values with Student's t (Student, "The probable error of a mean",
//! Biometrika 6, 1908).
//!
//! Assumes that the values are independent, identically distributed, and near normal or many.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::describe;
use crate::quantity::{Confidence, Probability, count};

/// A mean and its standard error, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleMean {
    /// The number of values, at least one.
    pub values: usize,
    /// Their mean.
    pub mean: f64,
    /// Its standard error; none below two values.
    pub(crate) standard_error: Option<f64>,
}

impl SampleMean {
    /// The mean of `values`. None without values.
    pub fn new(values: &[f64]) -> Option<Self> {
        let mean = describe::mean(values)?;
        let standard_error =
            describe::deviation(values, mean).map(|spread| spread / count(values.len()).sqrt());
        Some(Self { values: values.len(), mean, standard_error })
    }

    /// Half the width of the interval around the mean; none below two values.
    pub fn half_width(&self, confidence: Confidence) -> Option<f64> {
        let standard_error = self.standard_error?;
        Some(self.student().inverse_cdf(1.0 - confidence.risk() / 2.0) * standard_error)
    }

    /// The two-sided p-value of the t-test that the true mean is zero. None below two values, and
    /// if all values are zero.
    pub fn probability(&self) -> Option<Probability> {
        let far = self.mean.abs() / self.standard_error?;
        (!far.is_nan()).then(|| Probability(2.0 * self.student().sf(far)))
    }

    /// Call it only if there is a standard error.
    fn student(&self) -> StudentsT {
        StudentsT::new(0.0, 1.0, count(self.values.saturating_sub(1).max(1)))
            .expect("there is a degree of freedom")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matches_r_on_students_sleep_data() {
        // Student (1908); `t.test(extra ~ group, data = sleep, paired = TRUE)` in R's manual.
        let extra_hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let mean = SampleMean::new(&extra_hours).expect("there are values");
        let half_width = mean.half_width(Confidence::NINETY_FIVE).expect("there are two");
        assert!((mean.mean - 1.58).abs() < 1e-12);
        assert!((mean.mean - half_width - 0.700_114_2).abs() < 5e-8);
        assert!((mean.mean + half_width - 2.459_885_8).abs() < 5e-8);
        let probability = mean.probability().expect("there are two");
        assert!((probability.value() - 0.002_833).abs() < 5e-7);
    }

    #[test]
    fn matches_scipys_quantiles_of_t() {
        // scipy.stats.t.ppf 1.17: degrees of freedom, two-sided confidence, quantile.
        let table = [
            (1, 0.95, 12.706_204_736_174_694),
            (1, 0.999, 636.619_248_768_789_7),
            (2, 0.95, 4.302_652_729_749_462),
            (3, 0.9875, 5.391_949_071_934_058),
            (9, 0.9875, 3.110_934_823_179_475_6),
            (9, 0.999, 4.780_912_585_931_217),
            (49, 0.95, 2.009_575_237_129_239),
            (999, 0.999, 3.300_292_420_398_767),
        ];
        for (freedom, level, quantile) in table {
            let unit = SampleMean { values: freedom + 1, mean: 0.0, standard_error: Some(1.0) };
            let confidence = Confidence::new(level).expect("is between 0 and 1");
            let ours = unit.half_width(confidence).expect("has an error");
            assert!((ours - quantile).abs() < 1e-8 * quantile, "{freedom}, {level}: {ours}");
        }
    }

    #[test]
    fn one_value_has_a_mean_alone() {
        assert_eq!(SampleMean::new(&[]), None);
        let one = SampleMean::new(&[0.3]).expect("there is a value");
        assert_eq!(one.mean, 0.3);
        assert_eq!(one.half_width(Confidence::NINETY_FIVE), None);
        assert_eq!(one.probability(), None);
        assert_eq!(SampleMean::new(&[0.0; 5]).and_then(|zero| zero.probability()), None);
    }

    proptest! {
        #[test]
        fn the_interval_excludes_zero_exactly_if_zero_is_improbable(
            values in prop::collection::vec(-1.0..1.3, 2..30),
        ) {
            let mean = SampleMean::new(&values).expect("there are values");
            let half_width = mean.half_width(Confidence::NINETY_FIVE).expect("there are two");
            let probability = mean.probability().expect("they differ").value();
            prop_assume!((probability - 0.05).abs() > 1e-9);
            prop_assert_eq!(mean.mean.abs() > half_width, probability < 0.05);
        }
    }
}
