//! The model of a batch: what it would take under other conditions.
//!
//! `learn` makes a `Batch` of one examined trial: requests as steps on resources. `simulate` replays
//! it. `change` makes the batch of another condition. `arm` does this for the trials of an arm, and
//! checks first that the replay reproduces what was measured.
//!
//! A pure function of the evidence: no files, no clocks, no random numbers. What a prediction means is
//! decided in `explain`.

mod arm;
pub mod batch;
mod bottleneck;
mod change;
mod client_work;
mod growth;
mod learn;
mod predict;
mod shorten;
mod simulate;
mod start_growth;
mod wake;
mod work_costs;

pub use arm::{ArmFacts, ArmReplay, BatchBeginning, Gain, Prediction, Threading};
pub use bottleneck::{Bottleneck, Limit, NextLimit, Usage};
pub use change::{Change, Multiplexing, Sharing, Version, WorkRatio};
pub use client_work::ClientWork;
pub use predict::predict;
pub use simulate::{Replayed, Woken, simulate};
pub use work_costs::WorkStretch;
