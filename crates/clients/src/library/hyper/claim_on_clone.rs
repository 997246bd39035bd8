//! Hands the milestones of an exchange to the response that belongs to it, by being cloned.
//!
//! hyper-util keeps one value per connection and clones it into every response, before it lets the
//! connection go to another request. That clone is the only hook at that moment. So cloning has a
//! side effect here: it takes the milestones out of the connection's log, and the next request on
//! the connection cannot get them, however the two requests' tasks are scheduled.

use std::sync::Arc;

use super::connection::{ConnectionLog, Milestones};
use crate::probe::Probe;

/// A connection's log in hyper's hands. A clone owns the milestones of the exchange that has just
/// been answered; a clone of a clone shares them.
#[derive(Debug)]
pub(super) struct ClaimOnClone {
    log: Arc<ConnectionLog>,
    claimed: Option<Milestones>,
}

impl ClaimOnClone {
    /// The log of a connection that hyper takes over; nothing is claimed yet.
    pub(super) fn new(log: &Arc<ConnectionLog>) -> Self {
        Self { log: Arc::clone(log), claimed: None }
    }

    /// Reports the claimed milestones to their request.
    pub(super) fn report_to(&self, probe: &Probe) {
        probe.connection(self.log.ordinal());
        if let Some(milestones) = &self.claimed {
            milestones.report_to(probe);
        }
    }
}

impl Clone for ClaimOnClone {
    /// Takes the milestones from the log; see the module's header.
    fn clone(&self) -> Self {
        let claimed = self.claimed.clone().unwrap_or_else(|| self.log.take_milestones());
        Self { log: Arc::clone(&self.log), claimed: Some(claimed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::hyper::connection::OpeningMilestones;
    use crate::trial::{RunningTrial, Tracing};
    use host::clock::now;
    use hyper::http::Extensions;
    use hyper_util::client::legacy::connect::Connected;
    use model::http_version::HttpVersion;
    use model::target::Checks;
    use model::time::{Moment, Span};
    use model::trace::Milestone;

    struct Batch(Arc<RunningTrial>);

    impl Batch {
        fn new() -> Self {
            let checks = Checks { statuses: vec![200], min_bytes: 0 };
            Self(Arc::new(RunningTrial::new(3, Tracing::On, checks, Span::from_secs(60))))
        }

        fn start(&self, request: usize) -> Probe {
            let probe = Probe::new(&self.0, request);
            probe.mark(Milestone::Started);
            probe
        }
    }

    fn opening() -> OpeningMilestones {
        let mut opening = OpeningMilestones::default();
        opening.mark(Milestone::Connecting);
        opening.mark(Milestone::Connected);
        opening
    }

    fn write(log: &ConnectionLog) -> Moment {
        let writing = now();
        log.wrote(writing);
        writing
    }

    /// The extensions of a response on the connection, as hyper makes them.
    fn respond(connected: &Connected) -> Extensions {
        let mut response = Extensions::new();
        connected.get_extras(&mut response);
        response
    }

    fn report(response: &Extensions, probe: &Probe) {
        response.get::<ClaimOnClone>().expect("hyper passes it on").report_to(probe);
    }

    fn passed(probe: &Probe) -> Vec<Milestone> {
        Milestone::ALL.into_iter().filter(|&milestone| probe.at(milestone).is_some()).collect()
    }

    #[test]
    fn each_request_gets_its_own_exchange_though_both_ask_late() {
        use Milestone::{FirstByte, Sent, Started, Writing};
        let batch = Batch::new();
        let (first, second) = (batch.start(0), batch.start(1));
        let log = Arc::new(ConnectionLog::new(opening(), HttpVersion::Http1));
        let connected = Connected::new().extra(ClaimOnClone::new(&log));
        let writings = [(); 2].map(|()| {
            let writing = write(&log);
            log.read(b"HTTP/1.1 200 OK");
            (writing, respond(&connected))
        });
        let [(first_writing, first_response), (second_writing, second_response)] = writings;
        report(&second_response, &second);
        report(&first_response, &first);
        assert_eq!(first.at(Writing), Some(first_writing));
        assert_eq!(second.at(Writing), Some(second_writing));
        let opened = [Milestone::Connecting, Milestone::Connected];
        let all = [&[Started], &opened[..], &[Writing, Sent, FirstByte]].concat();
        assert_eq!(passed(&first), all);
        assert_eq!(passed(&second), [Started, Writing, Sent, FirstByte]);
    }

    #[test]
    fn a_request_does_not_get_milestones_from_before_its_start() {
        let batch = Batch::new();
        let log = Arc::new(ConnectionLog::new(opening(), HttpVersion::Http1));
        let connected = Connected::new().extra(ClaimOnClone::new(&log));
        // The rest of a body that was answered early precedes the next request.
        write(&log);
        let next = batch.start(0);
        write(&log);
        log.read(b"HTTP/1.1 200 OK");
        report(&respond(&connected), &next);
        assert_eq!(passed(&next), [Milestone::Started]);
        let last = batch.start(1);
        write(&log);
        report(&respond(&connected), &last);
        assert_eq!(passed(&last), [Milestone::Started, Milestone::Writing, Milestone::Sent]);
    }

    #[test]
    fn a_second_clone_has_the_milestones_of_the_same_exchange() {
        let batch = Batch::new();
        let probe = batch.start(0);
        let log = Arc::new(ConnectionLog::new(opening(), HttpVersion::Http1));
        let writing = write(&log);
        let connected = Connected::new().extra(ClaimOnClone::new(&log));
        let response = respond(&connected);
        write(&log);
        for response in [response.clone(), response] {
            report(&response, &probe);
        }
        assert_eq!(probe.at(Milestone::Writing), Some(writing));
    }
}
