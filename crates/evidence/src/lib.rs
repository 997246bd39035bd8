//! The evidence of a recording: each counted trial, examined once.
//!
//! Imports run in this order: `setting` is what the plan says of an arm; `traffic` is what one witness
//! saw, in one form for both; `detour` finds requests that were made again; `openings` finds what
//! came before a connection; `join` matches the client's requests with the witnesses' rows;
//! `milestones` chooses each timestamp from the trace, the endpoint and the socket witness;
//! `in_flight` counts the requests at one moment; `server_room` finds how many a server handles at once; `path` finds the critical path; `thread_states` says
//! what the client's threads did; `account` charges every nanosecond of the path; `code_time` says
//! which lines of the code the client's part of it passes on. `examined` is what one trial shows, `arm` what the trials of an arm show, and
//! `evidence` the whole recording.
//!
//! A pure function of the recording: no files, no clocks, no random numbers. Findings and caveats
//! live in `explain`.

pub mod account;
mod arm;
pub mod code_time;
pub mod connections;
pub mod detour;
mod evidence;
mod examined;
pub mod http_versions;
pub mod in_flight;
pub mod join;
pub mod milestones;
pub mod open_streams;
pub mod openings;
pub mod path;
pub mod pauses;
mod scale;
pub mod server_room;
pub mod setting;
pub mod thread_states;
pub mod threads;
pub mod traffic;

pub use arm::{ArmEvidence, ArmPath, PairedTrials};
pub use evidence::Evidence;
pub use examined::{Examined, examine, examine_ran, success};
