//! When the bytes of one exchange pass: on a connection of HTTP/1.1, or on a stream of HTTP/3.

use model::time::Moment;
use model::trace::Milestone;

use crate::probe::Probe;

/// What has passed of an exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExchangeTimes {
    writing: Option<Moment>,
    sent: Option<Moment>,
    first_byte: Option<Moment>,
}

impl ExchangeTimes {
    /// Bytes of the request, or its end, are handed over at this moment.
    pub(super) fn wrote(&mut self, at: Moment) {
        self.writing.get_or_insert(at);
        self.sent = Some(at);
    }

    /// The first byte of the response arrived at this moment. Only the first time counts.
    pub(super) fn answered(&mut self, at: Moment) {
        self.first_byte.get_or_insert(at);
    }

    /// The next response is awaited: what was read was an interim one.
    pub(super) fn await_next(&mut self) {
        self.first_byte = None;
    }

    /// Whether the response has begun.
    pub(super) fn is_answered(&self) -> bool {
        self.first_byte.is_some()
    }

    /// Reports the exchange to its request. An exchange that started before the request contains
    /// the rest of an earlier body, which the server answered before the body was complete. Its
    /// times then belong to neither request.
    pub(super) fn report_to(&self, probe: &Probe) {
        let Some((writing, started)) = self.writing.zip(probe.at(Milestone::Started)) else {
            return;
        };
        if writing < started {
            return;
        }
        let milestones = [
            (Milestone::Writing, self.writing),
            (Milestone::Sent, self.sent),
            (Milestone::FirstByte, self.first_byte),
        ];
        for (milestone, at) in milestones {
            if let Some(at) = at {
                probe.mark_at(milestone, at);
            }
        }
    }
}
