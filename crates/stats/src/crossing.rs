//! Where two straight lines cross, with its interval (Fieller, "Some problems in interval
//! estimation", Journal of the Royal Statistical Society B 16, 1954).
//!
//! Each block gives the difference of the two lines, itself a line. The lines cross where the mean
//! difference is zero. The interval contains every position where the t-interval of the difference
//! contains zero, so it is not symmetric. It is finite only if the slopes certainly differ.
//!
//! Assumes that the blocks are independent and identically distributed, and that both lines hold
//! wherever they cross.

use crate::line::Line;
use crate::quantity::{Confidence, count};
use crate::student::SampleMean;

/// Where two lines cross.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// The position.
    pub at: f64,
    /// The lower end of the 95% interval.
    pub low: f64,
    /// The upper end of the 95% interval.
    pub high: f64,
}

impl Crossing {
    /// The crossing of two lines, from their difference in each block. None below two blocks, and
    /// if the slopes may be equal.
    pub fn from_differences(differences: &[Line]) -> Option<Self> {
        let part = |part: fn(&Line) -> f64| differences.iter().map(part).collect::<Vec<f64>>();
        let (intercepts, slopes) = (part(|line| line.intercept), part(|line| line.slope));
        let (intercept, slope) = (SampleMean::new(&intercepts)?, SampleMean::new(&slopes)?);
        let squared = |mean: &SampleMean| Some(mean.half_width(Confidence::NINETY_FIVE)?.powi(2));
        let joint = joint(&intercepts, &slopes, squared(&slope)?, &slope);
        // (intercept + slope x)² = t² Var(intercept + slope x), as a x² + 2 b x + c = 0.
        let a = slope.mean.powi(2) - squared(&slope)?;
        let b = intercept.mean * slope.mean - joint;
        let c = intercept.mean.powi(2) - squared(&intercept)?;
        if a <= 0.0 {
            return None;
        }
        let root = (b * b - a * c).max(0.0).sqrt();
        let at = -intercept.mean / slope.mean;
        Some(Self { at, low: (-b - root) / a, high: (-b + root) / a })
    }
}

/// t² times the covariance of the two means, from t² times the variance of the mean slope.
fn joint(intercepts: &[f64], slopes: &[f64], of_slope: f64, slope: &SampleMean) -> f64 {
    let n = count(slopes.len());
    let squares: f64 = slopes.iter().map(|value| (value - slope.mean).powi(2)).sum();
    if squares <= 0.0 {
        return 0.0;
    }
    let middle = intercepts.iter().sum::<f64>() / n;
    let products: f64 = intercepts
        .iter()
        .zip(slopes)
        .map(|(intercept, value)| (intercept - middle) * (value - slope.mean))
        .sum();
    of_slope * products / squares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    fn lines(parts: &[(f64, f64)]) -> Vec<Line> {
        parts.iter().map(|&(intercept, slope)| Line { intercept, slope }).collect()
    }

    #[test]
    fn lines_without_noise_cross_at_a_point() {
        let crossing = Crossing::from_differences(&lines(&[(-6.0, 2.0); 4])).expect("they cross");
        assert!(
            [crossing.at, crossing.low, crossing.high].iter().all(|at| (at - 3.0).abs() < 1e-9)
        );
    }

    #[test]
    fn lines_whose_slopes_may_be_equal_do_not_cross() {
        assert_eq!(
            Crossing::from_differences(&lines(&[(-6.0, 0.1), (-6.0, -0.2), (-6.0, 0.2)])),
            None
        );
        assert_eq!(Crossing::from_differences(&lines(&[(-6.0, 2.0)])), None);
        assert_eq!(Crossing::from_differences(&[]), None);
    }

    #[test]
    fn the_interval_covers_the_crossing_at_its_confidence() {
        // The difference is 20 at 0 and falls by 5 per step, with noise of 2 and 1.5.
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(1100 + blocks as u64);
            let mut covered = Coverage::default();
            for _ in 0..repetitions(1500) {
                let parts: Vec<(f64, f64)> = (0..blocks)
                    .map(|_| {
                        let shared = random.normal();
                        let own = [random.normal(), random.normal()];
                        (20.0 + shared + 2.0 * own[0], -5.0 - 0.5 * shared + 1.5 * own[1])
                    })
                    .collect();
                let crossing =
                    Crossing::from_differences(&lines(&parts)).expect("the slopes differ");
                covered.add(crossing.low <= 4.0 && 4.0 <= crossing.high);
            }
            covered.assert_between(0.935, 0.975, &format!("a crossing, {blocks} blocks"));
        }
    }

    proptest! {
        #[test]
        fn the_difference_at_both_ends_just_includes_zero(
            parts in prop::collection::vec((-30.0..-10.0, 1.0..9.0), 3..20),
        ) {
            let differences = lines(&parts);
            if let Some(crossing) = Crossing::from_differences(&differences) {
                prop_assert!(crossing.low <= crossing.at && crossing.at <= crossing.high);
                for end in [crossing.low, crossing.high] {
                    let there: Vec<f64> =
                        parts.iter().map(|(intercept, slope)| intercept + slope * end).collect();
                    let mean = SampleMean::new(&there).expect("there are blocks");
                    let half = mean.half_width(Confidence::NINETY_FIVE).expect("two or more");
                    prop_assert!((mean.mean.abs() - half).abs() < 1e-6 * (1.0 + half));
                }
            }
        }
    }
}
