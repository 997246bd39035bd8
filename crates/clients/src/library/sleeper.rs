//! The control: a client that sleeps instead of fetching. It shows what a mode costs by itself, and
//! whether its requests really run side by side. It has no network milestones and no answer.
//!
//! Each mode sleeps as its users would: a thread by the system's timer, a task by its runtime's
//! timer, whose tick can make a sleep up to one millisecond longer.

use model::failure::Failure;
use model::time::Span;

use super::{AsyncClient, BlockingClient};
use crate::probe::Probe;
use crate::time_limit::Interruptible;

/// Sleeps for the same time in every request.
pub(crate) struct Sleeper {
    time: Span,
}

impl Sleeper {
    /// A client whose every request takes `time`.
    pub(crate) fn new(time: Span) -> Self {
        Self { time }
    }
}

impl Interruptible for Sleeper {
    /// Does nothing, because no sleep is longer than the time limit.
    fn interrupt(&self) {}
}

impl BlockingClient for Sleeper {
    fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        std::thread::sleep(probe.limit().remaining().min(self.time.into()));
        Ok(())
    }
}

impl AsyncClient for Sleeper {
    async fn fetch(&self, _: &Probe) -> Result<(), Failure> {
        tokio::time::sleep(self.time.into()).await;
        Ok(())
    }
}
