//! The two readings of clock and usage around the timed section of a trial.

use host::usage::{ResourceUsage, peak_memory};
use model::time::Moment;
use model::trial;

use host::clock::now;

/// When a batch ran, and what the process used meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct BatchTiming {
    pub(crate) started: Moment,
    pub(crate) finished: Moment,
    pub(crate) usage: trial::Usage,
}

/// Whose usage is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// This process.
    ThisProcess,
    /// The children that this process waited for.
    Children,
}

impl Measured {
    /// What they have used so far.
    fn usage(self) -> Option<ResourceUsage> {
        match self {
            Self::ThisProcess => ResourceUsage::of_this_process(),
            Self::Children => ResourceUsage::of_children(),
        }
    }

    /// The most memory that they have held, by the usage where nothing more exact is known. This reads a
    /// file: not while a usage is being measured.
    fn peak_memory(self, usage: &ResourceUsage) -> u64 {
        match self {
            Self::ThisProcess => peak_memory().unwrap_or(usage.peak_memory),
            Self::Children => usage.peak_memory,
        }
    }
}

/// A running measurement of time and usage.
pub(crate) struct Stopwatch {
    measured: Measured,
    used: Option<ResourceUsage>,
    started: Moment,
}

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start(measured: Measured) -> Self {
        let used = measured.usage();
        Self { measured, used, started: now() }
    }

    /// Stops now.
    pub(crate) fn stop(self) -> BatchTiming {
        let finished = now();
        let used = self.measured.usage().zip(self.used).map(|(after, before)| after.since(before));
        let usage = used.map(|used| reported(used, self.measured)).unwrap_or_default();
        BatchTiming { started: self.started, finished, usage }
    }
}

/// The usage as the protocol reports it.
fn reported(usage: ResourceUsage, measured: Measured) -> trial::Usage {
    trial::Usage {
        children: None,
        user: Some(usage.user.into()),
        system: Some(usage.system.into()),
        voluntary_switches: Some(usage.voluntary_switches),
        involuntary_switches: Some(usage.involuntary_switches),
        peak_memory: Some(measured.peak_memory(&usage)),
        thread_starts: None,
        collecting: None,
    }
}
