//! The exact timers of the event loop.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use host::clock::now;
use host::timer::DeadlineTimer;
use model::time::{Moment, Span};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A timer that wakes a task of the event loop.
#[derive(Debug)]
pub(crate) struct WakeTimer {
    timer: AsyncFd<DeadlineTimer>,
}

impl WakeTimer {
    /// A timer that is not set.
    ///
    /// # Errors
    /// If no file descriptor is left.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { timer: register(DeadlineTimer::new()?)? })
    }

    /// Sets the timer. Replaces an earlier deadline.
    ///
    /// # Errors
    /// If the kernel refuses the time.
    pub(crate) fn set(&self, deadline: Moment) -> io::Result<()> {
        self.timer.get_ref().set(Duration::from_nanos(deadline.as_nanos()))
    }

    /// Checks whether a deadline has passed, perhaps one that was replaced.
    ///
    /// # Errors
    /// If the event loop is ending.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Poll::Ready(ready) = self.timer.poll_read_ready(context) else { return Poll::Pending };
        ready?.clear_ready();
        Poll::Ready(Ok(()))
    }
}

/// Sleeps until a moment.
///
/// # Errors
/// If no file descriptor is left for a timer.
pub(crate) async fn sleep_until(moment: Moment) -> io::Result<()> {
    let timer = WakeTimer::new()?;
    timer.set(moment)?;
    while now() < moment {
        poll_fn(|context| timer.poll(context)).await?;
    }
    Ok(())
}

/// The moment that is `span` before `moment`.
pub(crate) fn before(moment: Moment, span: Span) -> Moment {
    Moment::from_nanos(moment.as_nanos().saturating_sub(span.as_nanos()))
}

#[expect(
    deprecated,
    reason = "its successor is unsafe, for types that may change their descriptor; this one does not"
)]
fn register(timer: DeadlineTimer) -> io::Result<AsyncFd<DeadlineTimer>> {
    AsyncFd::with_interest(timer, Interest::READABLE)
}
