//! Runs a plan: the schedule, the driver processes, the endpoint's process, and the run loop.
//!
//! Everything that happens is recorded and sent out as events. Nothing here prints, and nothing here
//! knows a particular client. The run loop ([`run`]) sees the outside through
//! [`executor::Executor`], so tests can simulate drivers in virtual time.

pub mod audit;
pub mod command;
pub mod driver;
pub mod endpoint;
pub mod environment;
pub mod event;
pub mod executor;
pub mod host_driver;
pub mod interrupt;
pub mod line_process;
pub mod pilot;
pub mod process_executor;
pub mod process_groups;
pub mod recorded;
pub mod run;
mod sampling;
pub mod schedule;
pub mod socket_recorders;
mod statuses;
pub mod stopping;
