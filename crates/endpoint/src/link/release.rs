//! When an event was due, and when it happened.
//!
//! No wake-up is exactly on time. If a late release shifted what follows, the errors of a request's
//! holds would add up. So the next deadline counts from the due moment, plus the time worked since.

use model::time::Moment;

/// An event on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Release {
    /// When it was due.
    pub(crate) due: Moment,
    /// When it happened.
    pub(crate) at: Moment,
}

impl Release {
    /// What the clock would read now if the event had happened when it was due.
    pub(crate) fn on_time(self, now: Moment) -> Moment {
        self.due + now.since(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_release_does_not_delay_the_next() {
        let moment = Moment::from_nanos;
        let late = Release { due: moment(1000), at: moment(1080) };
        assert_eq!(late.on_time(moment(1090)), moment(1010));
        let early = Release { due: moment(1000), at: moment(960) };
        assert_eq!(early.on_time(moment(970)), moment(1010));
    }
}
