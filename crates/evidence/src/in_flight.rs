//! When requests were in flight, by the client's report: from started to done.

use model::arm::BatchSize;
use model::time::Span;
use model::trace::{Columns, Milestone};
use model::trial::Trial;

use crate::success;

/// From when to when a request was in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flight {
    started: Span,
    done: Span,
}

impl Flight {
    /// How long it was in flight.
    pub const fn length(&self) -> Span {
        self.done.saturating_sub(self.started)
    }
}

/// The flight of one request; none if it was not observed.
pub fn flight(columns: &Columns, request: usize) -> Option<Flight> {
    let started = columns.at(Milestone::Started, request)?;
    Some(Flight { started, done: columns.at(Milestone::Done, request)? })
}

/// The flights of all requests; none if one was not observed.
pub fn flights(columns: &Columns, requests: usize) -> Option<Vec<Flight>> {
    (0..requests).map(|request| flight(columns, request)).collect()
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

/// The most requests of a trial that were in flight at once. None for a failed batch, or if a request
/// was not observed.
pub fn most_in_flight(trial: &Trial, batch: BatchSize) -> Option<usize> {
    let flights = flights(&success(trial)?.columns, batch.requests())?;
    Some(most_at_once(&flights))
}
