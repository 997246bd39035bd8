//! The summary of one sample, as `pandas.DataFrame.describe` gives it.
//!
//! The deviation is the sample standard deviation, with n − 1 in the denominator. Quartiles
//! interpolate linearly between the values around position (n − 1) q, method 7 of Hyndman and Fan
//! (1996). No outlier is removed.

use crate::quantity::count;

/// The summary of a sample, in the unit of its values. Undefined figures are none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// The number of values.
    pub count: usize,
    /// The arithmetic mean; none without values, like the rest.
    pub mean: Option<f64>,
    /// The sample standard deviation; none below two values.
    pub deviation: Option<f64>,
    /// The minimum.
    pub min: Option<f64>,
    /// The first quartile.
    pub lower_quartile: Option<f64>,
    /// The median.
    pub median: Option<f64>,
    /// The third quartile.
    pub upper_quartile: Option<f64>,
    /// The maximum.
    pub max: Option<f64>,
}

/// Summarises `values`. Like pandas, it ignores NaN.
pub fn describe(values: &[f64]) -> Summary {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let mean = mean(&sorted);
    Summary {
        count: sorted.len(),
        mean,
        deviation: mean.and_then(|mean| deviation(&sorted, mean)),
        min: sorted.first().copied(),
        lower_quartile: quantile(&sorted, 0.25),
        median: quantile(&sorted, 0.5),
        upper_quartile: quantile(&sorted, 0.75),
        max: sorted.last().copied(),
    }
}

/// The arithmetic mean, corrected once by the mean of the residuals, so that a large offset costs
/// no digits.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let n = count(values.len());
    let rough = values.iter().sum::<f64>() / n;
    Some(rough + values.iter().map(|value| value - rough).sum::<f64>() / n)
}

/// The sample standard deviation around their `mean`.
pub(crate) fn deviation(values: &[f64], mean: f64) -> Option<f64> {
    let freedom = values.len().checked_sub(1).filter(|&freedom| freedom > 0)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / count(freedom)).sqrt())
}

/// The quantile of the sorted values at `probability`, from 0 to 1. None without values.
pub fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let place = count(sorted.len().checked_sub(1)?) * probability;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and at most the index of the last value"
    )]
    let below = place.floor() as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    Some(low + (high - low) * (place - place.floor()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// Computed by pandas, with `describe.py` in the same folder.
    const PANDAS: &str = include_str!("../testdata/describe.json");

    fn rows(summary: &Summary) -> [(&'static str, Option<f64>); 8] {
        [
            ("count", Some(count(summary.count))),
            ("mean", summary.mean),
            ("std", summary.deviation),
            ("min", summary.min),
            ("25%", summary.lower_quartile),
            ("50%", summary.median),
            ("75%", summary.upper_quartile),
            ("max", summary.max),
        ]
    }

    #[test]
    fn matches_pandas() {
        let data: Value = serde_json::from_str(PANDAS).expect("is JSON");
        let samples = data["samples"].as_array().expect("is a list");
        assert!(samples.len() >= 10);
        for sample in samples {
            let values: Vec<f64> = sample["values"]
                .as_array()
                .expect("is a list")
                .iter()
                .map(|value| value.as_f64().expect("is a number"))
                .collect();
            // Either sum can be off by the last digit of the largest value.
            let rounding = f64::EPSILON * values.iter().copied().fold(0.0, f64::max);
            for (row, ours) in rows(&describe(&values)) {
                let theirs = sample["describe"][row].as_f64();
                let close = match (ours, theirs) {
                    (Some(ours), Some(theirs)) => {
                        (ours - theirs).abs() <= 1e-12 * theirs.abs() + rounding
                    }
                    (ours, theirs) => ours == theirs,
                };
                assert!(close, "{} of {}: {ours:?}, pandas {theirs:?}", row, sample["name"]);
            }
        }
    }

    #[test]
    fn undefined_figures_are_none() {
        assert_eq!(describe(&[]), Summary::default());
        assert_eq!(describe(&[f64::NAN]), Summary::default());
        let one = describe(&[0.5]);
        assert_eq!((one.deviation, one.median, one.max), (None, Some(0.5), Some(0.5)));
    }

    proptest! {
        #[test]
        fn figures_are_ordered_and_scale_with_the_unit(
            values in prop::collection::vec(1e-6..1e3, 2..60),
        ) {
            let summary = describe(&values);
            let order = [summary.min, summary.lower_quartile, summary.median,
                summary.upper_quartile, summary.max];
            prop_assert!(order.is_sorted());
            prop_assert!(summary.min <= summary.mean && summary.mean <= summary.max);
            let millis: Vec<f64> = values.iter().map(|value| value * 1024.0).collect();
            for ((name, before), (_, after)) in
                rows(&summary).into_iter().zip(rows(&describe(&millis))).skip(1)
            {
                prop_assert_eq!(before.map(|value| value * 1024.0), after, "{}", name);
            }
        }
    }
}
