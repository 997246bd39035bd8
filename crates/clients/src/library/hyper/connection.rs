//! What a connection knows of itself: when it was opened, and of each exchange on it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use model::time::Moment;
use model::trace::Milestone;

use crate::clock::now;
use crate::probe::{ConnectionOrdinal, Probe};

/// The milestones of one connection, kept until a request claims them.
#[derive(Debug)]
pub(super) struct ConnectionLog {
    ordinal: ConnectionOrdinal,
    pages: Mutex<Pages>,
}

#[derive(Debug)]
struct Pages {
    /// How it was opened; taken by the first request that uses it.
    opening: Opening,
    /// The exchanges that no request has claimed yet, in their order.
    exchanges: VecDeque<Exchange>,
}

/// The milestones of an opening, in the order in which they passed.
#[derive(Debug, Default)]
pub(super) struct Opening(Vec<(Milestone, Moment)>);

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

#[derive(Debug)]
struct Exchange {
    writing: Moment,
    sent: Moment,
    first_byte: Option<Moment>,
}

impl ConnectionLog {
    /// The log of a connection that has just been opened.
    pub(super) fn new(opening: Opening) -> Self {
        let pages = Pages { opening, exchanges: VecDeque::with_capacity(2) };
        Self { ordinal: ConnectionOrdinal::next(), pages: Mutex::new(pages) }
    }

    /// Request bytes were handed over from `writing` to `sent`. They begin an exchange, unless the
    /// last one has no response yet.
    pub(super) fn wrote(&self, writing: Moment, sent: Moment) {
        let exchanges = &mut self.lock().exchanges;
        match exchanges.back_mut() {
            Some(exchange) if exchange.first_byte.is_none() => exchange.sent = sent,
            _ => exchanges.push_back(Exchange { writing, sent, first_byte: None }),
        }
    }

    /// Response bytes came.
    pub(super) fn read(&self) {
        if let Some(exchange) = self.lock().exchanges.back_mut() {
            exchange.first_byte.get_or_insert_with(now);
        }
    }

    /// Tells a request that was made on this connection of its exchange, and of the opening where
    /// it is the first.
    pub(super) fn tell(&self, probe: &Probe) {
        let mut pages = self.lock();
        probe.connection(self.ordinal);
        std::mem::take(&mut pages.opening).tell(probe);
        let started = probe.at(Milestone::Started);
        // What was written before the request was started is the rest of an earlier body, to which
        // the server had answered before it was whole.
        while let Some(exchange) = pages.exchanges.pop_front() {
            if started.is_some_and(|started| exchange.writing >= started) {
                exchange.tell(probe);
                return;
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange {
    fn tell(&self, probe: &Probe) {
        probe.mark_at(Milestone::Writing, self.writing);
        probe.mark_at(Milestone::Sent, self.sent);
        if let Some(first_byte) = self.first_byte {
            probe.mark_at(Milestone::FirstByte, first_byte);
        }
    }
}
