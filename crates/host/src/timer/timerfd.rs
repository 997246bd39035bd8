//! The timer of Linux: timerfd_create(2).

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::sys::prctl::set_timerslack;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

/// Asks the kernel to wake the calling thread as exactly as possible. Threads that it starts later
/// inherit this.
pub fn sharpen_this_thread() {
    // Otherwise the usual slack remains, and the measured lateness shows it.
    let _ = set_timerslack(1);
}

/// A timer on the monotonic clock that becomes readable at its deadline.
#[derive(Debug)]
pub struct DeadlineTimer {
    timer: TimerFd,
}

impl DeadlineTimer {
    /// A timer that is not set.
    ///
    /// # Errors
    /// If no file descriptor is left.
    pub fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        Ok(Self { timer: TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)? })
    }

    /// Sets the timer to a deadline on the monotonic clock; a past deadline fires at once. Replaces an
    /// earlier deadline.
    ///
    /// # Errors
    /// If the kernel refuses the time.
    pub fn set(&self, deadline: Duration) -> io::Result<()> {
        // Zero would disarm the timer.
        let deadline = deadline.max(Duration::from_nanos(1));
        let expiration = Expiration::OneShot(TimeSpec::from_duration(deadline));
        Ok(self.timer.set(expiration, TimerSetTimeFlags::TFD_TIMER_ABSTIME)?)
    }

    /// Clears the deadline, so the timer is no longer readable.
    ///
    /// # Errors
    /// If the kernel refuses.
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
