//! The machine: its clocks, its processes, its timers and its facts.
//!
//! Only this crate reads a clock, and only this crate may depend on Linux. It knows nothing about
//! HTTP, plans or statistics: it returns durations, numbers and texts.

pub mod arrival;
pub mod clock;
pub mod facts;
pub mod files;
pub mod process;
pub mod processors;
pub mod refusing_port;
pub mod terminal;
pub mod threads;
pub mod timer;
pub mod usage;
