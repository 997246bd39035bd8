//! Simulations that test the procedures on the models that they were chosen on. Only tests use
//! them.
//!
//! They are seeded, and short unless `BATCHMARK_SLOW_TESTS=1` is set.

pub(crate) mod coverage;
mod dependence;
pub(crate) mod noisy_machine;
pub(crate) mod random;
