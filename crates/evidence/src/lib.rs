//! The evidence of a recording: what each trial shows, examined once.
//!
//! `join` matches the client's rows with the witness's, `milestones` chooses each timestamp from
//! both, `path` finds the critical path and `account` charges every nanosecond of it. `trials`
//! selects the counted trials, `setting` holds what the plan says of an arm.
//!
//! A pure function of the recording: no files, no clocks, no random numbers. Findings and caveats
//! live in `explain`.

pub mod account;
pub mod connections;
pub mod detour;
pub mod join;
pub mod milestones;
pub mod path;
pub mod setting;
pub mod threads;
pub mod trials;

#[cfg(any(test, feature = "testing"))]
pub mod anything;
#[cfg(any(test, feature = "testing"))]
pub mod noise;
#[cfg(any(test, feature = "testing"))]
pub mod sample;
