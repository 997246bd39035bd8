//! The statistics: numbers in, numbers out.
//!
//! `describe` sums up the times of one arm; `ratio` compares two arms, paired by block, with the
//! intervals of `student`;
//! `hodges_lehmann` is its robust companion, on the exact quantiles of `signed_rank`; `verdict`
//! puts a ratio into words; `precision` says when enough is known. `drift`, `autocorrelation`,
//! `groups` and `slot` look for what would make an interval wrong, and `holm` holds them together at
//! one level. `estimate` is a time over blocks with its interval, `factorial` says what each of
//! several causes is worth, `line` fits the law of the batch, and `crossing` is where two laws meet.
//! `quantity` holds the types that the formulas are written in. The header of each module names its
//! source.
//!
//! Nothing here knows of HTTP, reads a clock, or draws a random number that it was not given.

pub mod autocorrelation;
pub mod crossing;
pub mod describe;
pub mod drift;
pub mod estimate;
pub mod factorial;
pub mod groups;
pub mod hodges_lehmann;
pub mod holm;
pub mod line;
pub mod precision;
pub mod quantity;
mod ranks;
pub mod ratio;
pub mod signed_rank;
pub mod slot;
pub mod student;
pub mod verdict;

#[cfg(test)]
mod simulation;
