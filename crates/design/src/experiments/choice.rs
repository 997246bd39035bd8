//! Chooses the causes to remove from an arm: first those whose removal is predicted to gain most. Of those
//! about which nothing is predicted, the ones that may have most of the batch take the places that are
//! left.

use explain::{Gain, least_gain};
use model::experiment::{Factor, FactorKind, FactorReason, PredictedGain, means_something};

use super::candidates::{self, ArmInQuestion, Candidate};

/// The maximum number of causes that are chosen by their predicted gain.
const MOST_PREDICTED: usize = 3;
/// The maximum number of causes of an experiment: 2⁴ cells are 16 arms.
const MOST_FACTORS: usize = 4;
/// The maximum batch size at which every pair of causes is predicted too.
const MOST_REQUESTS_OF_PAIRS: usize = 1_000;

/// Predicts what removing causes together saves; nothing where that cannot be predicted.
pub(super) type Predict<'p> = &'p dyn Fn(&[&Factor]) -> Option<Gain>;

/// The factors for an arm, at most four, in the order of the rules.
pub(super) fn choose(arm: &ArmInQuestion<'_>, predict: Predict<'_>) -> Vec<Factor> {
    let least = least_gain(arm.observation.batch.as_secs());
    let mut predicted = Vec::new();
    let mut others = Vec::new();
    for (rule, candidate) in candidates::find(arm).into_iter().enumerate() {
        match predict(&[&candidate.factor]).filter(|gain| candidate.is_decided_by(gain, least)) {
            Some(gain) => predicted.push(Predicted { rule, factor: candidate.factor, gain }),
            None => others.push((rule, candidate)),
        }
    }
    let mut chosen: Vec<(usize, Factor)> =
        best(arm, predicted, predict).into_iter().map(Predicted::into_factor).collect();
    chosen.extend(worth_a_try(others).into_iter().take(MOST_FACTORS - chosen.len()));
    chosen.sort_by_key(|&(rule, _)| rule);
    chosen.into_iter().map(|(_, factor)| factor).collect()
}

/// A cause with what its removal is predicted to gain.
struct Predicted {
    /// Its place among the rules.
    rule: usize,
    factor: Factor,
    gain: Gain,
}

impl Predicted {
    /// What it gains at most, in seconds: alone, or beside one of the others more than that one alone.
    fn most(&self, partners: &[Self], predict: Predict<'_>) -> f64 {
        let alone = self.gain.saved.seconds;
        let others = partners.iter().filter(|other| self.means_something_beside(other));
        let beside = |other: &Self| {
            let both = predict(&[&self.factor, &other.factor])?.saved.seconds;
            Some(both - other.gain.saved.seconds.max(0.0))
        };
        others.filter_map(beside).fold(alone, f64::max)
    }

    fn means_something_beside(&self, other: &Self) -> bool {
        let kinds = [self.factor.kind, other.factor.kind].into();
        self.rule != other.rule
            && [self, other].iter().all(|one| means_something(one.factor.kind, &kinds))
    }

    fn into_factor(self) -> (usize, Factor) {
        let Gain { saved, extrapolated } = self.gain;
        let reason = FactorReason::Prediction(PredictedGain {
            seconds: saved.seconds,
            low: saved.low,
            high: saved.high,
            extrapolated,
        });
        (self.rule, Factor { reason: Some(reason), ..self.factor })
    }
}

/// Those that gain most, where that matters. What no user can change comes after what one can.
fn best(
    arm: &ArmInQuestion<'_>,
    predicted: Vec<Predicted>,
    predict: Predict<'_>,
) -> Vec<Predicted> {
    let least = least_gain(arm.observation.batch.as_secs());
    let is_small = arm.arm.batch_size.requests() <= MOST_REQUESTS_OF_PAIRS;
    let partners = if is_small { &predicted[..] } else { &[] };
    let most: Vec<f64> = predicted.iter().map(|one| one.most(partners, predict)).collect();
    let mut best: Vec<(f64, Predicted)> = most.into_iter().zip(predicted).collect();
    best.retain(|&(most, _)| most >= least);
    // The sort is stable: of two equal causes the earlier is kept.
    best.sort_by(|(a, one), (b, other)| {
        is_remedy(&other.factor).cmp(&is_remedy(&one.factor)).then(b.total_cmp(a))
    });
    best.truncate(MOST_PREDICTED);
    best.into_iter().map(|(_, one)| one).collect()
}

/// Whether a user can remove the cause. A server without TLS only shows what TLS costs.
fn is_remedy(factor: &Factor) -> bool {
    factor.kind != FactorKind::PlainText
}

/// Those that are worth their cells although nothing is predicted, with the largest share first.
fn worth_a_try(mut others: Vec<(usize, Candidate)>) -> Vec<(usize, Factor)> {
    others.retain(|(_, candidate)| candidate.is_worth_a_try());
    others.sort_by(|(_, a), (_, b)| b.share.total_cmp(&a.share));
    let factor = |(rule, candidate): (usize, Candidate)| {
        let reason = FactorReason::Share { most: candidate.share };
        (rule, Factor { reason: Some(reason), ..candidate.factor })
    };
    others.into_iter().map(factor).collect()
}
