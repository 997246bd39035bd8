//! The delay of one direction of a connection: half a round trip, and jitter.

use model::time::{Moment, Span};

use crate::link::jitter::{Direction, Jitter};

/// How long one direction of a connection holds each flight.
#[derive(Debug)]
pub(crate) struct Delay {
    one_way: Span,
    jitter: Jitter,
}

/// How long the link of a listener holds what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoundTrip {
    /// The round trip without jitter.
    pub(crate) base: Span,
    /// The most that jitter adds to it.
    pub(crate) jitter: Span,
}

impl RoundTrip {
    /// The delay of one direction of the connection with this identifier.
    pub(crate) fn delay(self, connection: u64, direction: Direction) -> Delay {
        Delay { one_way: self.base.half(), jitter: Jitter::new(self.jitter, connection, direction) }
    }
}

impl Delay {
    /// When a flight leaves the link that enters it at `moment`. Draws the flight's jitter.
    pub(crate) fn pass(&mut self, moment: Moment) -> Moment {
        moment + self.one_way + self.jitter.next()
    }
}
