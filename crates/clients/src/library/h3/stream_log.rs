//! When a request passed on its stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host::clock::now;
use model::time::Moment;
use model::trace::Milestone;

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

/// The log of one stream.
#[derive(Debug, Default)]
pub(super) struct StreamLog(Mutex<Passed>);

#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    writing: Option<Moment>,
    sent: Option<Moment>,
    first_byte: Option<Moment>,
}

impl StreamLog {
    /// Bytes of the request, or its end, are handed over now.
    pub(super) fn writes(&self) {
        let at = now();
        let mut passed = locked(&self.0);
        passed.writing.get_or_insert(at);
        passed.sent = Some(at);
    }

    /// Bytes of the response arrived.
    pub(super) fn read(&self) {
        let mut passed = locked(&self.0);
        if passed.first_byte.is_none() {
            passed.first_byte = Some(now());
        }
    }

    /// The next response on the stream is awaited: what was read was an interim one.
    pub(super) fn await_next(&self) {
        locked(&self.0).first_byte = None;
    }

    /// Reports what passed to the request.
    pub(super) fn report_to(&self, probe: &Probe) {
        let passed = *locked(&self.0);
        let milestones = [
            (Milestone::Writing, passed.writing),
            (Milestone::Sent, passed.sent),
            (Milestone::FirstByte, passed.first_byte),
        ];
        for (milestone, at) in milestones {
            if let Some(at) = at {
                probe.mark_at(milestone, at);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
