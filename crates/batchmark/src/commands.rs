//! The subcommands, one file each.

pub mod compare;
pub mod completions;
pub mod doctor;
pub mod driver_check;
mod dry_run;
pub mod endpoint;
pub mod explain;
pub mod man;
pub mod merge;
pub mod new;
pub mod processes;
pub mod report;
mod resume;
pub mod run;
pub mod serve;
pub mod strategies;
pub mod tune;
pub mod whatif;
