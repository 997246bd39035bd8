//! The machine: its clocks, its processes, its timers, its facts.
//!
//! The only crate that reads a clock, and the only one that may depend on Linux. It knows nothing
//! of HTTP, of plans or of statistics: it gives durations, numbers and texts.

pub mod arrival;
pub mod clock;
pub mod facts;
pub mod files;
pub mod process;
pub mod processors;
pub mod timer;
pub mod usage;
