//! The ratio of each arm to its baseline: in each place, and over places.

use model::arm::{ArmName, BatchSize};
use schemars::JsonSchema;
use serde::Serialize;
use stats::quantity::{Confidence, HalfWidth, Interval};
use stats::random_effects::{PlaceRatio, RandomEffects};
use stats::ratio::PairedRatio;
use stats::verdict::{DecisionRule, Verdict};

use super::Examined;
use crate::compare::controls_failed;
use crate::margin::MARGIN;
use crate::ratios::log_ratios;

/// Below this p-value, places differ.
const PLACES_DIFFER: f64 = 0.05;

/// An arm's time divided by the baseline's, over places.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MergedRatio {
    /// The arm.
    pub arm: ArmName,
    /// The arm that it is compared with: the baseline at the same batch size.
    pub baseline: ArmName,
    /// The batch size of both.
    pub batch_size: BatchSize,
    /// The ratio in each place, in the order of the places.
    pub places: Vec<RatioOfPlace>,
    /// The mean over the places that have an interval: a random-effects mean of the log-ratios. Null where
    /// fewer than two have one.
    pub ratio: Option<f64>,
    /// The lower end of its 95% interval.
    pub low: Option<f64>,
    /// The upper end of its 95% interval.
    pub high: Option<f64>,
    /// The lower end of the 95% interval that holds the ratio of a further place; null below three places.
    pub next_low: Option<f64>,
    /// The upper end of that interval.
    pub next_high: Option<f64>,
    /// How much the true ratios of the places differ: the standard deviation of their logarithms, as a share.
    /// 0.05 means that a typical place is off by 5%.
    pub spread: Option<f64>,
    /// The share of the variation between places that their errors do not explain (I²), from 0 to 1.
    pub unexplained: Option<f64>,
    /// The probability of differences at least this large if all places have the same true ratio (Cochran's Q).
    pub chance: Option<f64>,
    /// The verdict on the mean, which allows for all compared arms.
    pub verdict: Verdict,
}

/// An arm's time divided by the baseline's in one place.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RatioOfPlace {
    /// The place.
    pub place: String,
    /// The number of blocks in which both succeeded.
    pub blocks: usize,
    /// The geometric mean over these blocks; null without one.
    pub ratio: Option<f64>,
    /// The lower end of its 95% interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its 95% interval; null below two blocks.
    pub high: Option<f64>,
}

impl RatioOfPlace {
    /// Whether it is in the mean.
    pub const fn is_merged(&self) -> bool {
        self.low.is_some()
    }
}

impl MergedRatio {
    /// Whether the places differ by more than their errors explain.
    pub fn places_differ(&self) -> bool {
        self.chance.is_some_and(|chance| chance < PLACES_DIFFER)
    }

    /// How many places are in the mean.
    pub fn merged_places(&self) -> usize {
        self.places.iter().filter(|place| place.is_merged()).count()
    }
}

/// An arm with its baseline, as every place names them.
struct Compared {
    arm: ArmName,
    baseline: ArmName,
    batch_size: BatchSize,
}

/// Merges the ratios of all measured arms.
pub(super) fn merge(places: &[Examined<'_>]) -> Vec<MergedRatio> {
    let compared = places.first().map_or_else(Vec::new, compared);
    let rule = DecisionRule {
        confidence: Confidence::NINETY_FIVE,
        family: compared.len(),
        margin: HalfWidth::from_share(MARGIN).expect("the margin is not negative"),
    };
    compared.into_iter().map(|compared| merge_one(compared, places, &rule)).collect()
}

fn compared(place: &Examined<'_>) -> Vec<Compared> {
    let ratios = place.analysis.ratios.iter();
    let compared = ratios.map(|ratio| Compared {
        arm: ratio.arm.clone(),
        baseline: ratio.baseline.clone(),
        batch_size: ratio.batch_size,
    });
    compared.collect()
}

fn merge_one(compared: Compared, places: &[Examined<'_>], rule: &DecisionRule) -> MergedRatio {
    let paired: Vec<Option<PairedRatio>> =
        places.iter().map(|place| paired(place, &compared)).collect();
    let known: Vec<PlaceRatio> = paired.iter().flatten().filter_map(PlaceRatio::new).collect();
    let mean = RandomEffects::new(&known);
    let interval = mean.map(|mean| mean.interval(rule.confidence));
    let next = mean.and_then(|mean| mean.prediction(rule.confidence));
    let heterogeneity = mean.map(|mean| mean.heterogeneity());
    let is_vetoed = places.iter().any(|place| {
        let failed = |arm| controls_failed(&place.analysis, arm);
        failed(&compared.arm) || failed(&compared.baseline)
    });
    let verdict = match mean {
        _ if is_vetoed => Verdict::Vetoed,
        Some(mean) => rule.verdict(&mean.interval(rule.confidence.shared_by(rule.family))),
        None => Verdict::Inconclusive,
    };
    MergedRatio {
        places: places.iter().zip(paired).map(|(place, paired)| of_place(place, paired)).collect(),
        ratio: mean.map(|mean| mean.mean().ratio().value()),
        low: interval.map(low),
        high: interval.map(high),
        next_low: next.map(low),
        next_high: next.map(high),
        spread: heterogeneity.map(|found| found.between.share()),
        unexplained: heterogeneity.map(|found| found.share),
        chance: heterogeneity.map(|found| found.probability.value()),
        verdict,
        arm: compared.arm,
        baseline: compared.baseline,
        batch_size: compared.batch_size,
    }
}

/// The log-ratios of a place, summarised; none without a block in which both succeeded.
fn paired(place: &Examined<'_>, compared: &Compared) -> Option<PairedRatio> {
    let Compared { arm, baseline, .. } = compared;
    PairedRatio::new(&log_ratios(place.evidence.arm(arm)?, place.evidence.arm(baseline)?))
}

fn of_place(place: &Examined<'_>, paired: Option<PairedRatio>) -> RatioOfPlace {
    let interval = paired.and_then(|paired| paired.interval(Confidence::NINETY_FIVE));
    RatioOfPlace {
        place: place.place.to_owned(),
        blocks: paired.map_or(0, |paired| paired.pairs()),
        ratio: paired.map(|paired| paired.mean().ratio().value()),
        low: interval.map(low),
        high: interval.map(high),
    }
}

fn low(interval: Interval) -> f64 {
    interval.low.ratio().value()
}

fn high(interval: Interval) -> f64 {
    interval.high.ratio().value()
}
