//! Whether an experiment bears out what was predicted before it.

use model::experiment::FactorKind;
use stats::estimate::Estimate;

use super::FindingCode;
use super::comparison::Comparison;
use super::promise::Promise;
use super::remedy::Remedy;
use crate::tried::predicted_before;

/// What an experiment that removed a cause shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proof {
    /// By how much the batch became shorter.
    pub measured: Estimate,
    /// What was predicted before the first block; none where nothing was, or the recording does not say.
    pub predicted_before: Option<Estimate>,
    /// What that says of the prediction: of the one before the first block, else of the promise, which knows
    /// the counted trials.
    pub verdict: ProofVerdict,
}

model::closed_list! {
    /// What an experiment says of a promise.
    pub enum ProofVerdict {
        /// Removing the cause saves time, as much as was predicted or more.
        Confirmed = "confirmed",
        /// Removing the cause saves time, but less than was predicted.
        Smaller = "smaller_than_predicted",
        /// Removing the cause saves nothing that matters.
        Refuted = "refuted",
    }
}

impl Proof {
    /// What the experiment shows that removed this cause; nothing where there was none.
    pub(super) fn find(
        comparison: &Comparison<'_>,
        code: FindingCode,
        remedy: &Remedy,
        promise: Promise,
    ) -> Option<Self> {
        let lowers = matches!(remedy, Remedy::Lower(_));
        let kind = if lowers { FactorKind::FewerAtOnce } else { factor(code)? };
        let gain = comparison.arm.gains.iter().find(|gain| gain.factor.kind == kind)?;
        let least = comparison.least_gain()?;
        let predicted_before = predicted_before(&gain.factor);
        let predicted = predicted_before.or(promise.predicted());
        let verdict = verdict(gain.saved, predicted, least);
        Some(Self { measured: gain.saved, predicted_before, verdict })
    }

    /// Whether an experiment removed the cause.
    pub(super) fn is_tried(comparison: &Comparison<'_>, code: FindingCode) -> bool {
        let gains = &comparison.arm.gains;
        factor(code).is_some_and(|kind| gains.iter().any(|gain| gain.factor.kind == kind))
    }
}

fn verdict(measured: Estimate, predicted: Option<Estimate>, least: f64) -> ProofVerdict {
    let is_gain = measured.seconds >= least && measured.low.is_some_and(|low| low > 0.0);
    let least_predicted = predicted.and_then(|predicted| predicted.low);
    let is_smaller = least_predicted.zip(measured.high).is_some_and(|(low, high)| high < low);
    match (is_gain, is_smaller) {
        (false, _) => ProofVerdict::Refuted,
        (true, true) => ProofVerdict::Smaller,
        (true, false) => ProofVerdict::Confirmed,
    }
}

/// The factor of an experiment that removes a cause and nothing else.
const fn factor(code: FindingCode) -> Option<FactorKind> {
    match code {
        FindingCode::WorkerLimit => Some(FactorKind::Workers),
        FindingCode::ConnectionLimit | FindingCode::PoolOverflow => Some(FactorKind::Pool),
        FindingCode::TlsPreparation => Some(FactorKind::SharedContext),
        FindingCode::HandshakeCost => Some(FactorKind::Resumption),
        FindingCode::Dns => Some(FactorKind::Lookups),
        FindingCode::SplitRequest => Some(FactorKind::NoDelay),
        FindingCode::Sleeping => Some(FactorKind::SleepsSkipped),
        FindingCode::Compression => Some(FactorKind::Compression),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(seconds: f64) -> Estimate {
        Estimate { seconds, low: Some(0.9 * seconds), high: Some(1.1 * seconds) }
    }

    #[test]
    fn an_experiment_confirms_a_prediction_or_shows_that_it_was_too_large_or_wrong() {
        let least = 0.001;
        let of = |measured, predicted| verdict(measured, Some(about(predicted)), least);
        assert_eq!(of(about(0.030), 0.031), ProofVerdict::Confirmed);
        assert_eq!(of(about(0.060), 0.031), ProofVerdict::Confirmed);
        assert_eq!(of(about(0.010), 0.031), ProofVerdict::Smaller);
        assert_eq!(of(about(0.000_9), 0.031), ProofVerdict::Refuted);
        let unsure = Estimate { seconds: 0.010, low: Some(-0.001), high: Some(0.021) };
        assert_eq!(of(unsure, 0.031), ProofVerdict::Refuted);
        assert_eq!(verdict(about(0.030), None, least), ProofVerdict::Confirmed);
    }
}
