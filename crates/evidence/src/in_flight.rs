//! When requests were in flight: from started to done by the client's report, else from the first
//! call of the system to the last by the socket witness.

use model::time::Span;
use model::trace::{Columns, Milestone};

use crate::examined::Examined;
use crate::join::Joined;
use crate::milestones::by_sockets;

/// From when to when a request was in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    started: Span,
    done: Span,
}

impl Flight {
    /// The flight of one request; none if it was not observed.
    pub(crate) fn of_request(
        columns: &Columns,
        request: usize,
        joined: &Joined<'_>,
    ) -> Option<Self> {
        let observed = |milestone| by_sockets(milestone, joined);
        let began = || Milestone::ALL.into_iter().find_map(observed);
        let started = columns.at(Milestone::Started, request).or_else(began)?;
        let done = columns.at(Milestone::Done, request).or_else(|| observed(Milestone::Done))?;
        Some(Self { started, done })
    }

    /// How long it was in flight.
    pub const fn length(&self) -> Span {
        self.done.saturating_sub(self.started)
    }
}

/// The flights of all requests of a trial; none if one was not observed.
pub fn flights(examined: &Examined<'_>) -> Option<Vec<Flight>> {
    examined.timelines.iter().map(|timeline| timeline.flight).collect()
}

/// The most flights at one moment. A request that starts as another one ends is not in flight with it.
pub fn most_at_once(flights: &[Flight]) -> usize {
    let mut ends: Vec<Span> = flights.iter().map(|flight| flight.done).collect();
    let mut starts: Vec<Span> = flights.iter().map(|flight| flight.started).collect();
    ends.sort_unstable();
    starts.sort_unstable();
    let over = |moment: Span| ends.partition_point(|&end| end <= moment);
    let in_flight =
        (1..).zip(starts).map(|(begun, start): (usize, _)| begun.saturating_sub(over(start)));
    in_flight.max().unwrap_or(0)
}

/// The most requests of a trial that were in flight at once. None if a request was not observed.
pub fn most_in_flight(examined: &Examined<'_>) -> Option<usize> {
    Some(most_at_once(&flights(examined)?))
}
