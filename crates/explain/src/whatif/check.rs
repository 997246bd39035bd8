//! What was measured after a prediction, under the conditions that it is about.

use evidence::{ArmEvidence, Evidence};
use model::arm::{Arm, ArmName, BatchSize, Label};
use model::recording::Recording;
use stats::estimate::Estimate;

use super::condition::{Setting, WorkFactor, own_name};
use super::{ArmPrediction, PredictedBatch};

/// A prediction that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedPrediction {
    /// The arm from which it was predicted.
    pub arm: ArmName,
    /// The predicted time.
    pub predicted: Estimate,
    /// The measured time.
    pub measured: Estimate,
    /// How far the prediction is off, as a share of the measured time.
    pub error: f64,
    /// The time of the unchanged arm in the same blocks; none if it was not measured.
    pub unchanged: Option<Estimate>,
}

/// What has to be measured to check a prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedArm {
    /// The unchanged arm.
    pub arm: ArmName,
    /// The label with which it was recorded.
    pub label: Label,
    /// The label with what is set.
    pub changed: Label,
    /// The batch size that was recorded.
    pub recorded_size: BatchSize,
    /// The batch size that is predicted.
    pub batch_size: BatchSize,
}

impl ChangedArm {
    /// The arm that checks a prediction.
    ///
    /// # Errors
    /// The first setting that no run can have, such as a factor of the client's work.
    pub fn new(
        arm: &Arm,
        prediction: &ArmPrediction,
        settings: &[Setting],
    ) -> Result<Self, Setting> {
        let mut given = arm.label.conditions();
        for setting in settings {
            let name = own_name(&arm.conditions, &setting.name).ok_or_else(|| setting.clone())?;
            if WorkFactor::of(setting).is_some() {
                return Err(setting.clone());
            }
            given.insert(name, setting.value.clone());
        }
        Ok(Self {
            arm: arm.name.clone(),
            label: arm.label.clone(),
            changed: Label::new(&arm.strategy, &given),
            recorded_size: prediction.measured_size,
            batch_size: prediction.batch_size,
        })
    }
}

/// Compares predictions with what a recording of the changed arms shows. Those that it does not show are
/// left out.
pub fn check(
    predictions: &[ArmPrediction],
    changed: &[ChangedArm],
    recording: &Recording,
) -> Vec<CheckedPrediction> {
    let Some(evidence) = Evidence::of_recording(recording) else { return Vec::new() };
    let checked = |changed: &ChangedArm| {
        let prediction = predictions.iter().find(|prediction| prediction.arm == changed.arm)?;
        let batch: &PredictedBatch = prediction.outcome.as_ref().ok()?;
        let measured = time(&evidence, &changed.changed, changed.batch_size)?;
        Some(CheckedPrediction {
            arm: changed.arm.clone(),
            predicted: batch.time,
            measured,
            error: batch.time.seconds / measured.seconds - 1.0,
            unchanged: time(&evidence, &changed.label, changed.recorded_size),
        })
    };
    changed.iter().filter_map(checked).filter(|check| check.measured.seconds > 0.0).collect()
}

fn time(evidence: &Evidence<'_>, label: &Label, size: BatchSize) -> Option<Estimate> {
    let arm: &ArmEvidence<'_> = evidence.arm(&Arm::measured_name(label, size))?;
    let times: Vec<f64> = arm.runs().map(|run| run.batch_time().as_secs()).collect();
    Estimate::from_blocks(&times)
}
