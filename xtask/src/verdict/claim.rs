//! What a tool claims of two commands, and how that compares with the truth.

use std::fmt;
use std::time::Duration;

use stats::describe::describe;

/// How many percent more requests the second command makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference(pub(super) u32);

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { formatter.pad("none") } else { formatter.pad(&format!("{}%", self.0)) }
    }
}

/// Which command is claimed to be slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    First,
    Second,
}

impl Claim {
    /// What an interval of the second command's time divided by the first one's says.
    pub(super) fn of_interval(low: f64, high: f64, margin: f64) -> Option<Self> {
        if low > 1.0 + margin {
            return Some(Self::Second);
        }
        (high < 1.0 / (1.0 + margin)).then_some(Self::First)
    }

    fn is_right(self, difference: Difference) -> bool {
        self == Self::Second && difference.0 > 0
    }
}

/// What became of a session of one tool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Attempt {
    /// Nothing where the tool was still undecided when its time was over.
    pub(super) claim: Option<Claim>,
    /// The time until then.
    pub(super) time: Duration,
    /// How often each command was run until then.
    pub(super) runs: usize,
}

/// The sessions of one tool at one difference.
pub(super) struct Tally<'a> {
    pub(super) difference: Difference,
    pub(super) attempts: &'a [Attempt],
}

impl Tally<'_> {
    fn claims(&self) -> impl Iterator<Item = Claim> {
        self.attempts.iter().filter_map(|attempt| attempt.claim)
    }

    fn wrong(&self) -> usize {
        self.claims().filter(|claim| !claim.is_right(self.difference)).count()
    }

    /// The median over all sessions, with this many decimals; at least this where most of them were undecided.
    fn median(&self, decimals: usize, value: impl Fn(&Attempt) -> f64) -> String {
        let decided = self.claims().count() * 2 > self.attempts.len();
        let values: Vec<f64> = self.attempts.iter().map(value).collect();
        let median = describe(&values).median.unwrap_or(0.0);
        if decided { format!("{median:.decimals$}") } else { format!("> {median:.decimals$}") }
    }
}

impl fmt::Display for Tally<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:>6} {:>6} {:>16} {:>15}",
            self.claims().count(),
            self.wrong(),
            self.median(1, |attempt| attempt.time.as_secs_f64()),
            self.median(0, |attempt| attempt.runs as f64),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_needs_an_interval_beyond_the_margin() {
        let claim = |low, high| Claim::of_interval(low, high, 0.02);
        assert_eq!(claim(1.03, 1.2), Some(Claim::Second));
        assert_eq!(claim(0.8, 0.97), Some(Claim::First));
        assert_eq!([claim(1.01, 1.2), claim(0.9, 0.99), claim(0.9, 1.1)], [None; 3]);
    }

    #[test]
    fn every_claim_is_wrong_where_there_is_no_difference() {
        let attempt = |claim| Attempt { claim, time: Duration::from_secs(3), runs: 20 };
        let attempts = [Some(Claim::Second), Some(Claim::First), None].map(attempt);
        let wrong =
            |percent| Tally { difference: Difference(percent), attempts: &attempts }.wrong();
        assert_eq!((wrong(0), wrong(10)), (2, 1));
    }

    #[test]
    fn a_median_without_a_claim_is_a_lower_bound() {
        let attempt = |claim| Attempt { claim, time: Duration::from_secs(3), runs: 20 };
        let text = |claims: [Option<Claim>; 3]| {
            Tally { difference: Difference(10), attempts: &claims.map(attempt) }.to_string()
        };
        assert!(text([None, None, Some(Claim::Second)]).contains("> 3.0"));
        assert!(!text([Some(Claim::Second), None, Some(Claim::Second)]).contains('>'));
    }
}
