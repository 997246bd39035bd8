//! Runs a plan: the schedule, the driver processes, the endpoint's process, the run loop.
//!
//! What happens goes out as lines of a recording and as events; nothing here prints, and nothing
//! here knows any one client. The run loop ([`run`]) sees the world through [`bench::Bench`], so
//! that the order of an experiment can be tested with simulated drivers and virtual time.

pub mod audit;
pub mod bench;

pub mod check;
pub mod command;
pub mod driver;
pub mod endpoint;
pub mod environment;
pub mod event;
pub mod groups;
pub mod interrupt;
pub mod laboratory;
pub mod line_process;
pub mod looks;
pub mod pilot;
pub mod run;
pub mod schedule;
mod statuses;
