//! The log of a connection: the milestones of its opening and of the current exchange on it.

use std::sync::{Mutex, PoisonError};

use model::http_version::HttpVersion;
use model::time::Moment;
use model::trace::Milestone;

use super::super::exchange_times::ExchangeTimes;
use super::super::response_scanner::ResponseScanner;
use crate::probe::{ConnectionOrdinal, Probe};
use host::clock::now;

/// The milestones of one connection, kept until a request claims them.
#[derive(Debug)]
pub(super) struct ConnectionLog {
    ordinal: ConnectionOrdinal,
    version: HttpVersion,
    unclaimed: Mutex<Milestones>,
}

/// The milestones that passed on a connection since an exchange was last claimed.
#[derive(Clone, Debug, Default)]
pub(super) struct Milestones {
    /// Empty after the first exchange.
    opening: OpeningMilestones,
    exchange: Option<Exchange>,
}

/// The milestones of an opening, in the order in which they passed.
#[derive(Clone, Debug, Default)]
pub(super) struct OpeningMilestones(Vec<(Milestone, Moment)>);

#[derive(Clone, Debug, Default)]
struct Exchange {
    times: ExchangeTimes,
    response: ResponseScanner,
}

impl ConnectionLog {
    /// The log of a connection that has just been opened.
    pub(super) fn new(opening: OpeningMilestones, version: HttpVersion) -> Self {
        let unclaimed = Mutex::new(Milestones { opening, exchange: None });
        Self { ordinal: ConnectionOrdinal::next(), version, unclaimed }
    }

    /// The connection's number.
    pub(super) fn ordinal(&self) -> ConnectionOrdinal {
        self.ordinal
    }

    /// Request bytes were written at this moment. They start an exchange, unless one is in progress.
    /// Over HTTP/2 nothing shows which exchange bytes belong to.
    pub(super) fn wrote(&self, at: Moment) {
        if self.version == HttpVersion::Http2 {
            return;
        }
        self.with_unclaimed(|milestones| {
            milestones.exchange.get_or_insert_default().times.wrote(at);
        });
    }

    /// Response bytes arrived.
    pub(super) fn read(&self, bytes: &[u8]) {
        self.with_unclaimed(|milestones| {
            if let Some(exchange) = &mut milestones.exchange
                && !exchange.response.has_found()
                && let Some(first) = exchange.response.take(bytes, now())
            {
                exchange.times.answered(first);
            }
        });
    }

    /// Takes the milestones of the current exchange, and of the opening with the first exchange.
    pub(super) fn take_milestones(&self) -> Milestones {
        self.with_unclaimed(std::mem::take)
    }

    fn with_unclaimed<T>(&self, act: impl FnOnce(&mut Milestones) -> T) -> T {
        act(&mut self.unclaimed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Milestones {
    /// Reports them to the request that they belong to.
    pub(super) fn report_to(&self, probe: &Probe) {
        self.opening.report_to(probe);
        if let Some(exchange) = &self.exchange {
            exchange.times.report_to(probe);
        }
    }
}

impl OpeningMilestones {
    /// A milestone passes now.
    pub(super) fn mark(&mut self, milestone: Milestone) {
        self.0.push((milestone, now()));
    }

    /// Reports the opening to a request, except for what passed before the request started: the
    /// request did not wait for that.
    pub(super) fn report_to(&self, probe: &Probe) {
        let started = probe.at(Milestone::Started);
        for &(milestone, moment) in &self.0 {
            if started.is_some_and(|started| moment >= started) {
                probe.mark_at(milestone, moment);
            }
        }
    }
}
