//! The quantities of the formulas, each a type with its invariant.
//!
//! Ratios are natural logarithms throughout. Logarithms add, their noise is symmetric, and swapping
//! the two arms only changes the sign.

use std::fmt;
use std::ops::Sub;

/// A measured time in seconds: finite and above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Seconds(f64);

impl Seconds {
    /// The time. None if it is zero, negative or not finite, and so has no logarithm.
    pub fn new(seconds: f64) -> Option<Self> {
        (seconds.is_finite() && seconds > 0.0).then_some(Self(seconds))
    }

    /// The time as a number.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The ratio of the time to `baseline`.
    pub fn over(self, baseline: Self) -> LogRatio {
        // Unlike the quotient, the difference of logarithms cannot overflow.
        LogRatio(self.0.ln() - baseline.0.ln())
    }
}

/// The natural logarithm of a ratio: finite. 0 means equal, below 0 means faster.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct LogRatio(pub(crate) f64);

impl LogRatio {
    /// The logarithm of a ratio of 1.
    pub const EQUAL: Self = Self(0.0);

    /// The log-ratio. None if it is not finite.
    pub fn new(logarithm: f64) -> Option<Self> {
        logarithm.is_finite().then_some(Self(logarithm))
    }

    /// The ratio itself.
    pub fn ratio(self) -> Ratio {
        Ratio(self.0.exp())
    }

    /// The logarithm.
    pub const fn ln(self) -> f64 {
        self.0
    }
}

impl Sub for LogRatio {
    type Output = Self;

    /// The logarithm of the quotient of the two ratios.
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

/// A ratio of two times. Below 1 means faster.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Ratio(pub(crate) f64);

impl Ratio {
    /// The ratio as a number.
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Half the width of an interval around a [`LogRatio`]: not negative, possibly infinite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct HalfWidth(pub(crate) f64);

impl HalfWidth {
    /// The half-width that reaches from a ratio to `1 + share` times the ratio: 0.02 gives ln 1.02.
    /// None for a negative share and for NaN.
    pub fn from_share(share: f64) -> Option<Self> {
        (share >= 0.0).then(|| Self(share.ln_1p()))
    }

    /// The half-width as a share of the ratio: ln 1.02 gives 0.02.
    pub fn share(self) -> f64 {
        self.0.exp_m1()
    }
}

/// An interval of log-ratios, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: LogRatio,
    /// The upper end, not below the lower.
    pub high: LogRatio,
}

impl Interval {
    /// The interval of this half-width around `centre`.
    pub fn around(centre: LogRatio, half_width: HalfWidth) -> Self {
        Self { low: LogRatio(centre.0 - half_width.0), high: LogRatio(centre.0 + half_width.0) }
    }

    /// Whether the interval contains `value`.
    pub fn contains(&self, value: LogRatio) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The share of intervals that should contain the truth: strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// The confidence at which a single interval is shown.
    pub const NINETY_FIVE: Self = Self(0.95);

    /// The confidence. None if it is not strictly between 0 and 1.
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The confidence that each of `family` intervals needs for all of them together to have this
    /// one (Bonferroni: each takes an equal part of the risk).
    pub fn shared_by(self, family: usize) -> Self {
        Self(1.0 - self.risk() / count(family.max(1)))
    }

    /// The probability that an interval misses the truth, on either side.
    pub(crate) fn risk(self) -> f64 {
        1.0 - self.0
    }
}

/// A p-value, from 0 to 1: the probability of a result at least this extreme if there is no effect.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Probability(pub(crate) f64);

impl Probability {
    /// The probability. None if it is not from 0 to 1.
    pub fn new(probability: f64) -> Option<Self> {
        (0.0..=1.0).contains(&probability).then_some(Self(probability))
    }

    /// The probability as a number.
    pub const fn value(self) -> f64 {
        self.0
    }
}

/// A count as a number of a formula.
#[expect(clippy::cast_precision_loss, reason = "counts of trials stay far below 2^53")]
pub(crate) const fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_times_without_a_logarithm() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Seconds::new(bad), None);
        }
        let far = Seconds::new(f64::MAX).expect("is positive");
        let near = Seconds::new(f64::MIN_POSITIVE).expect("is positive");
        assert!(far.over(near).ln().is_finite());
    }

    #[test]
    fn a_share_of_two_percent_is_ln_1_02() {
        let half_width = HalfWidth::from_share(0.02).expect("is not negative");
        assert!((half_width.0 - 1.02_f64.ln()).abs() < 1e-15);
        assert!((half_width.share() - 0.02).abs() < 1e-15);
        assert_eq!(HalfWidth::from_share(-0.02), None);
        assert_eq!(HalfWidth::from_share(f64::NAN), None);
    }

    #[test]
    fn rejects_probabilities_outside_0_to_1() {
        assert_eq!(Probability::new(1.0).map(Probability::value), Some(1.0));
        for bad in [-0.1, 1.1, f64::NAN] {
            assert_eq!(Probability::new(bad), None);
        }
    }

    #[test]
    fn a_family_shares_the_risk() {
        assert_eq!(Confidence::NINETY_FIVE.shared_by(1), Confidence::NINETY_FIVE);
        assert_eq!(Confidence::NINETY_FIVE.shared_by(0), Confidence::NINETY_FIVE);
        assert!((Confidence::NINETY_FIVE.shared_by(4).0 - 0.9875).abs() < 1e-15);
        assert_eq!(Confidence::new(1.0), None);
        assert_eq!(Confidence::new(f64::NAN), None);
    }
}
