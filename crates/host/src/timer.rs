//! Waking up on time.
//!
//! A thread's timers are late by its timer slack, 50 µs unless it asks for less; a runtime's by
//! its own tick of a millisecond. A [`DeadlineTimer`] is a kernel timer behind a file descriptor:
//! it has neither, and an event loop can wait for it beside its sockets.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

/// Asks the kernel to wake the calling thread as exactly as it can. Threads that it starts later
/// inherit this.
pub fn sharpen_this_thread() {
    // A kernel that refuses leaves the usual slack, which the lateness that is measured shows.
    let _ = set_timerslack(1);
}

/// A timer on the monotonic clock that becomes readable when its deadline has passed.
#[derive(Debug)]
pub struct DeadlineTimer {
    timer: TimerFd,
}

impl DeadlineTimer {
    /// Makes a timer that is not set.
    ///
    /// # Errors
    /// When no file descriptor is left.
    pub fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        Ok(Self { timer: TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)? })
    }

    /// Sets the timer to go off at `deadline` on the monotonic clock, or at once where that has
    /// passed; an earlier deadline is forgotten.
    ///
    /// # Errors
    /// When the kernel refuses the time.
    pub fn set(&self, deadline: Duration) -> io::Result<()> {
        // Zero would disarm it.
        let deadline = deadline.max(Duration::from_nanos(1));
        let expiration = Expiration::OneShot(TimeSpec::from_duration(deadline));
        Ok(self.timer.set(expiration, TimerSetTimeFlags::TFD_TIMER_ABSTIME)?)
    }

    /// Forgets the deadline, so that the timer is not readable any more.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn unset(&self) -> io::Result<()> {
        Ok(self.timer.unset()?)
    }
}

impl AsFd for DeadlineTimer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.timer.as_fd()
    }
}

impl AsRawFd for DeadlineTimer {
    fn as_raw_fd(&self) -> RawFd {
        self.timer.as_fd().as_raw_fd()
    }
}
