//! How each arm compares with the baseline of its batch size.

use model::arm::{ArmName, BatchSize, Role};
use schemars::JsonSchema;
use serde::Serialize;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, HalfWidth, LogRatio, Seconds};
use stats::ratio::PairedRatio;
use stats::verdict::{DecisionRule, Judgement, Verdict};

use crate::margin::MARGIN;
use evidence::{ArmEvidence, Evidence, Examined};

/// An arm's time divided by the baseline's.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RatioAnalysis {
    /// The arm.
    pub arm: ArmName,
    /// The arm that it is compared with: the baseline at the same batch size.
    pub baseline: ArmName,
    /// The arm's strategy.
    pub strategy: String,
    /// Why the arm is in the plan.
    pub role: Role,
    /// The batch size of both.
    pub batch_size: BatchSize,
    /// The number of blocks in which both succeeded.
    pub blocks: usize,
    /// The arm's time divided by the baseline's: the geometric mean over these blocks. Below 1 the
    /// arm is faster. Null without such a block.
    pub ratio: Option<f64>,
    /// The lower end of its 95% interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its 95% interval; null below two blocks.
    pub high: Option<f64>,
    /// The verdict.
    pub verdict: Verdict,
    /// About how many blocks an inconclusive verdict needs; null if that is unknown.
    pub blocks_needed: Option<u64>,
    /// The estimate by the ranks of the log-ratios, which a few stalls hardly change.
    pub hodges_lehmann: Option<Companion>,
}

/// The robust companion of a ratio: Hodges and Lehmann's estimate, with its signed-rank interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Companion {
    /// The estimate.
    pub ratio: f64,
    /// The lower end of its 95% interval; null below six blocks.
    pub low: Option<f64>,
    /// The upper end of its 95% interval; null below six blocks.
    pub high: Option<f64>,
    /// The verdict of the same rule; null if there are too few blocks for an interval that allows
    /// for all comparisons.
    pub verdict: Option<Verdict>,
}

/// Compares every measured arm with the baseline of its size.
pub(crate) fn analyse(evidence: &Evidence<'_>) -> Vec<RatioAnalysis> {
    let baseline = |size: BatchSize| {
        evidence
            .measured()
            .find(|arm| arm.arm.label == evidence.plan.baseline && arm.size() == size)
    };
    let compared: Vec<(&ArmEvidence<'_>, &ArmEvidence<'_>)> = evidence
        .measured()
        .filter_map(|arm| baseline(arm.size()).map(|baseline| (arm, baseline)))
        .filter(|(arm, baseline)| arm.arm.name != baseline.arm.name)
        .collect();
    let rule = DecisionRule {
        confidence: Confidence::NINETY_FIVE,
        family: compared.len(),
        margin: HalfWidth::from_share(MARGIN).expect("the margin is not negative"),
    };
    compared.into_iter().map(|(arm, baseline)| compare(arm, baseline, &rule)).collect()
}

fn compare(of: &ArmEvidence<'_>, versus: &ArmEvidence<'_>, rule: &DecisionRule) -> RatioAnalysis {
    let (arm, baseline) = (of.arm, versus.arm);
    let log_ratios = log_ratios(of, versus);
    let paired = PairedRatio::new(&log_ratios);
    let interval = paired.and_then(|paired| paired.interval(Confidence::NINETY_FIVE));
    let undecided = Judgement { verdict: Verdict::Inconclusive, blocks_needed: None };
    let judgement = paired.map_or(undecided, |paired| rule.judge(&paired));
    RatioAnalysis {
        arm: arm.name.clone(),
        baseline: baseline.name.clone(),
        strategy: arm.strategy.clone(),
        role: arm.role,
        batch_size: arm.batch_size,
        blocks: log_ratios.len(),
        ratio: paired.map(|paired| paired.mean().ratio().value()),
        low: interval.map(|interval| interval.low.ratio().value()),
        high: interval.map(|interval| interval.high.ratio().value()),
        verdict: judgement.verdict,
        blocks_needed: judgement.blocks_needed,
        hodges_lehmann: companion(&log_ratios, rule),
    }
}

fn companion(log_ratios: &[LogRatio], rule: &DecisionRule) -> Option<Companion> {
    let found = HodgesLehmann::new(log_ratios, rule.confidence)?;
    let for_all = HodgesLehmann::new(log_ratios, rule.confidence.shared_by(rule.family))?;
    Some(Companion {
        ratio: found.estimate.ratio().value(),
        low: found.interval.map(|interval| interval.low.ratio().value()),
        high: found.interval.map(|interval| interval.high.ratio().value()),
        verdict: for_all.interval.map(|interval| rule.verdict(&interval)),
    })
}

/// The log-ratio of each block in which both succeeded, in the order of the blocks.
pub(crate) fn log_ratios(arm: &ArmEvidence<'_>, baseline: &ArmEvidence<'_>) -> Vec<LogRatio> {
    let seconds = |trial: &Examined<'_>| Seconds::new(trial.batch_time().as_secs());
    arm.pairs(baseline)
        .iter()
        .filter_map(|pair| Some(seconds(pair.arm)?.over(seconds(pair.versus)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use model::failure::FailureKind;
    use model::recording::StopReason;
    use test_support::sample::{self, Sample};

    fn near(left: Option<f64>, right: f64) -> bool {
        left.is_some_and(|left| (left - right).abs() < 1e-9)
    }

    #[test]
    fn only_blocks_in_which_both_succeeded_are_compared() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 5)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 20)]);
        sample.block(&[("a/x@1", 10)]);
        sample.add_failed("b/y@1", &[Some(sample::failure(FailureKind::Reset, "cut off"))]);
        sample.block(&[("b/y@1", 1)]);
        let analysis = analyse(&sample.end(StopReason::Blocks));
        let [ratio] = &analysis.ratios[..] else { panic!("one ratio, not the baseline's own") };
        assert_eq!((ratio.arm.0.as_str(), ratio.baseline.0.as_str()), ("b/y@1", "a/x@1"));
        assert_eq!(ratio.blocks, 2);
        assert!(near(ratio.ratio, 1.0));
        // The log-ratios are ±ln 2, and t with one degree of freedom is 12.7062.
        assert!(near(ratio.high.map(|high| high.ln() / 2.0_f64.ln()), 12.706_204_736));
        // One of the two failed in each of the other blocks.
        assert_eq!((ratio.verdict, ratio.blocks_needed), (Verdict::Vetoed, None));
    }

    #[test]
    fn sizes_are_compared_with_the_baseline_of_their_own_size() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 4), ("b/y", 4)]);
        for jitter in [0, 1, 2] {
            sample.block(&[
                ("a/x@1", 1000 + jitter),
                ("b/y@1", 2000),
                ("a/x@4", 4000 + jitter),
                ("b/y@4", 2000),
            ]);
        }
        let analysis = analyse(&sample.end(StopReason::Blocks));
        let verdicts: Vec<_> = analysis
            .ratios
            .iter()
            .map(|ratio| (ratio.arm.0.as_str(), ratio.baseline.0.as_str(), ratio.verdict))
            .collect();
        assert_eq!(
            verdicts,
            [("b/y@1", "a/x@1", Verdict::Slower), ("b/y@4", "a/x@4", Verdict::Faster)]
        );
    }

    #[test]
    fn a_second_comparison_needs_more_certainty() {
        // The log-ratios are evenly spread around five standard errors: more than t at 95% for two
        // degrees of freedom (4.30), less than at 97.5% (6.21).
        let verdict = |arms: &[(&str, u32)]| {
            let mut sample = Sample::new(arms);
            for millis in [1_098_900, 1_155_200, 1_214_500] {
                sample.block(&[("a/x@1", 1_000_000), ("b/y@1", millis)]);
            }
            analyse(&sample.end(StopReason::Blocks)).ratios[0].verdict
        };
        assert_eq!(verdict(&[("a/x", 1), ("b/y", 1)]), Verdict::Slower);
        assert_eq!(verdict(&[("a/x", 1), ("b/y", 1), ("c/z", 1)]), Verdict::Inconclusive);
    }

    #[test]
    fn a_comparison_of_one_block_or_none_is_inconclusive() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        let none = analyse(&sample.clone().end(StopReason::Blocks)).ratios.remove(0);
        assert_eq!((none.blocks, none.ratio, none.low, none.high), (0, None, None, None));
        sample.block(&[("a/x@1", 10), ("b/y@1", 5)]);
        let one = analyse(&sample.end(StopReason::Blocks)).ratios.remove(0);
        assert!(near(one.ratio, 0.5));
        assert_eq!((one.low, one.verdict), (None, Verdict::Inconclusive));
    }

    #[test]
    fn controls_are_not_compared() {
        let mut sample = Sample::new(&[("a/x", 1), ("a/x", 1)]);
        sample.set_role(1, "a/x@1#aa", Role::Aa);
        sample.block(&[("a/x@1", 10), ("a/x@1#aa", 10)]);
        let analysis = analyse(&sample.end(StopReason::Blocks));
        assert_eq!(analysis.arms.len(), 2);
        assert!(analysis.ratios.is_empty());
    }

    #[test]
    fn a_verdict_is_written_as_its_words() {
        let analysis = analyse(&Sample::three_strategies(12));
        let json = serde_json::to_value(&analysis.ratios).expect("serialises");
        assert_eq!(json[1]["verdict"], "faster");
    }
}
