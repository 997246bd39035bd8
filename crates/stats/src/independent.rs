//! Compares two samples that share nothing: the times of an arm in two runs.
//!
//! The samples are logarithms of times in the order of their blocks. Neighbouring blocks resemble each
//! other, because a machine drifts; so each sample is cut into about √n stretches, and the means of the
//! stretches are the values (non-overlapping batch means: Law and Kelton, "Simulation Modeling and
//! Analysis", 1982). The difference of the two means has Welch's t-interval (Welch, "The generalization of
//! Student's problem when several different population variances are involved", Biometrika 34, 1947).
//!
//! What differs from one run to the next, and does not vary within a run, is in neither sample: no interval
//! can contain it.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::describe;
use crate::quantity::{Confidence, HalfWidth, Interval, LogRatio, Seconds, count};

/// The ratio of the times of two independent runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndependentRatio {
    difference: f64,
    error: Option<StandardError>,
}

/// A standard error with its degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
struct StandardError {
    error: f64,
    freedom: f64,
}

impl IndependentRatio {
    /// The times of `new` over those of `old`, each in the order of their blocks. None if one is empty.
    pub fn new(old: &[Seconds], new: &[Seconds]) -> Option<Self> {
        let (old, new) = (StretchedMean::new(old)?, StretchedMean::new(new)?);
        Some(Self {
            difference: new.mean - old.mean,
            error: old.variance.zip(new.variance).map(|(old, new)| welch(old, new)),
        })
    }

    /// The ratio of the geometric means.
    pub const fn mean(&self) -> LogRatio {
        LogRatio(self.difference)
    }

    /// The interval of the ratio; none if a sample has fewer than two values.
    pub fn interval(&self, confidence: Confidence) -> Option<Interval> {
        let StandardError { error, freedom } = self.error?;
        let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
        let half_width = student.inverse_cdf(1.0 - confidence.risk() / 2.0) * error;
        Some(Interval::around(self.mean(), HalfWidth(half_width)))
    }
}

/// The variance of a mean with its degrees of freedom.
#[derive(Clone, Copy, Debug)]
struct MeanVariance {
    variance: f64,
    freedom: f64,
}

/// Adds the variances of two means (Welch; the degrees of freedom by Satterthwaite).
fn welch(old: MeanVariance, new: MeanVariance) -> StandardError {
    let sum = old.variance + new.variance;
    let part = |of: MeanVariance| of.variance.powi(2) / of.freedom;
    let freedom = sum.powi(2) / (part(old) + part(new));
    // Two samples without any spread have no spread of their difference.
    let freedom = if freedom.is_finite() { freedom } else { old.freedom + new.freedom };
    StandardError { error: sum.sqrt(), freedom }
}

/// The mean of a sample's logarithms, and its variance by the means of stretches.
struct StretchedMean {
    mean: f64,
    /// None below two values.
    variance: Option<MeanVariance>,
}

impl StretchedMean {
    fn new(times: &[Seconds]) -> Option<Self> {
        let logarithms: Vec<f64> = times.iter().map(|time| time.value().ln()).collect();
        let mean = describe::mean(&logarithms)?;
        let means: Vec<f64> = stretches(&logarithms).filter_map(describe::mean).collect();
        let centre = describe::mean(&means)?;
        let variance = describe::deviation(&means, centre).map(|spread| MeanVariance {
            variance: spread.powi(2) / count(means.len()),
            freedom: count(means.len() - 1),
        });
        Some(Self { mean, variance })
    }
}

/// The least number of stretches, where there are as many values: two leave almost no degree of freedom.
const LEAST_STRETCHES: f64 = 3.0;

/// About √n stretches of nearly equal length.
fn stretches(values: &[f64]) -> impl Iterator<Item = &[f64]> {
    let parts = (values.len() as f64).sqrt().round().max(LEAST_STRETCHES) as usize;
    let parts = parts.min(values.len().max(1));
    let end = move |part: usize| part * values.len() / parts;
    (0..parts).map(move |part| &values[end(part)..end(part + 1)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use crate::simulation::random::Random;
    use proptest::prelude::*;

    fn seconds(logarithms: &[f64]) -> Vec<Seconds> {
        let time = |logarithm: &f64| Seconds::new(logarithm.exp()).expect("is positive");
        logarithms.iter().map(time).collect()
    }

    fn ratio(old: &[f64], new: &[f64]) -> IndependentRatio {
        IndependentRatio::new(&seconds(old), &seconds(new)).expect("there are values")
    }

    fn interval(old: &[f64], new: &[f64]) -> Interval {
        ratio(old, new).interval(Confidence::NINETY_FIVE).expect("there are two values")
    }

    #[test]
    fn matches_welchs_interval_on_students_sleep_data() {
        // Each value four times gives stretches whose means are the values of two each. By R: t.test of the
        // ten values of each group, `t.test(extra ~ group, data = sleep)`: t = -1.8608, df = 17.776,
        // 95% interval [-3.3654832, 0.2054832].
        let drug = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        // A hundred values in ten equal stretches.
        let ten =
            |values: [f64; 10]| values.iter().flat_map(|&value| [value; 10]).collect::<Vec<_>>();
        let found = interval(&ten(other), &ten(drug));
        assert!((found.low.0 - -3.365_483_2).abs() < 1e-6, "{found:?}");
        assert!((found.high.0 - 0.205_483_2).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_sample_of_one_has_a_ratio_and_no_interval() {
        let one = ratio(&[0.0], &[0.1, 0.2]);
        assert!((one.mean().0 - 0.15).abs() < 1e-12);
        assert_eq!(one.interval(Confidence::NINETY_FIVE), None);
        assert_eq!(IndependentRatio::new(&[], &seconds(&[1.0])), None);
        let same = interval(&[0.5; 9], &[0.5; 9]);
        assert!((same.low.0.abs(), same.high.0.abs()) < (1e-12, 1e-12));
    }

    #[test]
    fn the_interval_covers_the_truth_where_blocks_are_independent() {
        for blocks in [10, 20, 40] {
            let mut random = Random::new(blocks as u64 + 40);
            let sample = |random: &mut Random, truth: f64| {
                let values: Vec<f64> =
                    (0..blocks).map(|_| truth + 0.05 * random.normal()).collect();
                seconds(&values)
            };
            let covered = Coverage::count(1500, |truth| {
                let (old, new) = (sample(&mut random, 0.0), sample(&mut random, truth.0));
                IndependentRatio::new(&old, &new)?.interval(Confidence::NINETY_FIVE)
            });
            covered.assert_between(0.94, 0.985, &format!("{blocks} independent blocks"));
        }
    }

    /// How often one of three arms of two runs is slower than 5% for sure, when all of them truly differ
    /// by `truth`.
    fn alarms(blocks: usize, truth: f64) -> Coverage {
        let mut random = NoisyMachine::random(700 + blocks as u64);
        let mut alarms = Coverage::default();
        for _ in 0..repetitions(500) {
            let old = NoisyMachine::run(&mut random, blocks, &[0.0; 3]);
            let new = NoisyMachine::run(&mut random, blocks, &[truth; 3]);
            let is_slower = |arm: usize| {
                let of = |run: &[Vec<f64>]| run.iter().map(|block| block[arm]).collect::<Vec<_>>();
                let ratio = ratio(&of(&old), &of(&new));
                let surely = ratio.interval(Confidence::NINETY_FIVE.shared_by(3));
                surely.expect("enough blocks").low.0 > 1.05_f64.ln()
            };
            alarms.add((0..3).any(is_slower));
        }
        alarms
    }

    #[test]
    fn two_runs_on_a_drifting_machine_rarely_differ_for_sure() {
        for blocks in [10, 20, 40] {
            alarms(blocks, 0.0).assert_between(0.0, 0.05, &format!("{blocks} blocks"));
        }
    }

    proptest! {
        #[test]
        fn swapping_the_runs_mirrors_the_interval(
            old in prop::collection::vec(-3.0..3.0, 2..40),
            new in prop::collection::vec(-3.0..3.0, 2..40),
        ) {
            let (there, back) = (interval(&old, &new), interval(&new, &old));
            prop_assert!((there.low.0 + back.high.0).abs() < 1e-9);
            prop_assert!((there.high.0 + back.low.0).abs() < 1e-9);
            prop_assert!(there.low <= there.high);
        }
    }
}
