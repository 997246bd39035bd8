//! The subcommands, one file each.

pub mod driver_check;
pub mod endpoint;
pub mod explain;
pub mod processes;
pub mod report;
pub mod run;
pub mod strategies;
pub mod tune;
pub mod whatif;
