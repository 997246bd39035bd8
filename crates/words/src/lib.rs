//! Every sentence that people read, and the one formatter of numbers.
//!
//! `number` writes figures, `list` writes counts and lists. This crate decides nothing: it puts values
//! that others computed into words.

pub mod list;
pub mod number;
