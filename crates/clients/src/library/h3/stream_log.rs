//! The log of each stream of a connection, until its request claims it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host::clock::now;

use crate::library::exchange_times::ExchangeTimes;
use crate::probe::Probe;

/// The logs of a connection's streams, until their requests claim them.
#[derive(Debug, Default)]
pub(super) struct StreamLogs(Mutex<BTreeMap<u64, Arc<StreamLog>>>);

impl StreamLogs {
    /// The log of a stream that was opened.
    pub(super) fn add(&self, stream: u64) -> Arc<StreamLog> {
        let log = Arc::default();
        locked(&self.0).insert(stream, Arc::clone(&log));
        log
    }

    /// Gives the log of a stream to its request.
    pub(super) fn claim(&self, stream: u64) -> Option<Arc<StreamLog>> {
        locked(&self.0).remove(&stream)
    }
}

/// The log of one stream, which carries one exchange.
#[derive(Debug, Default)]
pub(super) struct StreamLog(Mutex<ExchangeTimes>);

impl StreamLog {
    /// Bytes of the request, or its end, are handed over now.
    pub(super) fn writes(&self) {
        let at = now();
        locked(&self.0).wrote(at);
    }

    /// Bytes of the response arrived.
    pub(super) fn read(&self) {
        let mut times = locked(&self.0);
        if !times.is_answered() {
            times.answered(now());
        }
    }

    /// The next response on the stream is awaited: what was read was an interim one.
    pub(super) fn await_next(&self) {
        locked(&self.0).await_next();
    }

    /// Reports what passed to the request.
    pub(super) fn report_to(&self, probe: &Probe) {
        locked(&self.0).report_to(probe);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
