//! From a recording to its analysis: values, without sentences.
//!
//! `analysis` is the whole; `arms`, `failures`, `ratios`, `gap`, `law`, `findings`, `caveats` and
//! `answer` are its parts. `counters`, `threads` and `agreement` describe one arm. `controls` and `outliers`
//! measure how far the rest can be trusted; `attribution` and `dose` evaluate experiments,
//! `tried` the changes that were imposed on the user's code.
//! `bottleneck` is what limits an arm, by its replay, and `kept_session` what it would gain by a warm one.
//! `compare` sets two recordings side by side, and `merge` joins those of one plan from several places.
//! `live` is a run that is not over, `waterfall` one trial, request by request.
//! `measured` joins the evidence of an arm with its analysis,
//! `margin` is the smallest difference that matters, `replays` holds the model of each measured arm, and
//! `whatif` asks it what other conditions would change.
//!
//! A pure function of the recording: no files, no clocks, no random numbers. A truncated recording
//! does not panic.

mod agreement;
mod analysis;
mod answer;
mod arms;
mod attribution;
mod bottleneck;
pub mod caveats;
mod charges;
pub mod compare;
mod controls;
mod counters;
mod dose;
mod failures;
mod findings;
mod gap;
mod kept_session;
mod law;
pub mod live;
mod margin;
mod measured;
pub mod merge;
mod outliers;
mod ratios;
mod replays;
mod requests_per_item;
mod threads;
mod tried;
pub mod waterfall;
pub mod whatif;

pub use agreement::{Disagreement, Dispute};
pub use analysis::{Analysis, analyse};
pub use answer::{Answer, RankedArm};
pub use arms::{ArmAnalysis, Describe, Handshakes};
pub use attribution::{
    Attribution, CellTime, FactorAttribution, GroupAttribution, Interaction, Range, Share,
};
pub use bottleneck::{ArmBottleneck, LimitUsage, NextLimit};
pub use caveats::{Caveat, CaveatCode, FactDifference, FactGroup};
pub use controls::{ControlAnalysis, Gate};
pub use counters::{ContextSwitches, InFlight, Latency};
pub use dose::{Concurrency, DoseAnalysis, DoseTime, Slope};
pub use failures::{FailedRequest, FailureCount, LostTrials};
pub use findings::{
    ArmClient, ClientLibrary, ClientOrigin, CodeLine, ContextScope, Enabler, Finding, FindingCode,
    FindingEvidence, FindingFigure, FindingReference, LimitChange, PerFindingCode, Promise,
    PromisedGain, PromisedPair, Proof, ProofVerdict, QueueObservation, Remedy,
};
pub use gap::{Gap, GapPart, GapPartName, GapParts, PhaseGap, PhasesGap};
pub use kept_session::KeptSession;
pub use law::{
    CostModel, Doubt, Law, LawCrossing, LawPart, LeftOut, Prediction, RatioEstimate, Reached,
    Residual, Shape, SizePrediction, SpeedUp, predict,
};
pub use margin::{MARGIN, least_gain};
pub use outliers::Outliers;
pub use ratios::{Companion, RatioAnalysis};
pub use replay::{Bottleneck, Gain, Limit};
pub use replays::Replays;
pub use requests_per_item::RequestCount;
pub use stats::estimate::Estimate;
pub use threads::{ThreadGroup, WaitingThreads};
pub use tried::{TriedChange, TriedVerdict};
