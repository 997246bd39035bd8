//! The two readings of clock and usage around the timed section of a trial.

use host::usage::ResourceUsage;
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

/// Reads what the measured processes have used so far.
pub(crate) type ReadUsage = fn() -> Option<ResourceUsage>;

/// A running measurement of time and usage.
pub(crate) struct Stopwatch {
    read_usage: ReadUsage,
    used: Option<ResourceUsage>,
    started: Moment,
}

impl Stopwatch {
    /// Starts now.
    pub(crate) fn start(read_usage: ReadUsage) -> Self {
        let used = read_usage();
        Self { read_usage, used, started: now() }
    }

    /// Stops now.
    pub(crate) fn stop(self) -> BatchTiming {
        let finished = now();
        let used = (self.read_usage)().zip(self.used).map(|(after, before)| after.since(before));
        let usage = used.map(reported).unwrap_or_default();
        BatchTiming { started: self.started, finished, usage }
    }
}

/// The usage as the protocol reports it.
fn reported(usage: ResourceUsage) -> trial::Usage {
    trial::Usage {
        children: None,
        user: Some(usage.user.into()),
        system: Some(usage.system.into()),
        voluntary_switches: Some(usage.voluntary_switches),
        involuntary_switches: Some(usage.involuntary_switches),
        peak_memory: Some(usage.peak_memory),
        thread_starts: None,
        collecting: None,
    }
}
