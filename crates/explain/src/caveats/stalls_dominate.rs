//! `stalls_dominate`: a few slow trials decide the mean of a ratio, and the ranks disagree with it.

use model::arm::ArmName;
use stats::verdict::Verdict;

use super::detected::{CaveatKind, Detected};
use crate::ratios::RatioAnalysis;

/// The mean and the ranks of the log-ratios lead to different verdicts.
#[derive(Clone, Debug, PartialEq)]
pub struct StallsDominate {
    /// The arm.
    pub arm: ArmName,
    /// The arm that it is compared with.
    pub baseline: ArmName,
    /// The geometric mean of the ratio.
    pub by_mean: JudgedRatio,
    /// The estimate of Hodges and Lehmann, which a few stalled trials hardly move.
    pub by_ranks: JudgedRatio,
    /// In how many blocks both succeeded.
    pub blocks: usize,
}

/// A ratio with its 95% interval and the verdict on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedRatio {
    /// The estimate.
    pub ratio: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// What the rule of decision makes of it.
    pub verdict: Verdict,
}

impl CaveatKind for StallsDominate {}

/// Detects it in a ratio that has a verdict.
pub(super) fn detect(ratio: &RatioAnalysis) -> Option<Detected<StallsDominate>> {
    let companion = ratio.hodges_lehmann?;
    let by_mean = JudgedRatio {
        ratio: ratio.ratio?,
        low: ratio.low?,
        high: ratio.high?,
        verdict: ratio.verdict,
    };
    let by_ranks = JudgedRatio {
        ratio: companion.ratio,
        low: companion.low?,
        high: companion.high?,
        verdict: companion.verdict?,
    };
    let (arm, baseline) = (ratio.arm.clone(), ratio.baseline.clone());
    let arms = vec![arm.clone(), baseline.clone()];
    let figures = StallsDominate { arm, baseline, by_mean, by_ranks, blocks: ratio.blocks };
    (by_mean.verdict != by_ranks.verdict).then(|| Detected::new(arms, figures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use crate::caveats::Reason;
    use crate::caveats::tests::{codes, named};
    use model::recording::{Recording, StopReason};
    use model::time::Span;
    use test_support::sample::Sample;

    /// Twelve blocks in which b/y takes 0.9 of the baseline's time, and twice as long in the first
    /// `stalls` blocks.
    fn stalled(stalls: usize) -> Recording {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        for block in 0..12 {
            let jitter = Span::from_nanos(7919 * (block * block % 13) as u64);
            let time = if block < stalls { 180 } else { 90 };
            sample.block_in_order(&[
                ("a/x@1", Span::from_millis(100) + jitter),
                ("b/y@1", Span::from_millis(time)),
            ]);
        }
        sample.end(StopReason::Blocks)
    }

    #[test]
    fn reports_both_verdicts_where_one_stall_decides_the_mean() {
        let recording = stalled(1);
        let analysis = analyse(&recording);
        let ratio = &analysis.ratios[0];
        let companion = ratio.hodges_lehmann.expect("there are blocks");
        assert_eq!(ratio.verdict, Verdict::Inconclusive);
        assert_eq!(companion.verdict, Some(Verdict::Faster));
        let caveat = named(&analysis.caveats, "stalls_dominate");
        let Reason::StallsDominate(found) = caveat.reason() else { panic!("{caveat:?}") };
        assert_eq!(found.by_mean.verdict, Verdict::Inconclusive);
        assert_eq!(found.by_ranks.verdict, Verdict::Faster);
        assert!((found.by_ranks.ratio - 0.9).abs() < 0.005, "{found:?}");
        assert!(!caveat.vetoes());
        assert!(!codes(&stalled(0)).contains(&"stalls_dominate"));
    }
}
