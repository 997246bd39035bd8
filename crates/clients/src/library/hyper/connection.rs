//! What a connection knows of itself: how it was opened, and of the exchange under way on it.

use std::sync::{Arc, Mutex, PoisonError};

use model::time::Moment;
use model::trace::Milestone;

use crate::clock::now;
use crate::probe::{ConnectionOrdinal, Probe};

/// The milestones of one connection, kept until a request claims them.
#[derive(Debug)]
pub(super) struct ConnectionLog {
    ordinal: ConnectionOrdinal,
    page: Mutex<Page>,
}

/// What has happened on a connection since its last exchange was claimed.
#[derive(Clone, Debug, Default)]
struct Page {
    /// How it was opened; empty after its first exchange.
    opening: Opening,
    exchange: Option<Exchange>,
}

/// The milestones of an opening, in the order in which they passed.
#[derive(Clone, Debug, Default)]
pub(super) struct Opening(Vec<(Milestone, Moment)>);

#[derive(Clone, Copy, Debug)]
struct Exchange {
    writing: Moment,
    sent: Moment,
    first_byte: Option<Moment>,
}

impl ConnectionLog {
    /// The log of a connection that has just been opened.
    pub(super) fn new(opening: Opening) -> Self {
        let page = Page { opening, exchange: None };
        Self { ordinal: ConnectionOrdinal::next(), page: Mutex::new(page) }
    }

    /// Request bytes were handed over at that moment. They begin an exchange, unless one is under
    /// way.
    pub(super) fn wrote(&self, at: Moment) {
        self.with_page(|page| {
            let begun = Exchange { writing: at, sent: at, first_byte: None };
            page.exchange.get_or_insert(begun).sent = at;
        });
    }

    /// Response bytes came.
    pub(super) fn read(&self) {
        self.with_page(|page| {
            if let Some(exchange) = &mut page.exchange {
                exchange.first_byte.get_or_insert_with(now);
            }
        });
    }

    fn with_page<T>(&self, act: impl FnOnce(&mut Page) -> T) -> T {
        act(&mut self.page.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection's log in the hands of hyper, which clones it into each response before it lets the
/// connection go to another request. That clone takes the page of the exchange, so it gets that of
/// no other, however the two requests' tasks are scheduled.
#[derive(Debug)]
pub(super) struct Claim {
    log: Arc<ConnectionLog>,
    page: Option<Page>,
}

impl Claim {
    /// The log of a connection that is given to hyper.
    pub(super) fn on(log: &Arc<ConnectionLog>) -> Self {
        Self { log: Arc::clone(log), page: None }
    }

    /// Tells the request whose exchange was claimed of it.
    pub(super) fn tell(&self, probe: &Probe) {
        probe.connection(self.log.ordinal);
        let Some(Page { opening, exchange }) = &self.page else { return };
        opening.tell(probe);
        if let Some(exchange) = exchange {
            exchange.tell(probe);
        }
    }
}

impl Clone for Claim {
    fn clone(&self) -> Self {
        let page = self.page.clone().unwrap_or_else(|| self.log.with_page(std::mem::take));
        Self { log: Arc::clone(&self.log), page: Some(page) }
    }
}

impl Opening {
    /// A milestone is passed now.
    pub(super) fn mark(&mut self, milestone: Milestone) {
        self.0.push((milestone, now()));
    }

    /// Tells a request of it. What had passed before the request was started was nothing that it
    /// waited for, and is left out.
    pub(super) fn tell(&self, probe: &Probe) {
        let started = probe.at(Milestone::Started);
        for &(milestone, moment) in &self.0 {
            if started.is_some_and(|started| moment >= started) {
                probe.mark_at(milestone, moment);
            }
        }
    }
}

impl Exchange {
    /// Tells the request that was made in it. An exchange that began before the request was started
    /// has in it the rest of an earlier body, to which the server had answered before it was whole:
    /// then its times are nobody's.
    fn tell(&self, probe: &Probe) {
        if probe.at(Milestone::Started).is_none_or(|started| self.writing < started) {
            return;
        }
        probe.mark_at(Milestone::Writing, self.writing);
        probe.mark_at(Milestone::Sent, self.sent);
        if let Some(first_byte) = self.first_byte {
            probe.mark_at(Milestone::FirstByte, first_byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Tracing, Trial};
    use hyper::http::Extensions;
    use hyper_util::client::legacy::connect::Connected;
    use model::target::Checks;
    use model::time::Span;

    struct Batch(Arc<Trial>);

    impl Batch {
        fn new() -> Self {
            let checks = Checks { statuses: vec![200], min_bytes: 0 };
            Self(Arc::new(Trial::new(3, Tracing::On, checks, Span::from_secs(60))))
        }

        fn start(&self, request: usize) -> Probe {
            let probe = Probe::new(&self.0, request);
            probe.mark(Milestone::Started);
            probe
        }
    }

    fn opening() -> Opening {
        let mut opening = Opening::default();
        opening.mark(Milestone::Connecting);
        opening.mark(Milestone::Connected);
        opening
    }

    fn write(log: &ConnectionLog) -> Moment {
        let writing = now();
        log.wrote(writing);
        writing
    }

    /// A response on the connection, as hyper makes it.
    fn respond(connected: &Connected) -> Extensions {
        let mut response = Extensions::new();
        connected.get_extras(&mut response);
        response
    }

    fn tell(response: &Extensions, probe: &Probe) {
        response.get::<Claim>().expect("hyper gives it on").tell(probe);
    }

    fn passed(probe: &Probe) -> Vec<Milestone> {
        Milestone::ALL.into_iter().filter(|&milestone| probe.at(milestone).is_some()).collect()
    }

    #[test]
    fn each_request_is_told_of_its_own_exchange_though_both_ask_late() {
        use Milestone::{FirstByte, Sent, Started, Writing};
        let batch = Batch::new();
        let (first, second) = (batch.start(0), batch.start(1));
        let log = Arc::new(ConnectionLog::new(opening()));
        let connected = Connected::new().extra(Claim::on(&log));
        let writings = [(); 2].map(|()| {
            let writing = write(&log);
            log.read();
            (writing, respond(&connected))
        });
        let [(first_writing, first_response), (second_writing, second_response)] = writings;
        tell(&second_response, &second);
        tell(&first_response, &first);
        assert_eq!(first.at(Writing), Some(first_writing));
        assert_eq!(second.at(Writing), Some(second_writing));
        let opened = [Milestone::Connecting, Milestone::Connected];
        let all = [&[Started], &opened[..], &[Writing, Sent, FirstByte]].concat();
        assert_eq!(passed(&first), all);
        assert_eq!(passed(&second), [Started, Writing, Sent, FirstByte]);
    }

    #[test]
    fn what_passed_before_a_request_was_started_is_not_its_own() {
        let batch = Batch::new();
        let log = Arc::new(ConnectionLog::new(opening()));
        let connected = Connected::new().extra(Claim::on(&log));
        // The rest of a body that was answered early begins the page of the next request.
        write(&log);
        let next = batch.start(0);
        write(&log);
        log.read();
        tell(&respond(&connected), &next);
        assert_eq!(passed(&next), [Milestone::Started]);
        let last = batch.start(1);
        write(&log);
        tell(&respond(&connected), &last);
        assert_eq!(passed(&last), [Milestone::Started, Milestone::Writing, Milestone::Sent]);
    }

    #[test]
    fn a_claim_that_is_cloned_again_is_still_of_the_same_exchange() {
        let batch = Batch::new();
        let probe = batch.start(0);
        let log = Arc::new(ConnectionLog::new(opening()));
        let writing = write(&log);
        let connected = Connected::new().extra(Claim::on(&log));
        let response = respond(&connected);
        write(&log);
        for response in [response.clone(), response] {
            tell(&response, &probe);
        }
        assert_eq!(probe.at(Milestone::Writing), Some(writing));
    }
}
