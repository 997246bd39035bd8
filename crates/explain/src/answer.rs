//! The answer at a batch size: the arms ranked by their time, and which of them to use.
//!
//! Values only; `words::answer` puts them into sentences.

use model::arm::{ArmName, BatchSize, Role};
use schemars::JsonSchema;
use serde::Serialize;
use stats::quantity::{Confidence, Interval};
use stats::ratio::PairedRatio;

use crate::arms::ArmAnalysis;
use crate::caveats::Caveat;
use crate::margin::MARGIN;
use crate::ratios;
use evidence::{ArmEvidence, Evidence};

/// Which arms to use at a batch size.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// The batch size.
    pub batch_size: BatchSize,
    /// The arms to use: the fastest, and those with no measurable difference to it; none where every
    /// batch failed.
    pub best: Vec<ArmName>,
    /// Whether all other arms are slower, each with an interval that allows for all comparisons.
    pub sure: bool,
    /// Whether a caveat forbids to compare some arm with the fastest.
    pub vetoed: bool,
    /// The measured arms that have a time, the fastest first.
    pub ranking: Vec<RankedArm>,
    /// The measured arms without a time: none of their batches succeeded.
    pub without_time: Vec<ArmName>,
}

/// A measured arm with a time, compared with the fastest of its batch size.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RankedArm {
    /// The arm.
    pub arm: ArmName,
    /// Its mean time in seconds.
    pub seconds: f64,
    /// Its time over that of the fastest, geometric over the blocks in which both succeeded; null for
    /// the fastest itself.
    pub ratio: Option<f64>,
    /// The lower end of the ratio's 95% interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of the ratio's 95% interval; null below two blocks.
    pub high: Option<f64>,
    /// Whether no difference to the fastest was measured.
    pub is_tied: bool,
    /// Whether it is slower by an interval that allows for all comparisons at this size.
    pub is_surely_slower: bool,
}

impl RankedArm {
    /// Its time over that of another arm of the same ranking: the quotient of their ratios to the fastest,
    /// or of their means if a ratio is not known.
    pub fn over(&self, other: &Self) -> f64 {
        match (self.ratio, other.ratio) {
            (Some(ratio), Some(other)) => ratio / other,
            _ => self.seconds / other.seconds,
        }
    }
}

/// The answers for all batch sizes; none for one at which nothing was counted.
pub(crate) fn answers(
    evidence: &Evidence<'_>,
    arms: &[ArmAnalysis],
    caveats: &[Caveat],
) -> Vec<Answer> {
    let sizes = evidence.batch_sizes().into_iter();
    sizes.filter_map(|size| answer(evidence, arms, caveats, size)).collect()
}

fn answer(
    evidence: &Evidence<'_>,
    arms: &[ArmAnalysis],
    caveats: &[Caveat],
    size: BatchSize,
) -> Option<Answer> {
    let measured: Vec<&ArmAnalysis> =
        arms.iter().filter(|arm| arm.role == Role::Measured && arm.batch_size == size).collect();
    let failed = measured.iter().filter(|arm| arm.mean().is_none() && arm.failed > 0);
    let without_time: Vec<ArmName> = failed.map(|arm| arm.arm.clone()).collect();
    let ranking = ranking(evidence, size);
    let Some((fastest, slower)) = ranking.split_first() else {
        return (!without_time.is_empty()).then(|| Answer::without_ranking(size, without_time));
    };
    let vetoed = slower
        .iter()
        .any(|arm| caveats.iter().any(|caveat| caveat.forbids(&arm.arm, &fastest.arm)));
    let tied = slower.iter().filter(|arm| arm.is_tied);
    let best = std::iter::once(fastest).chain(tied).map(|arm| arm.arm.clone()).collect();
    let decided = slower.iter().filter(|arm| !arm.is_tied).all(|arm| arm.is_surely_slower);
    Some(Answer { batch_size: size, best, sure: !vetoed && decided, vetoed, without_time, ranking })
}

impl Answer {
    /// The answer of a size at which every measured batch failed.
    fn without_ranking(batch_size: BatchSize, without_time: Vec<ArmName>) -> Self {
        let (best, ranking) = (Vec::new(), Vec::new());
        Self { batch_size, best, sure: false, vetoed: false, ranking, without_time }
    }
}

/// The arms that have a time, the fastest first.
fn ranking(evidence: &Evidence<'_>, size: BatchSize) -> Vec<RankedArm> {
    let timed = evidence.ranking(size);
    let Some(&(fastest, _)) = timed.first() else { return Vec::new() };
    let comparisons = timed.len() - 1;
    let against = |&(arm, seconds): &(&ArmEvidence<'_>, f64)| {
        let other = Some(fastest).filter(|fastest| fastest.arm.name != arm.arm.name);
        let paired = other.and_then(|fastest| PairedRatio::new(&ratios::log_ratios(arm, fastest)));
        rank(&arm.arm.name, seconds, paired, comparisons)
    };
    timed.iter().map(against).collect()
}

/// Ranks an arm by its ratio to the fastest, which is one of `comparisons` ratios. The fastest has no
/// ratio.
fn rank(arm: &ArmName, seconds: f64, paired: Option<PairedRatio>, comparisons: usize) -> RankedArm {
    let ratio = paired.map(|paired| paired.mean().ratio().value());
    let at = |confidence| paired.and_then(|paired| paired.interval(confidence));
    let interval = at(Confidence::NINETY_FIVE);
    let within_margin = ratio.is_some_and(|ratio| ratio < 1.0 + MARGIN);
    let is_above_one = |interval: Interval| interval.low.ln() > 0.0;
    RankedArm {
        arm: arm.clone(),
        seconds,
        ratio,
        low: interval.map(|interval| interval.low.ratio().value()),
        high: interval.map(|interval| interval.high.ratio().value()),
        is_tied: interval.is_some_and(|interval| within_margin || !is_above_one(interval)),
        is_surely_slower: at(Confidence::NINETY_FIVE.shared_by(comparisons))
            .is_some_and(is_above_one),
    }
}

#[cfg(test)]
mod tests;
