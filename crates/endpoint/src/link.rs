//! The emulated link: when bytes pass in each direction, with its delay, jitter, bandwidth
//! and loss.
//!
//! It reads no clock and sets no timer: every moment is an argument or a result.

pub(crate) mod bottleneck;
pub(crate) mod datagrams;
pub(crate) mod delay;
pub(crate) mod inbound;
pub(crate) mod jitter;
pub(crate) mod lateness;
pub(crate) mod loss;
pub(crate) mod outbound;
pub(crate) mod pacing;
pub(crate) mod release;
