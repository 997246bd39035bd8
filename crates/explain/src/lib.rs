//! From a recording to its analysis.
//!
//! `analysis` is the whole of what is said, and the root of the JSON; `arms`, `failures`,
//! `ratios`, `gap`, `law`, `findings` and `caveats` are its parts, each with the code that makes it out of
//! the `trials` that count. What is said of an arm comes from `path`, `counters`, `connections` and
//! `agreement`: they `join` the client's rows with the witness's, choose the `milestones` of each
//! request from both, and know from the `setting` what the plan says. `controls`, `dependence` and
//! `outliers` say how far the rest can be trusted; `attribution` and `dose` say what was found by
//! experiment. `estimate` is a time over blocks, `figures` how numbers stand in sentences,
//! `margin` how large a difference must be to matter.
//!
//! A pure function of the recording: nothing here opens a file, reads a clock or draws a random
//! number, and no recording makes it panic, however it was cut off.

mod account;
mod agreement;
mod analysis;
mod answer;
#[cfg(test)]
mod anything;
mod arms;
mod attribution;
mod caveat;
mod caveats;
mod connections;
mod controls;
mod counters;
mod dependence;
mod detour;
mod dose;
mod estimate;
mod failures;
pub mod figures;
mod findings;
mod gap;
mod join;
mod law;
mod margin;
mod milestones;
#[cfg(test)]
mod noise;
mod outliers;
mod path;
mod phase;
mod ratios;
mod setting;
mod side;
mod threads;
mod trials;

#[cfg(any(test, feature = "testing"))]
pub mod sample;

pub use agreement::{Disagreement, Dispute};
pub use analysis::{Analysis, SCHEMA, analyse, schema};
pub use answer::Answer;
pub use arms::{ArmAnalysis, Describe, Handshakes};
pub use attribution::{
    Attribution, CellTime, FactorAttribution, GroupAttribution, Interaction, Range, Share,
};
pub use caveat::Caveat;
pub use caveat::difference::{Alike, Difference};
pub use controls::{ControlAnalysis, Gate};
pub use counters::{ContextSwitches, InFlight, Latency, most_in_flight};
pub use dose::{Concurrency, DoseAnalysis, DoseTime, Slope};
pub use estimate::Estimate;
pub use failures::{FailureCount, LostTrials};
pub use findings::{Code, Finding};
pub use gap::{Gap, PhaseGap, PhasesGap};
pub use law::{
    Crossing, Factor, Law, LeftOut, Prediction, Reached, Residual, Shape, SpeedUp, predict,
};
pub use outliers::Outliers;
pub use path::{CriticalPath, Label, Path, Segment};
pub use phase::Phase;
pub use ratios::{Companion, RatioAnalysis};
