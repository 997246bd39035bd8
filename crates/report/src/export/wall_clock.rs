//! The wall clock of a recording.
//!
//! A recording has the time of day of its start, to the second, and monotonic times. The first driver's
//! greeting is taken as that start. So the time of day is right to about a second; differences are exact.

use std::time::{Duration, SystemTime};

use model::recording::Recording;
use model::time::{Moment, Span};

/// Turns moments into times of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct WallClock {
    started_at: SystemTime,
    start: Moment,
}

impl WallClock {
    /// The clock of a recording; one whose start cannot be read starts in 1970.
    pub(super) fn new(recording: &Recording) -> Self {
        let header = &recording.header;
        let started_at = humantime::parse_rfc3339(&header.started_at);
        let greeting = header.drivers.iter().map(|driver| driver.now).min();
        Self {
            started_at: started_at.unwrap_or(SystemTime::UNIX_EPOCH),
            start: greeting.unwrap_or(Moment::from_nanos(0)),
        }
    }

    /// The time of day of the start.
    pub(super) const fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// The time since the start.
    pub(super) const fn since_start(&self, moment: Moment) -> Span {
        moment.since(self.start)
    }

    /// Nanoseconds since 1970.
    pub(super) fn unix_nanos(&self, moment: Moment) -> Span {
        let since = self.started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Span::from(since) + moment.since(self.start)
    }

    /// RFC 3339 in UTC, with microseconds.
    pub(super) fn rfc3339(&self, moment: Moment) -> String {
        let at = Duration::from(moment.since(self.start));
        // A time that the calendar of RFC 3339 lacks comes only from an edited recording.
        let time = self.started_at.checked_add(at).filter(|time| is_writable(*time));
        humantime::format_rfc3339_micros(time.unwrap_or(SystemTime::UNIX_EPOCH)).to_string()
    }
}

/// Whether it lies before the year 10000.
fn is_writable(time: SystemTime) -> bool {
    const YEAR_10000: u64 = 253_402_300_800;
    time.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.as_secs() < YEAR_10000)
}
