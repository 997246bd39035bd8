//! The evidence of a recording: each counted trial, examined once.
//!
//! `examined` is what one trial shows, `arm` what the trials of an arm show, `evidence` the whole
//! recording. `join` matches the client's requests with the witness's rows, `detour` finds those that
//! were made again, `milestones` chooses each timestamp from both sides, `path` finds the critical
//! path and `account` charges every nanosecond of it. `setting` is what the plan says of an arm.
//!
//! A pure function of the recording: no files, no clocks, no random numbers. Findings and caveats
//! live in `explain`.

pub mod account;
mod arm;
pub mod connections;
pub mod detour;
mod evidence;
mod examined;
pub mod join;
pub mod milestones;
pub mod path;
pub mod setting;
pub mod threads;

#[cfg(any(test, feature = "testing"))]
pub mod arbitrary;
#[cfg(any(test, feature = "testing"))]
pub mod noise;
#[cfg(any(test, feature = "testing"))]
pub mod sample;

pub use arm::{ArmEvidence, PairedTrials};
pub use evidence::Evidence;
pub use examined::{Examined, success};
