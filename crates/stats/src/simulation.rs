//! The worlds in which the procedures are tried: the models that they were chosen on, with a seed.
//!
//! Short by default; in full with `BATCHMARK_SLOW_TESTS=1`. Only tests see this.

pub(crate) mod coverage;
mod dependence;
pub(crate) mod random;
pub(crate) mod world;
