//! Reads bytes from a socket with the kernel's timestamp of their arrival.
//!
//! A thread that must be woken reads its clock about 50 µs after the arrival. Linux can stamp it (`stamped`);
//! elsewhere an arrival is dated when it is read (`unstamped`).

#[cfg(target_os = "linux")]
mod stamped;
#[cfg(not(target_os = "linux"))]
mod unstamped;

use std::time::Duration;

#[cfg(target_os = "linux")]
pub use stamped::{receive, stamp_arrivals};
#[cfg(not(target_os = "linux"))]
pub use unstamped::{receive, stamp_arrivals};

/// Bytes that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// How many; none at the end of the stream.
    pub length: usize,
    /// When the last of them arrived, on the monotonic clock: never in the future, and never before it
    /// was sent.
    pub at: Duration,
}
