//! From a recording to its analysis.
//!
//! `analysis` is the whole of what is said, and the root of the JSON; `arms`, `failures`,
//! `ratios`, `law`, `findings` and `caveats` are its parts, each with the code that makes it out of
//! the `trials` that count.
//!
//! A pure function of the recording: nothing here opens a file, reads a clock or draws a random
//! number, and no recording makes it panic, however it was cut off.

mod analysis;
mod arms;
mod caveats;
mod connections;
mod failures;
mod findings;
mod law;
mod ratios;
mod trials;

#[cfg(any(test, feature = "testing"))]
pub mod sample;

pub use analysis::{Analysis, SCHEMA, analyse, schema};
pub use arms::{ArmAnalysis, Describe, Handshakes, Path};
pub use caveats::Caveat;
pub use failures::{FailureCount, LostTrials};
pub use findings::Finding;
pub use law::Law;
pub use ratios::RatioAnalysis;
