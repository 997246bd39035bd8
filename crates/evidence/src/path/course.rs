//! The course of one request: when it passed its milestones, and what it may have waited for.

use model::time::Span;
use model::trace::Milestone;
use model::trial::Run;
use model::witness::{ConnectionRow, RequestRow};

use crate::join::{self, Joined};
use crate::milestones::Milestones;
use crate::setting::Setting;

/// What is known of one request of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    pub milestones: Milestones,
    pub worker: Option<u64>,
    pub connection: Option<ConnectionKey>,
    pub syn: Option<HeldSyn>,
    pub delivery: Option<Delivery>,
}

/// When a response lay ready in the client's socket, as the endpoint wrote it there: what passes
/// until the client takes it is the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The first byte of it.
    pub first: Span,
    /// All of it.
    pub whole: Span,
}

/// A connection by the number that one of the two sides gave it. Numbers of different sides are
/// not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKey {
    Client(u64),
    Witness(u64),
}

/// The round trip of a connection's SYN, which the emulated link charges to the first flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSyn {
    pub from: Span,
    pub to: Span,
}

/// The courses of the requests of a trial, in the order of its columns.
pub fn courses(setting: &Setting<'_>, run: &Run, joined: &[Joined<'_>]) -> Vec<Course> {
    let columns = &run.columns;
    let course = |(request, joined): (usize, &Joined<'_>)| {
        let client = join::connection(columns, request).map(ConnectionKey::Client);
        let witness = || joined.request.map(|row| ConnectionKey::Witness(row.connection));
        let worker = columns.worker.as_ref().and_then(|workers| *workers.get(request)?);
        Course {
            milestones: Milestones::choose(columns, request, joined),
            worker,
            connection: client.or_else(witness),
            syn: joined.connection.and_then(|row| HeldSyn::of(row, setting.round_trip)),
            delivery: joined.request.and_then(Delivery::of),
        }
    };
    joined.iter().enumerate().map(course).collect()
}

impl Delivery {
    fn of(row: &RequestRow) -> Option<Self> {
        Some(Self { first: row.first_byte_out?, whole: row.last_byte_out? })
    }
}

impl HeldSyn {
    /// The first of what the link held the connection's first bytes for: all but the way of these
    /// bytes themselves. Where the release was late, no more than the round trip, for the link
    /// takes its lateness off what follows.
    fn of(row: &ConnectionRow, round_trip: Span) -> Option<Self> {
        let from = row.first_byte_in?;
        let held = row.first_byte_hold?.saturating_sub(round_trip.half()).min(round_trip);
        (!held.is_zero()).then_some(Self { from, to: from + held })
    }
}

impl Course {
    /// When the request began to take up a worker, a permit or a connection, as far as is known.
    pub fn start(&self) -> Option<Span> {
        let begun = || self.milestones.observed().find(|(at, _)| *at > Milestone::Submitted);
        Some(begun()?.1)
    }

    /// When the request's first byte was handed to its connection, or else its last.
    pub fn handed_to_connection(&self) -> Option<Span> {
        self.milestones.at(Milestone::Writing).or_else(|| self.milestones.at(Milestone::Sent))
    }

    /// Whether a connection was opened for the request while it waited.
    pub fn opened_its_connection(&self) -> bool {
        self.milestones.at(Milestone::Connected).is_some()
    }

    /// When the request was handed over, as far as is known.
    pub fn handed_over(&self) -> Option<Span> {
        Some(self.milestones.observed().next()?.1)
    }

    /// When the request was over, as far as is known.
    pub fn end(&self) -> Option<Span> {
        Some(self.milestones.observed().next_back()?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::connection_row;

    #[test]
    fn the_syn_s_round_trip_is_what_was_held_beyond_one_way() {
        let millis = Span::from_millis;
        let held = |hold| {
            let row = ConnectionRow {
                first_byte_in: Some(millis(3)),
                first_byte_hold: hold,
                ..connection_row(0, false)
            };
            HeldSyn::of(&row, millis(10))
        };
        let whole = Some(HeldSyn { from: millis(3), to: millis(13) });
        assert_eq!(held(Some(millis(15))), whole);
        assert_eq!(held(Some(millis(19))), whole);
        assert_eq!(held(Some(millis(6))), Some(HeldSyn { from: millis(3), to: millis(4) }));
        assert_eq!(held(Some(millis(5))), None);
        assert_eq!(held(None), None);
    }
}
