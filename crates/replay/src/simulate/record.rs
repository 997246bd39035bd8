//! Records of TLS: the bytes of several responses that can only be read together.

use super::simulation::Simulation;
use super::task::Work;
use crate::batch::Resource;

/// Responses on shared connections of which a part of the record is still on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    bytes: u64,
    responses: Vec<usize>,
}

impl Simulation<'_> {
    /// Keeps a response that has passed the link until the rest of its record has: those to the requests that were
    /// written with its own, up to the size of a record. Its bytes cannot be read before.
    pub(super) fn arrive(&mut self, task: usize) {
        self.record.responses.push(task);
        if let Work::Request { place, .. } = self.tasks[task].work {
            self.record.bytes += self.batch.requests[place].bytes.unwrap_or_default();
        }
        let written = self.tasks[task].written;
        let next = self.pools[Resource::Link].waiting.front();
        let goes_on =
            next.is_some_and(|&next| written.is_some() && self.tasks[next].written == written);
        if self.record.bytes >= self.batch.record || !goes_on {
            let Record { responses, .. } = std::mem::take(&mut self.record);
            responses.into_iter().for_each(|task| self.proceed(task));
        }
    }
}
