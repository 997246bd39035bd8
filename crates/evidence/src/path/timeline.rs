//! The timeline of one request: its milestones, its worker and its connection.

use model::phase::Phase;
use model::socket::ThreadPlace;
use model::time::Span;
use model::trace::{Columns, Milestone};
use model::witness::{ConnectionRow, RequestRow};

use super::SegmentLabel;
use crate::in_flight::Flight;
use crate::join::{self, Joined};
use crate::milestones::MilestoneTimes;
use crate::open_streams::open_streams;
use crate::setting::ArmSetting;

/// The known times of one request of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestTimeline {
    /// When it passed its milestones.
    pub milestones: MilestoneTimes,
    /// The worker that made it: the client's number, else the thread that wrote it.
    pub worker: Option<u64>,
    /// The connection that carried it.
    pub connection: Option<ConnectionKey>,
    /// How its stream found its connection; none over HTTP/1.1, or where that is not known.
    pub stream: Option<StreamPlace>,
    /// When the next request was handed to its connection, if that was after its first byte and before
    /// its end: a client may use a connection again before its code learns of the end.
    pub handed_on: Option<Span>,
    /// The round trip of the SYN that opened its connection.
    pub syn: Option<HeldSyn>,
    /// From when to when it was in flight.
    pub flight: Option<Flight>,
    /// When its response was ready to read.
    pub delivery: Option<Delivery>,
    /// The exchanges of the requests in whose place it was made, in order.
    pub earlier: Vec<EarlierExchange>,
}

/// How a stream of HTTP/2 found its connection when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamPlace {
    /// No other stream was open.
    Alone,
    /// Others were open, and more were allowed.
    Beside,
    /// With it as many were open as the server allows, so it may have waited until one ended.
    Last,
}

impl StreamPlace {
    /// The place of a stream that was opened as the `open`th of those that were open.
    fn new(setting: &ArmSetting<'_>, joined: &Joined<'_>, open: u64) -> Option<Self> {
        joined.request?.stream?;
        let announced = || setting.link.map(|link| u64::from(link.streams.0.get()));
        let counts = joined.connection.and_then(|row| row.streams);
        let limit = counts.map(|counts| counts.limit).or_else(announced);
        Some(match open {
            _ if limit.is_some_and(|limit| open >= limit) => Self::Last,
            0 | 1 => Self::Alone,
            _ => Self::Beside,
        })
    }
}

/// An exchange for the same item that did not give it. The client waited for its response too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierExchange {
    /// When its request was sent.
    pub from: Span,
    /// When its response was over, or the next request for the item was sent.
    pub to: Span,
}

/// When the endpoint had written a response to the client's socket. The time from then until the
/// client reads it counts as client time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When its first byte was ready.
    pub first: Span,
    /// When all of it was ready.
    pub whole: Span,
}

/// A connection by the number that one of the three sources gave it. Numbers of different sources
/// are never compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionKey {
    /// The client's number.
    Client(u64),
    /// The endpoint's number.
    Endpoint(u64),
    /// The socket witness's number.
    Socket(u64),
}

/// The round trip of a connection's SYN, which the emulated link adds to the first bytes on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldSyn {
    /// When it began.
    pub from: Span,
    /// When it ended.
    pub to: Span,
}

/// The timelines of the requests of a trial, in the order of its columns. A thread is a worker if it
/// makes one request after another; an event loop's is none.
pub(crate) fn timelines(
    setting: &ArmSetting<'_>,
    columns: &Columns,
    joined: &[Joined<'_>],
    is_worker: impl Fn(ThreadPlace) -> bool,
) -> Vec<RequestTimeline> {
    let open = open_streams(joined.iter().map(|joined| joined.request));
    let timeline = |(request, joined): (usize, &Joined<'_>)| {
        let client = join::connection(columns, request).map(ConnectionKey::Client);
        let endpoint = || joined.request.map(|row| ConnectionKey::Endpoint(row.connection));
        let socket = || joined.socket.map(|row| ConnectionKey::Socket(row.connection));
        let worker = match &columns.worker {
            Some(workers) => workers.get(request).copied().flatten(),
            None => joined
                .socket
                .map(|row| row.thread)
                .filter(|&thread| is_worker(thread))
                .map(u64::from),
        };
        RequestTimeline {
            milestones: MilestoneTimes::choose(columns, request, joined),
            worker,
            connection: client.or_else(endpoint).or_else(socket),
            stream: StreamPlace::new(setting, joined, open[request]),
            handed_on: None,
            flight: Flight::of_request(columns, request, joined),
            syn: joined.connection.and_then(|row| HeldSyn::of_row(row, setting.round_trip)),
            delivery: joined.request.and_then(Delivery::of_row),
            earlier: Vec::new(),
        }
    };
    let mut timelines = joined.iter().enumerate().map(timeline).collect::<Vec<_>>();
    mark_handed_on(&mut timelines);
    timelines
}

/// Marks when each connection was given the request after each. Where requests share a connection at
/// the same time, the next one is handed over before the first byte of the one before it, or is a stream beside it.
pub(super) fn mark_handed_on(timelines: &mut [RequestTimeline]) {
    let mut turns: Vec<(ConnectionKey, Span, usize)> = timelines
        .iter()
        .enumerate()
        .filter_map(|(request, each)| {
            Some((each.connection?, each.handed_to_connection()?, request))
        })
        .collect();
    turns.sort_unstable();
    for pair in turns.windows(2) {
        let ((connection, _, request), (next, moment, after)) = (pair[0], pair[1]);
        if timelines[after].stream == Some(StreamPlace::Beside) {
            continue;
        }
        let before = &mut timelines[request];
        let answered = before.milestones.at(Milestone::FirstByte);
        let is_between = answered.is_some_and(|answered| answered <= moment)
            && before.end().is_some_and(|end| moment < end);
        if connection == next && is_between {
            before.handed_on = Some(moment);
        }
    }
}

impl Delivery {
    fn of_row(row: &RequestRow) -> Option<Self> {
        Some(Self { first: row.first_byte_out?, whole: row.last_byte_out? })
    }
}

impl HeldSyn {
    /// The first part of the time for which the link held the connection's first bytes: all but
    /// the one-way delay of these bytes. It is never more than the round trip: where a release was
    /// late, the link takes its lateness off what follows.
    fn of_row(row: &ConnectionRow, round_trip: Span) -> Option<Self> {
        let from = row.first_byte_in?;
        let held = row.first_byte_hold?.saturating_sub(round_trip.half()).min(round_trip);
        (!held.is_zero()).then_some(Self { from, to: from + held })
    }
}

impl RequestTimeline {
    /// When the request began to take up a worker, a permit or a connection. None if it was not observed.
    pub fn start(&self) -> Option<Span> {
        let begun = || self.milestones.observed().find(|(at, _)| *at > Milestone::Submitted);
        Some(begun()?.1)
    }

    /// The label of the time before a milestone. Between its start and its first byte, a stream that found as many
    /// open as the server allows waited for one of them to end.
    pub(super) fn label_before(&self, milestone: Milestone) -> SegmentLabel {
        match (milestone, self.stream) {
            (Milestone::Writing, Some(StreamPlace::Last)) if !self.opened_its_connection() => {
                Phase::Queue.into()
            }
            _ => SegmentLabel::before(milestone),
        }
    }

    /// When the request's first byte was handed to its connection, or else its last.
    pub fn handed_to_connection(&self) -> Option<Span> {
        self.milestones.at(Milestone::Writing).or_else(|| self.milestones.at(Milestone::Sent))
    }

    /// Whether a connection was opened for the request while it waited.
    pub fn opened_its_connection(&self) -> bool {
        // QUIC connects by its handshake alone.
        let opening = [Milestone::Connected, Milestone::Secured];
        opening.into_iter().any(|milestone| self.milestones.at(milestone).is_some())
    }

    /// When the request was handed over: its first observed milestone.
    pub fn handed_over(&self) -> Option<Span> {
        Some(self.milestones.observed().next()?.1)
    }

    /// When the item was handed over: the first observed milestone of the request, or when the first of
    /// the requests in whose place it was made was sent.
    pub fn begun(&self) -> Option<Span> {
        let earlier = self.earlier.first().map(|earlier| earlier.from);
        earlier.into_iter().chain(self.handed_over()).min()
    }

    /// When its connection was free for another request.
    pub fn freed_its_connection(&self) -> Option<Span> {
        self.handed_on.or_else(|| self.end())
    }

    /// When the request ended: its last observed milestone.
    pub fn end(&self) -> Option<Span> {
        Some(self.milestones.observed().next_back()?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::sample::connection_row;

    #[test]
    fn the_round_trip_of_the_syn_is_the_hold_beyond_the_one_way_delay() {
        let millis = Span::from_millis;
        let held = |hold| {
            let row = ConnectionRow {
                first_byte_in: Some(millis(3)),
                first_byte_hold: hold,
                ..connection_row(0, false)
            };
            HeldSyn::of_row(&row, millis(10))
        };
        let whole = Some(HeldSyn { from: millis(3), to: millis(13) });
        assert_eq!(held(Some(millis(15))), whole);
        assert_eq!(held(Some(millis(19))), whole);
        assert_eq!(held(Some(millis(6))), Some(HeldSyn { from: millis(3), to: millis(4) }));
        assert_eq!(held(Some(millis(5))), None);
        assert_eq!(held(None), None);
    }
}
