//! What was due, and when it really happened.
//!
//! No wake-up is exactly on time. A release that was late (or early) by some microseconds must not
//! shift all that follows from it, or the errors of a request's holds would add up: so the next
//! deadline counts from the moment that was due, plus the time that was really worked since.

use model::time::{Moment, Span};

/// An event on the link: the moment for which it was meant, and the moment at which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// When it was to happen.
    pub(crate) due: Moment,
    /// When it happened.
    pub(crate) at: Moment,
}

impl Release {
    /// Where `now` would lie if the release had come when it was due.
    pub(crate) fn on_time(self, now: Moment) -> Moment {
        self.due + now.since(self.at)
    }
}

/// How long each direction of the link holds what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holds {
    /// One way: half a round trip.
    pub(crate) one_way: Span,
    /// What a connection's first inbound flight is charged on top: the round trip of the SYN,
    /// which the kernel answered before the program saw the connection.
    pub(crate) opening: Span,
}

impl Holds {
    /// The holds of a link with this round trip.
    pub(crate) fn of(round_trip: Span) -> Self {
        Self { one_way: round_trip.half(), opening: round_trip }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_release_does_not_delay_what_follows() {
        let moment = Moment::from_nanos;
        let late = Release { due: moment(1000), at: moment(1080) };
        assert_eq!(late.on_time(moment(1090)), moment(1010));
        let early = Release { due: moment(1000), at: moment(960) };
        assert_eq!(early.on_time(moment(970)), moment(1010));
    }
}
