//! The version of HTTP that a client speaks: how requests share connections, and how much the client works.

use super::connections::set_streams;
use super::scaled;
use crate::batch::{Batch, Step};

/// What another version of HTTP changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Version {
    /// Whether requests are streams.
    pub has_streams: bool,
    /// How requests use connections.
    pub sharing: Sharing,
    /// How many times as long the client works for a request.
    pub request: WorkRatio,
    /// How many times as long it works for the opening of a connection.
    pub opening: WorkRatio,
}

/// How requests use connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// A connection carries one request at a time.
    InTurn,
    /// A connection carries several requests at once.
    Multiplexed(Multiplexing),
}

/// How a client shares a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplexing {
    /// How many streams the server allows at once.
    pub streams: usize,
    /// Whether only one stream is opened on a new connection before the server's SETTINGS have arrived.
    pub awaits_settings: bool,
    /// Whether requests that are written at once leave together.
    pub writes_together: bool,
}

/// How many times as long a client works: a ratio that was measured several times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkRatio {
    /// The usual one.
    pub usual: f64,
    /// The smallest one to reckon with.
    pub least: f64,
    /// The largest one to reckon with.
    pub most: f64,
}

impl WorkRatio {
    /// The ratio of the work before to that after.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { usual: 1.0 / self.usual, least: 1.0 / self.most, most: 1.0 / self.least }
    }

    /// A ratio that does not vary.
    pub const fn exactly(ratio: f64) -> Self {
        Self { usual: ratio, least: ratio, most: ratio }
    }
}

/// Lets a batch speak the other version.
pub(super) fn set_version(batch: &mut Batch, version: Version) {
    batch.has_streams = version.has_streams;
    match version.sharing {
        Sharing::InTurn => set_streams(batch, None),
        Sharing::Multiplexed(shared) => {
            set_streams(batch, Some(shared.streams));
            batch.awaits_settings = shared.awaits_settings && !batch.openings.is_empty();
            batch.writes_together = shared.writes_together;
        }
    }
    let scale = |steps: &mut [Step], ratio: WorkRatio| {
        for step in steps.iter_mut().filter(|step| step.is_computing()) {
            step.length = scaled(step.length, ratio.usual);
        }
    };
    for request in &mut batch.requests {
        scale(&mut request.before, version.request);
        scale(&mut request.exchange, version.request);
        scale(&mut request.reopening, version.opening);
    }
    for opening in batch.openings.iter_mut().chain(&mut batch.unopened) {
        scale(opening, version.opening);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Resource, Start};
    use crate::change::Change;
    use model::time::Span;

    const fn millis(millis: u64) -> Span {
        Span::from_millis(millis)
    }

    #[test]
    fn another_version_changes_the_work_for_requests_and_connections_and_who_shares_them() {
        let work = |length| Step::new(Resource::Client, millis(length));
        let wait = Step::new(Resource::Delay, millis(10));
        let request = Request { exchange: vec![work(1), wait], ..Request::default() };
        let batch = Batch {
            requests: vec![request; 2],
            workers: vec![Start::default(); 2],
            openings: vec![vec![wait, work(4)]; 2],
            ..Batch::default()
        };
        let shared = Multiplexing { streams: 100, awaits_settings: true, writes_together: true };
        let version = Version {
            has_streams: true,
            sharing: Sharing::Multiplexed(shared),
            request: WorkRatio::exactly(3.0),
            opening: WorkRatio::exactly(0.5),
        };
        let changed = Change::Version(version).apply(&batch);
        assert_eq!(changed.requests[1].exchange, [work(3), wait]);
        assert_eq!(changed.openings[1], [wait, work(2)]);
        assert_eq!((changed.streams, changed.has_streams), (Some(100), true));
        assert!(changed.awaits_settings && changed.writes_together);
        let in_turn = Version { sharing: Sharing::InTurn, ..version };
        let changed = Change::Version(in_turn).apply(&batch);
        assert_eq!((changed.streams, changed.has_streams), (None, true));
    }
}
