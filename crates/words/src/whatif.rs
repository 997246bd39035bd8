//! Predictions in words, and their JSON. `docs/whatif.schema.json` is its schema.

use std::collections::BTreeMap;

use explain::Bottleneck;
use explain::whatif::{
    ArmPrediction, Basis, CheckedPrediction, PredictedBatch, Refusal, UnpredictedArm, WhatIf,
    Winner,
};
use model::arm::{ArmName, BatchSize, Label};
use schemars::JsonSchema;
use serde::Serialize;

use crate::list::listed;
use crate::number::{millis_with_interval, percent};

/// The name and version that a document carries.
pub const SCHEMA: &str = "batchmark-predictions/1";

/// What is asked: `batch size 64, workers=32, rtt=80ms`.
pub fn question(question: &WhatIf) -> String {
    let size = question.batch_size.map(|size| format!("batch size {size}"));
    let settings =
        question.settings.iter().map(|setting| format!("{}={}", setting.name, setting.value));
    let parts: Vec<String> = size.into_iter().chain(settings).collect();
    if parts.is_empty() { "as measured".to_owned() } else { parts.join(", ") }
}

/// What holds a batch back most, and its share of the batch: `client CPU (46%)`.
pub fn bottleneck(bottleneck: &Bottleneck) -> String {
    format!("{} ({})", crate::bottleneck::limit(bottleneck.limit), percent(bottleneck.share))
}

/// Which strategy won a race, and which others may be as fast.
pub fn winner(winner: &Winner) -> String {
    let Winner { label, batch_size, time, ties } = winner;
    let time = millis_with_interval(time.seconds, time.low.zip(time.high));
    let best = format!("best for a batch of {batch_size}: {label}, {time}.");
    if ties.is_empty() {
        return best;
    }
    let ties: Vec<&str> = ties.iter().map(|label| label.0.as_str()).collect();
    format!("{best} Not certainly slower: {}.", listed(&ties))
}

/// How a candidate's time is known.
pub const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Measured => "measured",
        Basis::Predicted => "predicted",
        Basis::Extrapolated => "extrapolated",
    }
}

/// Why the other conditions of an arm are not searched, and how to measure them.
pub fn unpredicted(arm: &UnpredictedArm) -> String {
    format!(
        "{}: its other conditions are not predicted: {}. To compare some of them, name them with -s.",
        arm.label,
        refusal(&arm.refusal)
    )
}

/// Why nothing is predicted for an arm, as a clause without a full stop.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unobserved => {
            "the recording shows no request of it: record it again, with the socket witness on"
                .into()
        }
        Refusal::NotCalibrated { error } => {
            let direction = if *error < 0.0 { "shorter" } else { "longer" };
            format!(
                "the model does not reproduce what was measured: its batch is {} {direction}",
                percent(error.abs())
            )
        }
        Refusal::NoCondition { condition } => {
            format!("the strategy has no condition {condition}")
        }
        Refusal::BadValue { condition, value } => {
            format!("{value:?} is no value of {condition}")
        }
        Refusal::NotEmbedded { setting } => {
            format!("{setting} applies only to the embedded endpoint")
        }
        Refusal::NotModelled { condition, value } => {
            format!(
                "the model does not know what {condition}={value} does: measure it with `batchmark run`"
            )
        }
        Refusal::Http2NotOffered => {
            "the endpoint of the recording does not offer HTTP/2: record the arm with --link http=2"
                .into()
        }
        Refusal::OpeningUnseen => {
            "connections would be opened, and the recording shows no opening: record the arm with \
             session=cold"
                .into()
        }
        Refusal::HandshakeUnseen => {
            "the recording shows no such TLS handshake: record the arm with these conditions".into()
        }
        Refusal::RoundTripUnknown => {
            "the round trip is not known, because no connection was opened: record the arm with \
             session=cold"
                .into()
        }
        Refusal::BytesUnknown => "the recording does not show how many bytes responses have".into(),
    }
}

/// What arms of a recording would take under other conditions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "batchmark predictions, version 1")]
pub struct Document<'a> {
    /// Always `batchmark-predictions/1`.
    schema: &'static str,
    /// The answer for each arm, in the plan's order.
    predictions: Vec<PredictionDocument<'a>>,
}

/// What one arm would take.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Prediction")]
struct PredictionDocument<'a> {
    /// The measured arm from which it is predicted.
    arm: &'a ArmName,
    /// That arm's label.
    label: &'a Label,
    /// The number of requests of the predicted batch.
    batch_size: BatchSize,
    /// The number of requests of the measured batch.
    measured_batch_size: BatchSize,
    /// The conditions and settings that are asked about.
    set: BTreeMap<&'a str, &'a str>,
    /// The mean measured batch time, in seconds; null if no trial succeeded.
    measured_seconds: Option<f64>,
    /// The predicted batch time, in seconds; null where nothing is predicted.
    seconds: Option<f64>,
    /// The lower end of its 95% interval.
    low: Option<f64>,
    /// The upper end of its 95% interval.
    high: Option<f64>,
    /// How much shorter the batch becomes, in seconds; null where it has another size.
    saved_seconds: Option<f64>,
    /// What holds the predicted batch back most.
    bottleneck: Option<&'static str>,
    /// The share of the predicted batch that the bottleneck takes.
    bottleneck_share: Option<f64>,
    /// Whether the prediction rests on something that was not seen, such as more requests at once.
    extrapolated: bool,
    /// Why nothing is predicted, for people; null where something is.
    refused: Option<String>,
    /// What was measured with `--check`; null without it.
    check: Option<CheckDocument>,
}

/// What was measured under the conditions that are asked about.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct CheckDocument {
    /// The mean measured batch time, in seconds.
    seconds: f64,
    /// The lower end of its 95% interval.
    low: Option<f64>,
    /// The upper end of its 95% interval.
    high: Option<f64>,
    /// How far the prediction is off, as a share of the measured time.
    error: f64,
    /// The mean time of the unchanged arm in the same blocks, in seconds.
    unchanged_seconds: Option<f64>,
}

impl From<&CheckedPrediction> for CheckDocument {
    fn from(check: &CheckedPrediction) -> Self {
        let measured = check.measured;
        Self {
            seconds: measured.seconds,
            low: measured.low,
            high: measured.high,
            error: check.error,
            unchanged_seconds: check.unchanged.map(|time| time.seconds),
        }
    }
}

impl<'a> PredictionDocument<'a> {
    fn new(
        prediction: &'a ArmPrediction,
        question: &'a WhatIf,
        checks: &[CheckedPrediction],
    ) -> Self {
        let predicted: Option<&PredictedBatch> = prediction.outcome.as_ref().ok();
        let time = predicted.map(|batch| batch.time);
        let settings = question.settings.iter();
        Self {
            arm: &prediction.arm,
            label: &prediction.label,
            batch_size: prediction.batch_size,
            measured_batch_size: prediction.measured_size,
            set: settings.map(|it| (it.name.as_str(), it.value.as_str())).collect(),
            measured_seconds: prediction.measured,
            seconds: time.map(|time| time.seconds),
            low: time.and_then(|time| time.low),
            high: time.and_then(|time| time.high),
            saved_seconds: predicted.and_then(|batch| Some(batch.saved?.seconds)),
            bottleneck: predicted.map(|batch| batch.bottleneck.limit.name()),
            bottleneck_share: predicted.map(|batch| batch.bottleneck.share),
            extrapolated: predicted.is_some_and(|batch| batch.extrapolated),
            refused: prediction.outcome.as_ref().err().map(refusal),
            check: checks.iter().find(|it| it.arm == prediction.arm).map(CheckDocument::from),
        }
    }
}

/// Writes predictions, with those that were checked, as JSON, ending in a line break.
pub fn json(
    predictions: &[ArmPrediction],
    question: &WhatIf,
    checks: &[CheckedPrediction],
) -> String {
    let document = |prediction| PredictionDocument::new(prediction, question, checks);
    let document =
        Document { schema: SCHEMA, predictions: predictions.iter().map(document).collect() };
    crate::json::pretty(&document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::whatif::Setting;

    #[test]
    fn the_committed_schema_of_predictions_is_that_of_the_types() {
        test_support::assert_committed::<Document<'_>>("whatif.schema.json");
    }

    #[test]
    fn a_question_names_the_batch_size_and_every_setting() {
        let setting =
            |name: &str, value: &str| Setting { name: name.to_owned(), value: value.to_owned() };
        let asked = WhatIf {
            settings: vec![setting("workers", "32"), setting("rtt", "80ms")],
            batch_size: Some(BatchSize(64)),
        };
        assert_eq!(question(&asked), "batch size 64, workers=32, rtt=80ms");
        assert_eq!(question(&WhatIf::default()), "as measured");
    }

    #[test]
    fn a_winner_is_named_with_those_that_may_be_as_fast() {
        let label = |text: &str| Label(text.to_owned());
        let time = explain::Estimate { seconds: 0.014, low: Some(0.0136), high: Some(0.0144) };
        let alone =
            Winner { label: label("a/x"), batch_size: BatchSize(16), time, ties: Vec::new() };
        assert_eq!(winner(&alone), "best for a batch of 16: a/x, 14.0 ms [13.6, 14.4].");
        let tied = Winner { ties: vec![label("b/y"), label("c/z")], ..alone };
        assert!(
            winner(&tied).ends_with(" Not certainly slower: b/y and c/z."),
            "{}",
            winner(&tied)
        );
    }

    #[test]
    fn a_refusal_says_how_far_the_model_is_off() {
        let sentence = refusal(&Refusal::NotCalibrated { error: -0.12 });
        assert!(sentence.ends_with("its batch is 12% shorter"), "{sentence}");
    }
}
