//! The place that lags: whose batches take surely longer than those of every other place, for every arm.

use model::phase::{PerPhase, Phase};
use schemars::JsonSchema;
use serde::Serialize;
use stats::independent::IndependentRatio;
use stats::quantity::{Confidence, LogRatio, Seconds};

use super::Examined;
use crate::arms::ArmAnalysis;
use crate::margin::MARGIN;

/// A place that lags behind all others.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Lag {
    /// The place.
    pub place: String,
    /// The fastest place.
    pub fastest: String,
    /// Its batch time divided by that of the fastest place: the geometric mean over the arms.
    pub ratio: f64,
    /// The phase of the critical path in which it loses most, and how many seconds of a batch on average over
    /// the arms; null where no phase was observed in both places.
    pub phase: Option<LostPhase>,
}

/// A phase in which a place loses time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LostPhase {
    /// The phase.
    pub phase: Phase,
    /// How much longer it takes than in the fastest place, in seconds.
    pub seconds: f64,
}

/// The place that lags; none if no place is surely slower than all others.
pub(super) fn find(places: &[Examined<'_>]) -> Option<Lag> {
    let arms: Vec<Vec<&ArmAnalysis>> =
        places.iter().map(|place| place.analysis.measured_arms().collect()).collect();
    let family = arms.first()?.len() * (places.len() - 1);
    let confidence = Confidence::NINETY_FIVE.shared_by(family);
    let others = |place: usize| (0..places.len()).filter(move |&other| other != place);
    let lags = |&place: &usize| {
        others(place).all(|other| is_slower(&arms[place], &arms[other], confidence))
    };
    let lagging = (0..places.len()).find(lags)?;
    let ratio = |other: &usize| Some((*other, mean_ratio(&arms[lagging], &arms[*other])?));
    let (fastest, ratio) = others(lagging)
        .filter_map(|other| ratio(&other))
        .max_by(|(_, one), (_, other)| one.ln().total_cmp(&other.ln()))?;
    Some(Lag {
        place: places[lagging].place.to_owned(),
        fastest: places[fastest].place.to_owned(),
        ratio: ratio.ratio().value(),
        phase: lost_phase(&arms[lagging], &arms[fastest]),
    })
}

/// Each arm in two places. The arms of one plan are the same, in the same order.
fn in_both<'a>(
    of: &'a [&'a ArmAnalysis],
    versus: &'a [&'a ArmAnalysis],
) -> impl Iterator<Item = (&'a ArmAnalysis, &'a ArmAnalysis)> {
    of.iter().copied().zip(versus.iter().copied())
}

/// Whether every arm takes surely longer than elsewhere, by more than the margin.
fn is_slower(of: &[&ArmAnalysis], versus: &[&ArmAnalysis], confidence: Confidence) -> bool {
    in_both(of, versus).all(|(here, there)| {
        let interval = ratio(here, there).and_then(|ratio| ratio.interval(confidence));
        interval.is_some_and(|interval| interval.low.ln() > MARGIN.ln_1p())
    })
}

fn ratio(here: &ArmAnalysis, there: &ArmAnalysis) -> Option<IndependentRatio> {
    let seconds = |arm: &ArmAnalysis| -> Vec<Seconds> {
        arm.times.iter().filter_map(|&time| Seconds::new(time)).collect()
    };
    IndependentRatio::new(&seconds(there), &seconds(here))
}

/// The geometric mean of the ratios of all arms.
fn mean_ratio(of: &[&ArmAnalysis], versus: &[&ArmAnalysis]) -> Option<LogRatio> {
    let logarithms: Option<Vec<f64>> =
        in_both(of, versus).map(|(here, there)| Some(ratio(here, there)?.mean().ln())).collect();
    let mean = stats::describe::describe(&logarithms?).mean?;
    LogRatio::new(mean)
}

/// The phase in which most is lost, on average over the arms.
fn lost_phase(of: &[&ArmAnalysis], versus: &[&ArmAnalysis]) -> Option<LostPhase> {
    let lost = PerPhase::from_fn(|phase| {
        let differences = in_both(of, versus)
            .filter_map(|(here, there)| Some(here.path[phase]? - there.path[phase]?));
        crate::counters::mean(differences)
    });
    let known =
        lost.iter().filter_map(|(phase, &seconds)| Some(LostPhase { phase, seconds: seconds? }));
    let most = known.max_by(|one, other| one.seconds.total_cmp(&other.seconds))?;
    (most.seconds > 0.0).then_some(most)
}
