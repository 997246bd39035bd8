//! The timer of macOS and the BSDs: a kqueue(2) with one timer in it.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc::timespec;
use nix::sys::event::{EvFlags, EventFilter, FilterFlag, KEvent, Kqueue};

use crate::clock;

/// The number of the timer in its queue.
const TIMER: usize = 1;
/// Returns at once.
const NO_WAIT: timespec = timespec { tv_sec: 0, tv_nsec: 0 };

/// These systems have no setting of the timer slack; the measured lateness shows what remains.
pub fn sharpen_this_thread() {}

/// A timer on the monotonic clock that becomes readable at its deadline.
#[derive(Debug)]
pub struct DeadlineTimer {
    queue: Kqueue,
}

impl DeadlineTimer {
    /// A timer that is not set.
    ///
    /// # Errors
    /// If no file descriptor is left.
    pub fn new() -> io::Result<Self> {
        Ok(Self { queue: Kqueue::new()? })
    }

    /// Sets the timer to a deadline on the monotonic clock; a past deadline fires at once. Replaces an
    /// earlier deadline.
    ///
    /// # Errors
    /// If the kernel refuses the time.
    pub fn set(&self, deadline: Duration) -> io::Result<()> {
        self.unset()?;
        let left = deadline.saturating_sub(clock::monotonic()).max(Duration::from_nanos(1));
        let left = isize::try_from(left.as_nanos()).unwrap_or(isize::MAX);
        Ok(self.change(EvFlags::EV_ADD | EvFlags::EV_ONESHOT, left)?)
    }

    /// Clears the deadline, so the timer is no longer readable.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn unset(&self) -> io::Result<()> {
        // Takes out a timer that has fired, which is then gone.
        let mut fired = [event(EvFlags::empty(), 0)];
        self.queue.kevent(&[], &mut fired, Some(NO_WAIT))?;
        match self.change(EvFlags::EV_DELETE, 0) {
            Ok(()) | Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn change(&self, flags: EvFlags, nanos: isize) -> nix::Result<()> {
        self.queue.kevent(&[event(flags, nanos)], &mut [], Some(NO_WAIT)).map(drop)
    }
}

fn event(flags: EvFlags, nanos: isize) -> KEvent {
    KEvent::new(TIMER, EventFilter::EVFILT_TIMER, flags, FilterFlag::NOTE_NSECONDS, nanos, 0)
}

impl AsFd for DeadlineTimer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

impl AsRawFd for DeadlineTimer {
    fn as_raw_fd(&self) -> RawFd {
        self.queue.as_fd().as_raw_fd()
    }
}
