//! The statistics: numbers in, numbers out. No HTTP, no clock, and no random numbers but those that
//! a test seeds. Each module header names its source and its assumptions.
//!
//! - Summaries: `describe` (one arm), `median` (its interval), `estimate` (a time over blocks).
//! - Comparisons: `ratio` (two arms, paired by block), with the intervals of `student`;
//!   `hodges_lehmann` (robust), with the quantiles of `signed_rank`; `independent` (two runs);
//!   `random_effects` (one ratio in several places).
//! - Several machines: `latency_histogram` adds latencies, `clock_offset` compares clocks.
//! - Decisions: `verdict` (a ratio in words), `precision` (when to stop).
//! - Checks of the intervals: `drift`, `autocorrelation`, `groups` and `slot`, combined by `holm`.
//! - Causes: `factorial` (the share of each of several causes).
//! - The cost model: `line` fits it, and `crossing` is where two of them meet.
//! - Parts of what was seen: `least_deviations` fits what each takes.
//! - `quantity` has the types of the formulas.

pub mod autocorrelation;
pub mod clock_offset;
pub mod crossing;
pub mod describe;
pub mod drift;
pub mod estimate;
pub mod factorial;
pub mod groups;
pub mod hodges_lehmann;
pub mod holm;
pub mod independent;
pub mod latency_histogram;
pub mod least_deviations;
pub mod line;
pub mod median;
pub mod precision;
pub mod quantity;
pub mod random_effects;
mod ranks;
pub mod ratio;
pub mod signed_rank;
pub mod slot;
pub mod student;
pub mod verdict;

#[cfg(test)]
mod simulation;
