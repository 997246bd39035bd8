//! What a measured arm would take under other conditions, from its replay alone.
//!
//! `condition` reads the settings of a question for one arm, `changes` turns the difference to what was
//! measured into changes of the replay. What the model cannot answer is refused with its reason.
//! `check` compares an answer with what was measured afterwards, `search` looks for the fastest conditions.

mod changes;
mod check;
mod condition;
mod http_clients;
mod refusal;
mod search;
mod winner;

use evidence::{ArmEvidence, Evidence};
use model::arm::{ArmName, BatchSize, Label};
use model::driver_protocol::DriverHello;
use model::experiment::Factor;
use model::recording::Recording;
use model::strategy::StrategySpec;
use replay::{ArmReplay, Bottleneck, Change, Gain};
use stats::estimate::Estimate;

use crate::replays::Replays;
use changes::changes;
pub use check::{ChangedArm, CheckedPrediction, check};
use condition::ArmConditions;
pub use condition::{Setting, WorkFactor, known_names};
pub use http_clients::MeasuredClient;
pub use refusal::Refusal;
pub use search::{Basis, Candidate, Search, TIMES_FEWER, UnpredictedArm, explored, search};
pub use winner::{Winner, winner};

/// What is asked: these settings instead of those that were measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIf {
    /// The conditions of the strategies and the settings of the link, in the order in which they hold.
    pub settings: Vec<Setting>,
    /// The batch size; none for the one that was measured.
    pub batch_size: Option<BatchSize>,
}

/// The answer for one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmPrediction {
    /// The arm from which it is predicted.
    pub arm: ArmName,
    /// Its label.
    pub label: Label,
    /// How many requests the predicted batch has.
    pub batch_size: BatchSize,
    /// How many requests the measured batch had.
    pub measured_size: BatchSize,
    /// The mean measured batch time, in seconds; none if no trial succeeded.
    pub measured: Option<f64>,
    /// The prediction, or why there is none.
    pub outcome: Result<PredictedBatch, Refusal>,
}

/// A batch under other conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictedBatch {
    /// Its time, with a 95% interval.
    pub time: Estimate,
    /// What it saves compared with the measured batch; none where that had another size.
    pub saved: Option<Estimate>,
    /// What holds it back most.
    pub bottleneck: Bottleneck,
    /// Whether it rests on something that was not seen, such as more requests at once.
    pub extrapolated: bool,
}

/// The answers for the measured arms, in the plan's order. Where a label was measured at several batch
/// sizes and another one is asked for, the nearest of them answers. None where the recording ended before
/// its plan.
pub fn predict_arms(recording: &Recording, question: &WhatIf) -> Option<Vec<ArmPrediction>> {
    let evidence = Evidence::of_recording(recording)?;
    let replays = Replays::new(&evidence, recording);
    let predictor = Predictor { recording, evidence: &evidence, replays: &replays };
    let asked = evidence.measured().filter(|arm| is_nearest(&evidence, arm, question.batch_size));
    Some(asked.map(|arm| predictor.predict(arm, question)).collect())
}

/// Whether no other measured arm of the same label has a size nearer to the one that is asked for.
fn is_nearest(evidence: &Evidence<'_>, arm: &ArmEvidence<'_>, size: Option<BatchSize>) -> bool {
    let Some(size) = size else { return true };
    let distance = |arm: &ArmEvidence<'_>| size_distance(arm.size(), size);
    let same = evidence.measured().filter(|other| other.arm.label == arm.arm.label);
    let nearest = same.min_by(|one, other| distance(one).total_cmp(&distance(other)));
    nearest.is_some_and(|nearest| nearest.arm.name == arm.arm.name)
}

/// How far two batch sizes are from each other, on a logarithmic scale.
pub(crate) fn size_distance(one: BatchSize, other: BatchSize) -> f64 {
    (f64::from(one.0.max(1)).ln() - f64::from(other.0.max(1)).ln()).abs()
}

/// Answers questions about the arms of a recording.
#[derive(Clone, Copy, Debug)]
pub struct Predictor<'p, 'a> {
    /// The recording.
    pub recording: &'a Recording,
    /// Its evidence.
    pub evidence: &'p Evidence<'a>,
    /// The replays of its arms.
    pub replays: &'p Replays,
}

impl Predictor<'_, '_> {
    /// The answer for an arm.
    pub fn predict(&self, arm: &ArmEvidence<'_>, question: &WhatIf) -> ArmPrediction {
        ArmPrediction {
            arm: arm.arm.name.clone(),
            label: arm.arm.label.clone(),
            batch_size: question.batch_size.unwrap_or(arm.size()),
            measured_size: arm.size(),
            measured: arm.mean(),
            outcome: self.outcome(arm, question),
        }
    }

    /// What the factors of an experiment together save an arm; nothing where that is not predicted.
    pub fn gain_of(&self, arm: &ArmEvidence<'_>, factors: &[&Factor]) -> Option<Gain> {
        let setting = |factor: &&Factor| {
            let (name, value) = factor.setting.split_once('=')?;
            Some(Setting { name: name.to_owned(), value: value.to_owned() })
        };
        let settings: Option<Vec<Setting>> = factors.iter().map(setting).collect();
        self.gain(arm, settings?)
    }

    /// What settings together save an arm; nothing where that is not predicted.
    pub(crate) fn gain(&self, arm: &ArmEvidence<'_>, settings: Vec<Setting>) -> Option<Gain> {
        let question = WhatIf { settings, batch_size: None };
        self.changed(arm, &question).ok()?.gain()
    }

    /// The time of an arm's batch, without what would limit it, which takes far longer to find.
    pub(crate) fn time(
        &self,
        arm: &ArmEvidence<'_>,
        question: &WhatIf,
    ) -> Result<replay::Prediction, Refusal> {
        self.changed(arm, question)?.predict()
    }

    fn outcome(&self, arm: &ArmEvidence<'_>, question: &WhatIf) -> Result<PredictedBatch, Refusal> {
        let changed = self.changed(arm, question)?;
        let prediction = changed.predict()?;
        let ChangedReplay { replay, changes, .. } = &changed;
        let seen = if changes.is_empty() { 0.0 } else { self.seen_error(arm) };
        Ok(PredictedBatch {
            time: prediction.batch.at_least(seen),
            saved: changed.gain().map(|gain| gain.saved),
            bottleneck: replay.bottleneck(changes).ok_or(Refusal::Unobserved)?,
            extrapolated: prediction.extrapolated,
        })
    }

    /// By how much other batch sizes that were measured are predicted wrongly from an arm, at most, as a share of the
    /// prediction; zero where there is no other.
    fn seen_error(&self, arm: &ArmEvidence<'_>) -> f64 {
        let others = self
            .evidence
            .measured()
            .filter(|other| other.arm.label == arm.arm.label && other.arm.name != arm.arm.name);
        let error = |other: &ArmEvidence<'_>| {
            let size = WhatIf { batch_size: Some(other.size()), ..WhatIf::default() };
            let predicted = self.time(arm, &size).ok()?.batch.seconds;
            Some((other.mean()? / predicted - 1.0).abs()).filter(|error| error.is_finite())
        };
        others.filter_map(error).fold(0.0, f64::max)
    }

    fn changed(
        &self,
        arm: &ArmEvidence<'_>,
        question: &WhatIf,
    ) -> Result<ChangedReplay<'_>, Refusal> {
        let before = self.conditions(arm)?;
        let after = before.with(question)?;
        let replay = self.replay(arm)?;
        let changes = changes(&before, &after, replay)?;
        Ok(ChangedReplay { replay, changes, keeps_size: after.requests == before.requests })
    }

    fn replay(&self, arm: &ArmEvidence<'_>) -> Result<&ArmReplay, Refusal> {
        let replay = self.replays.of_arm(&arm.arm.name).ok_or(Refusal::Unobserved)?;
        if replay.is_calibrated() {
            Ok(replay)
        } else {
            Err(Refusal::NotCalibrated { error: replay.error() })
        }
    }

    fn conditions(&self, arm: &ArmEvidence<'_>) -> Result<ArmConditions<'_>, Refusal> {
        let setting = arm.setting.as_ref().ok_or(Refusal::Unobserved)?;
        let facts = self.recording.facts.iter().find(|facts| facts.arm == arm.arm.name);
        let drivers = &self.recording.header.drivers;
        let spec = drivers.get(arm.arm.driver.0).and_then(|driver| strategy(driver, arm));
        Ok(ArmConditions::measured(arm, setting, spec, facts.map(|facts| &facts.facts)))
    }
}

/// The replay of an arm, and what a question changes in it.
struct ChangedReplay<'r> {
    replay: &'r ArmReplay,
    changes: Vec<Change>,
    /// Whether the batch has as many requests as the measured one.
    keeps_size: bool,
}

impl ChangedReplay<'_> {
    fn predict(&self) -> Result<replay::Prediction, Refusal> {
        self.replay.predict(&self.changes).ok_or(Refusal::Unobserved)
    }

    /// What the changes save; nothing where the batch has another size.
    fn gain(&self) -> Option<Gain> {
        if self.keeps_size { self.replay.gain(&self.changes) } else { None }
    }
}

fn strategy<'d>(driver: &'d DriverHello, arm: &ArmEvidence<'_>) -> Option<&'d StrategySpec> {
    driver.strategies.iter().find(|spec| spec.name == arm.arm.strategy)
}

#[cfg(test)]
mod tests;
