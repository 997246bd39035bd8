//! The verdict on a ratio: the one decision rule.
//!
//! The rule uses the interval that is corrected for all comparisons of the run (Bonferroni). A
//! verdict other than inconclusive needs it on one side of 1 or within the margin; the plain
//! interval lies inside it. "Practically equal" needs the whole interval within the margin. A
//! difference that was not found is inconclusive, not equality (Schuirmann, "A comparison of the
//! two one-sided tests procedure and the power approach", J. Pharmacokinetics and Biopharmaceutics
//! 15, 1987).

use crate::quantity::{Confidence, HalfWidth, Interval, LogRatio, count};
use crate::ratio::PairedRatio;

closed_list::closed_list! {
    /// How an arm compares with the baseline.
    pub enum Verdict {
        /// The ratio is below 1.
        Faster = "faster",
        /// The ratio is above 1.
        Slower = "slower",
        /// The ratio is below 1, by less than the margin.
        FasterBelowMargin = "faster below the margin",
        /// The ratio is above 1, by less than the margin.
        SlowerBelowMargin = "slower below the margin",
        /// The ratio may be 1, and differs from it by less than the margin.
        PracticallyEqual = "practically equal",
        /// None of these is certain.
        Inconclusive = "inconclusive",
        /// A caveat forbids any other verdict.
        Vetoed = "vetoed",
    }
}

/// The rule's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecisionRule {
    /// The confidence of a single interval.
    pub confidence: Confidence,
    /// The number of ratios that the run compares with baselines.
    pub family: usize,
    /// How far from 1 a ratio may be and still not matter.
    pub margin: HalfWidth,
}

/// The verdict on a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict; never [`Verdict::Vetoed`], since only caveats veto.
    pub verdict: Verdict,
    /// For an inconclusive ratio, about how many blocks a decision needs; none if the spread is
    /// unknown.
    pub blocks_needed: Option<u64>,
}

impl DecisionRule {
    /// Judges a ratio.
    pub fn judge(&self, ratio: &PairedRatio) -> Judgement {
        let Some(half_width) = ratio.half_width(self.confidence.shared_by(self.family)) else {
            return Judgement { verdict: Verdict::Inconclusive, blocks_needed: None };
        };
        let verdict = self.verdict(&Interval::around(ratio.mean(), half_width));
        let blocks_needed =
            (verdict == Verdict::Inconclusive).then(|| self.blocks_needed(ratio, half_width));
        Judgement { verdict, blocks_needed }
    }

    /// The verdict on an interval that is already corrected for all comparisons; never
    /// [`Verdict::Vetoed`].
    pub fn verdict(&self, interval: &Interval) -> Verdict {
        let margin = Interval::around(LogRatio::EQUAL, self.margin);
        let matters_not = margin.contains(interval.low) && margin.contains(interval.high);
        if interval.high < LogRatio::EQUAL {
            if matters_not { Verdict::FasterBelowMargin } else { Verdict::Faster }
        } else if interval.low > LogRatio::EQUAL {
            if matters_not { Verdict::SlowerBelowMargin } else { Verdict::Slower }
        } else if matters_not {
            Verdict::PracticallyEqual
        } else {
            Verdict::Inconclusive
        }
    }

    /// A half-width shrinks with the square root of the number of blocks B, so a decision needs
    /// B (h / h*)². Here h* is the half-width that just decides at the current ratio, against 1 or
    /// within the margin, whichever is wider.
    fn blocks_needed(&self, ratio: &PairedRatio, half_width: HalfWidth) -> u64 {
        let off = ratio.mean().0.abs();
        let deciding = off.max(self.margin.0 - off);
        let blocks = count(ratio.pairs()) * (half_width.0 / deciding).powi(2);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and a cast from floating point saturates"
        )]
        let blocks = blocks.ceil() as u64;
        blocks.max(ratio.pairs() as u64 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    fn rule(family: usize) -> DecisionRule {
        let margin = HalfWidth::from_share(0.02).expect("is not negative");
        DecisionRule { confidence: Confidence::NINETY_FIVE, family, margin }
    }

    /// Judges eleven blocks whose log-ratios are evenly spaced around `mean`. The standard error is
    /// `step`.
    fn judge(mean: f64, step: f64, family: usize) -> Judgement {
        let values: Vec<LogRatio> =
            (-5..=5).map(|place| LogRatio(mean + f64::from(place) * step)).collect();
        rule(family).judge(&PairedRatio::new(&values).expect("there are values"))
    }

    #[test]
    fn reaches_each_verdict_except_the_veto() {
        assert_eq!(judge(-0.1, 0.001, 1).verdict, Verdict::Faster);
        assert_eq!(judge(0.1, 0.001, 1).verdict, Verdict::Slower);
        assert_eq!(judge(-0.01, 0.001, 1).verdict, Verdict::FasterBelowMargin);
        assert_eq!(judge(0.01, 0.001, 1).verdict, Verdict::SlowerBelowMargin);
        assert_eq!(judge(0.001, 0.001, 1).verdict, Verdict::PracticallyEqual);
        assert_eq!(judge(-0.1, 0.1, 1).verdict, Verdict::Inconclusive);
        // Certainly below 1, but perhaps by more than the margin.
        assert_eq!(judge(-0.018, 0.002, 1).verdict, Verdict::Faster);
    }

    #[test]
    fn decides_students_sleep_data_alone_but_not_among_fifty() {
        // The t-intervals by scipy: 95% [0.7001, 2.4599], 98.75% [0.3700, 2.7900], 99.9%
        // [-0.2796, 3.4396]; fifty comparisons share 5% at 99.9%.
        let values: Vec<LogRatio> =
            [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4].map(LogRatio).to_vec();
        let ratio = PairedRatio::new(&values).expect("there are values");
        assert_eq!(rule(1).judge(&ratio).verdict, Verdict::Slower);
        assert_eq!(rule(4).judge(&ratio).verdict, Verdict::Slower);
        let judgement = rule(50).judge(&ratio);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        // 10 (1.8596 / 1.58)² = 13.85.
        assert_eq!(judgement.blocks_needed, Some(14));
    }

    #[test]
    fn decides_equality_within_the_margin() {
        // The half-width is t = 2.2281 standard errors of 0.01. The margin of ln 1.02 leaves 0.0188
        // beside 0.001: 11 (0.022281 / 0.018803)² = 15.45.
        let judgement = judge(0.001, 0.01, 1);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert_eq!(judgement.blocks_needed, Some(16));
    }

    #[test]
    fn one_block_decides_nothing() {
        let one = PairedRatio::new(&[LogRatio(-1.0)]).expect("there is a value");
        let nothing = Judgement { verdict: Verdict::Inconclusive, blocks_needed: None };
        assert_eq!(rule(1).judge(&one), nothing);
    }

    #[test]
    fn false_claims_stay_within_the_promised_rate() {
        for (blocks, seed) in [(10, 201), (20, 202)] {
            let mut random = NoisyMachine::random(seed);
            let (mut by_ratio, mut by_run) = (Coverage::default(), Coverage::default());
            for _ in 0..repetitions(1000) {
                // Two batch sizes, each with a baseline and two arms that equal it.
                let run = NoisyMachine::run(&mut random, blocks, &[0.0; 6]);
                let claims = [(1, 0), (2, 0), (4, 3), (5, 3)].map(|(arm, baseline)| {
                    let values: Vec<LogRatio> =
                        run.iter().map(|block| LogRatio(block[arm] - block[baseline])).collect();
                    let ratio = PairedRatio::new(&values).expect("there are blocks");
                    let plain = ratio.interval(Confidence::NINETY_FIVE).expect("two or more");
                    by_ratio.add(!plain.contains(LogRatio::EQUAL));
                    !matches!(
                        rule(4).judge(&ratio).verdict,
                        Verdict::Inconclusive | Verdict::PracticallyEqual
                    )
                });
                by_run.add(claims.contains(&true));
            }
            by_ratio.assert_between(0.0, 0.06, &format!("a ratio, {blocks} blocks"));
            by_run.assert_between(0.0, 0.05, &format!("a run, {blocks} blocks"));
        }
    }

    #[test]
    fn false_equality_stays_within_the_promised_rate() {
        // The smallest difference that matters: exactly the margin.
        let truth = LogRatio(1.02_f64.ln());
        let mut random = NoisyMachine::random(203);
        let mut false_claims = Coverage::default();
        for _ in 0..repetitions(2000) {
            let values: Vec<LogRatio> =
                (0..400).map(|_| LogRatio(truth.0 + 0.045 * random.normal())).collect();
            let ratio = PairedRatio::new(&values).expect("there are values");
            let verdict = rule(1).judge(&ratio).verdict;
            false_claims
                .add(matches!(verdict, Verdict::PracticallyEqual | Verdict::SlowerBelowMargin));
        }
        false_claims.assert_between(0.0, 0.05, "below the margin at the margin");
    }

    proptest! {
        #[test]
        fn swapping_the_arms_swaps_the_verdict(mean in -0.2..0.2, step in 1e-5..0.05) {
            let swapped = match judge(mean, step, 1).verdict {
                Verdict::Faster => Verdict::Slower,
                Verdict::Slower => Verdict::Faster,
                Verdict::FasterBelowMargin => Verdict::SlowerBelowMargin,
                Verdict::SlowerBelowMargin => Verdict::FasterBelowMargin,
                other => other,
            };
            prop_assert_eq!(judge(-mean, step, 1).verdict, swapped);
        }

        #[test]
        fn a_larger_family_is_never_more_certain(
            mean in -0.2..0.2, step in 1e-5..0.05, family in 2_usize..40,
        ) {
            let (alone, among) = (judge(mean, step, 1), judge(mean, step, family));
            if alone.verdict == Verdict::Inconclusive {
                prop_assert_eq!(among.verdict, Verdict::Inconclusive);
                prop_assert!(among.blocks_needed >= alone.blocks_needed);
            }
            if let Some(blocks) = among.blocks_needed {
                prop_assert!(blocks > 11);
            }
        }
    }
}
