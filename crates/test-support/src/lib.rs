//! What the tests of several crates share: recordings made by hand, waiting with a deadline, committed schemas.
//!
//! A crate of its own, and no feature of the crates under test: so these are compiled once, the same for the
//! tests and for the program. Only a development dependency may name it, and `xtask`.

pub mod arbitrary;
pub mod noise;
pub mod sample;
mod schema;
mod wait;

pub use schema::assert_committed;
pub use wait::{wait_for, wait_until};
