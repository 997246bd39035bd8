//! Experiments: copies of an arm with causes removed, to measure what each was worth.
//!
//! An experiment is a factorial design around one measured arm. Every meaningful combination of its
//! factors is a cell, every cell is an arm, and every arm runs in every block. A dose response is the
//! same arm with a slower and slower server.
//!
//! What is removed is decided in `design`, before the first block. What it was worth is decided in
//! `explain`.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::ArmName;
use crate::time::Span;

crate::closed_list! {
    /// A cause that an experiment can remove: a closed list, each at most once per experiment.
    pub enum FactorKind {
        /// One session serves all batches, so a batch does not open its own.
        WarmSession = "warm_session",
        /// All connections share one TLS context, so none makes its own.
        SharedContext = "shared_context",
        /// As many requests run at once as the batch has, so none waits for a worker or a permit.
        Workers = "workers",
        /// Fewer requests run at once, which some clients need less CPU time for.
        FewerAtOnce = "fewer_at_once",
        /// As many connections are kept as the batch has requests, so none is dropped or awaited.
        Pool = "pool",
        /// The endpoint speaks plain HTTP, without TLS.
        PlainText = "plain_text",
        /// TLS sessions are resumed, without the longer part of the handshake.
        Resumption = "resumption",
        /// The client does not read the environment and .netrc for every request.
        TrustEnvironment = "trust_environment",
        /// Requests sleep for as long as they waited for their responses, without client library and
        /// network.
        Sleep = "sleep",
        /// Each name is looked up once per batch.
        Lookups = "lookups",
        /// The kernel sends small writes at once (TCP_NODELAY).
        NoDelay = "no_delay",
        /// Responses are not compressed.
        Compression = "compression",
        /// The code's own sleeps return at once.
        SleepsSkipped = "sleeps_skipped",
        /// No garbage collection runs during a batch.
        GarbageCollection = "garbage_collection",
        /// uvloop replaces asyncio's own event loop.
        EventLoop = "event_loop",
    }
}

impl FactorKind {
    /// The factors beside which this one changes nothing: plain HTTP has no TLS to prepare or resume,
    /// sleeping requests have no connection, one limit cannot be lower and higher, and uvloop looks up names and sets TCP_NODELAY by itself.
    pub const fn means_nothing_beside(self) -> &'static [Self] {
        match self {
            Self::SharedContext | Self::Resumption => &[Self::PlainText, Self::Sleep],
            Self::Pool | Self::PlainText | Self::TrustEnvironment => &[Self::Sleep],
            Self::Lookups | Self::NoDelay => &[Self::EventLoop],
            Self::FewerAtOnce => &[Self::Workers],
            Self::WarmSession
            | Self::Workers
            | Self::Sleep
            | Self::Compression
            | Self::SleepsSkipped
            | Self::GarbageCollection
            | Self::EventLoop => &[],
        }
    }
}

/// A cause that an experiment removes, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Factor {
    /// The cause.
    pub kind: FactorKind,
    /// The setting that removes it, such as `session=warm` or `workers=16`.
    pub setting: String,
    /// The setting of the unchanged arm, such as `session=cold`.
    pub instead_of: String,
    /// Why it was chosen, by the pilot; null in recordings that do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<FactorReason>,
}

/// Why a cause is removed, by the trials of the pilot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum FactorReason {
    /// The replay of the pilot predicts what removing this cause alone saves.
    Prediction(PredictedGain),
    /// The replay predicts nothing about it, but it may have much of the batch.
    Share {
        /// The largest share of the pilot's batch that it may have, from 0 to 1.
        most: f64,
    },
}

/// By how much a batch is predicted to become shorter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictedGain {
    /// The gain, in seconds.
    pub seconds: f64,
    /// The lower end of its 95% interval, in seconds; null for one trial.
    pub low: Option<f64>,
    /// The upper end, in seconds; null for one trial.
    pub high: Option<f64>,
    /// Whether it rests on something that the pilot did not show, such as more requests at once.
    pub extrapolated: bool,
}

/// A combination of the factors of an experiment, and the arm that measures it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExperimentCell {
    /// The arm; without any factor, the arm to explain.
    pub arm: ArmName,
    /// The factors that are on: the removed causes.
    pub on: BTreeSet<FactorKind>,
}

/// A factorial design around one measured arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// The measured arm to explain.
    pub arm: ArmName,
    /// The measured arm that was fastest at its batch size in the pilot; null if there is no other arm
    /// or the arm itself was fastest.
    pub versus: Option<ArmName>,
    /// The removed causes.
    pub factors: Vec<Factor>,
    /// Every meaningful combination. In the others a factor changes nothing beside another one; they have the
    /// result of the cell without that factor.
    pub cells: Vec<ExperimentCell>,
}

impl Factor {
    /// What was predicted before the first block that removing this cause alone saves.
    pub const fn predicted(&self) -> Option<PredictedGain> {
        match self.reason {
            Some(FactorReason::Prediction(gain)) => Some(gain),
            Some(FactorReason::Share { .. }) | None => None,
        }
    }
}

impl Experiment {
    /// The cell with the result of a combination: the one of its meaningful factors.
    pub fn cell(&self, on: &BTreeSet<FactorKind>) -> Option<&ExperimentCell> {
        let meant: BTreeSet<FactorKind> =
            on.iter().copied().filter(|&kind| means_something(kind, on)).collect();
        self.cells.iter().find(|cell| cell.on == meant)
    }
}

/// Whether a factor changes anything beside others that are on.
pub fn means_something(kind: FactorKind, on: &BTreeSet<FactorKind>) -> bool {
    kind.means_nothing_beside().iter().all(|other| !on.contains(other))
}

/// The same arm with a slower and slower server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoseResponse {
    /// The measured arm.
    pub arm: ArmName,
    /// The extra think times and the arms that measure them. The first one is the arm itself, with no
    /// extra time.
    pub doses: Vec<Dose>,
}

/// An extra think time of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dose {
    /// The extra think time.
    pub think: Span,
    /// The arm that measures it.
    pub arm: ArmName,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(arm: &str, on: &[FactorKind]) -> ExperimentCell {
        ExperimentCell { arm: ArmName(arm.to_owned()), on: on.iter().copied().collect() }
    }

    #[test]
    fn finds_the_cell_of_a_meaningless_combination() {
        use FactorKind::{PlainText, SharedContext};
        let experiment = Experiment {
            arm: ArmName("a@4".to_owned()),
            versus: None,
            factors: Vec::new(),
            cells: vec![
                cell("a@4", &[]),
                cell("a@4#context=shared", &[SharedContext]),
                cell("a@4#tls=off", &[PlainText]),
            ],
        };
        let arm = |on: &[FactorKind]| {
            experiment.cell(&on.iter().copied().collect()).map(|cell| cell.arm.0.as_str())
        };
        assert_eq!(arm(&[]), Some("a@4"));
        assert_eq!(arm(&[SharedContext]), Some("a@4#context=shared"));
        assert_eq!(arm(&[PlainText, SharedContext]), Some("a@4#tls=off"));
        assert_eq!(arm(&[FactorKind::Pool]), None);
    }

    #[test]
    fn a_factor_of_an_older_recording_has_no_reason() {
        let text = r#"{"kind":"pool","setting":"pool=4","instead_of":"pool=2"}"#;
        let factor: Factor = serde_json::from_str(text).expect("reads");
        assert_eq!((factor.reason, factor.predicted()), (None, None));
        assert_eq!(serde_json::to_string(&factor).expect("writes"), text);
    }

    #[test]
    fn a_factor_says_by_what_it_was_chosen() {
        let predicted =
            PredictedGain { seconds: 0.5, low: Some(0.25), high: None, extrapolated: false };
        let of = |reason| Factor {
            kind: FactorKind::Pool,
            setting: "pool=4".to_owned(),
            instead_of: "pool=2".to_owned(),
            reason: Some(reason),
        };
        let written = |reason| serde_json::to_value(of(reason)).expect("writes")["reason"].clone();
        assert_eq!(
            written(FactorReason::Prediction(predicted)),
            serde_json::json!({"by": "prediction", "seconds": 0.5, "low": 0.25, "high": null,
                "extrapolated": false})
        );
        let share = FactorReason::Share { most: 0.5 };
        assert_eq!(written(share), serde_json::json!({"by": "share", "most": 0.5}));
        assert_eq!(of(FactorReason::Prediction(predicted)).predicted(), Some(predicted));
        assert_eq!(of(share).predicted(), None);
    }
}
