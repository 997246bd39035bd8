//! Wakes up on time.
//!
//! A thread's timers are late by its timer slack, which is 50 µs by default; a runtime's by its own
//! tick of a millisecond. A [`DeadlineTimer`] is a kernel timer behind a file descriptor: it has
//! neither delay, and an event loop can wait for it together with its sockets.

#[cfg(not(target_os = "linux"))]
mod kqueue;
#[cfg(target_os = "linux")]
mod timerfd;

#[cfg(not(target_os = "linux"))]
pub use kqueue::{DeadlineTimer, sharpen_this_thread};
#[cfg(target_os = "linux")]
pub use timerfd::{DeadlineTimer, sharpen_this_thread};

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::time::Duration;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;
    use crate::clock;

    /// Far longer than any deadline that should pass, in milliseconds.
    const SOON: u16 = 20_000;
    const NOW: u16 = 0;

    /// Whether the timer is or becomes readable in time.
    fn fires(timer: &DeadlineTimer, within: impl Into<PollTimeout>) -> bool {
        let mut polled = [PollFd::new(timer.as_fd(), PollFlags::POLLIN)];
        poll(&mut polled, within.into()).expect("polls") > 0
    }

    #[test]
    fn fires_at_its_deadline_until_it_is_set_again() {
        let timer = DeadlineTimer::new().expect("is made");
        assert!(!fires(&timer, NOW), "it is not set");
        let deadline = clock::monotonic() + Duration::from_millis(5);
        timer.set(deadline).expect("is set");
        assert!(fires(&timer, SOON));
        assert!(clock::monotonic() >= deadline, "it fired too early");
        timer.set(clock::monotonic() + Duration::from_secs(3600)).expect("is set");
        assert!(!fires(&timer, NOW), "the old deadline is replaced");
        timer.set(Duration::ZERO).expect("is set");
        assert!(fires(&timer, SOON), "a past deadline fires at once");
        timer.unset().expect("is unset");
        assert!(!fires(&timer, NOW));
    }
}
