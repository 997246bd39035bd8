//! Finds the requests on the critical path, backwards from each request to the one that gated it.

use std::collections::BTreeMap;

use model::time::Span;
use model::trace::Milestone;

use super::timeline::{ConnectionKey, RequestTimeline, StreamPlace};

/// The requests on the critical path, and the reason for their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// The requests, in order.
    pub(super) requests: Vec<usize>,
    /// The request for which the connection was opened over which the first one is a stream.
    pub(super) opener: Option<usize>,
    pub(super) order: Order,
}

/// Why the requests of a path ran in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Every request was handed over after the end of the one before it.
    #[default]
    Sequential,
    /// The end of a request let another one start that waited for a worker, a permit or a connection.
    Gated,
}

/// The requests on the critical path, in order.
///
/// If each request was handed over at or after the end of the one before it, all requests are on the
/// path. Otherwise the chain goes backwards from the last end. The start of a request was gated by the
/// last end at or before it: on the same worker, else on the same connection, else anywhere if a limit
/// was full. If none of these gated its start, the request may have waited after its start for the end
/// of the request before it on its connection. A stream of HTTP/2 beside others did not wait
/// for another one, unless as many were open as the server allows. The chain ends at a request that nothing gated.
pub(super) fn chain(timelines: &[RequestTimeline], limit: Option<usize>) -> Chain {
    let flights: Vec<Option<Flight>> = timelines.iter().map(Flight::of_request).collect();
    if let Some(turns) = sequential(&flights, timelines) {
        return Chain { requests: turns, opener: None, order: Order::Sequential };
    }
    let flights = Flights::new(&flights, timelines);
    let full = limit.unwrap_or_else(|| flights.most_at_once()).max(1);
    let Some(mut request) = flights.last_to_end() else { return Chain::default() };
    let mut requests = vec![request];
    let mut seen = vec![false; timelines.len()];
    seen[request] = true;
    while let Some(gate) = flights.gate(request, timelines, full) {
        // Requests of no length at all can each have let the other start.
        if std::mem::replace(&mut seen[gate], true) {
            break;
        }
        requests.push(gate);
        request = gate;
    }
    requests.reverse();
    let opener = opener(request, timelines);
    Chain { requests, opener, order: Order::Gated }
}

/// The request for which the connection of a stream was opened, if the stream had to wait for that.
fn opener(request: usize, timelines: &[RequestTimeline]) -> Option<usize> {
    let stream = &timelines[request];
    if stream.stream.is_none() || stream.opened_its_connection() {
        return None;
    }
    let connection = stream.connection?;
    let started = stream.start()?;
    let opened = |other: &RequestTimeline| {
        let open =
            other.milestones.at(Milestone::Secured).or(other.milestones.at(Milestone::Connected));
        other.connection == Some(connection) && open.is_some_and(|open| open > started)
    };
    timelines.iter().position(opened)
}

/// From when to when a request was in flight.
#[derive(Clone, Copy, Debug)]
struct Flight {
    start: Span,
    end: Span,
}

impl Flight {
    fn of_request(timeline: &RequestTimeline) -> Option<Self> {
        Some(Self { start: timeline.start()?, end: timeline.end()? })
    }
}

/// All requests in their order, where each was handed over at or after the end of the one before.
fn sequential(flights: &[Option<Flight>], timelines: &[RequestTimeline]) -> Option<Vec<usize>> {
    let mut turns: Vec<(Option<Span>, Span, usize)> = flights
        .iter()
        .enumerate()
        .filter_map(|(request, flight)| {
            Some((timelines[request].handed_over(), flight.as_ref()?.end, request))
        })
        .collect();
    turns.sort_unstable();
    let follows = |pair: &[(Option<Span>, Span, usize)]| {
        let (previous_end, handed_over) = (pair[0].1, pair[1].0);
        handed_over.is_some_and(|handed_over| handed_over >= previous_end)
    };
    let sequential = turns.windows(2).all(follows);
    sequential.then(|| turns.into_iter().map(|(_, _, request)| request).collect())
}

/// When requests ended, with the requests: in order.
type Ends = Vec<(Span, usize)>;

/// The flights of a trial, sorted for the questions of the chain.
struct Flights<'f> {
    of_request: &'f [Option<Flight>],
    starts: Vec<Span>,
    ends: Ends,
    ends_on_worker: BTreeMap<u64, Ends>,
    /// When each connection was free for another request.
    ends_on_connection: BTreeMap<ConnectionKey, Ends>,
}

impl<'f> Flights<'f> {
    fn new(of_request: &'f [Option<Flight>], timelines: &[RequestTimeline]) -> Self {
        let known = of_request.iter().enumerate();
        let known = known.filter_map(|(request, flight)| Some((request, flight.as_ref()?)));
        let mut ends: Ends = known.clone().map(|(request, flight)| (flight.end, request)).collect();
        let mut starts: Vec<Span> = known.map(|(_, flight)| flight.start).collect();
        ends.sort_unstable();
        starts.sort_unstable();
        let mut ends_on_worker: BTreeMap<u64, Ends> = BTreeMap::new();
        let mut ends_on_connection: BTreeMap<ConnectionKey, Ends> = BTreeMap::new();
        for &(end, request) in &ends {
            let timeline = &timelines[request];
            if let Some(worker) = timeline.worker {
                ends_on_worker.entry(worker).or_default().push((end, request));
            }
            if let Some(connection) = timeline.connection {
                let freed = timeline.freed_its_connection().unwrap_or(end);
                ends_on_connection.entry(connection).or_default().push((freed, request));
            }
        }
        for ends in ends_on_connection.values_mut() {
            ends.sort_unstable();
        }
        Self { of_request, starts, ends, ends_on_worker, ends_on_connection }
    }

    fn last_to_end(&self) -> Option<usize> {
        self.ends.last().map(|&(_, request)| request)
    }

    /// The request whose end let this one start, or go on.
    fn gate(&self, request: usize, timelines: &[RequestTimeline], full: usize) -> Option<usize> {
        let start = self.of_request[request]?.start;
        let RequestTimeline { worker, connection, .. } = timelines[request];
        let worker_ends = worker.and_then(|worker| self.ends_on_worker.get(&worker));
        let connection_ends = connection
            .filter(|_| timelines[request].stream != Some(StreamPlace::Beside))
            .and_then(|key| self.ends_on_connection.get(&key));
        last_until(start, worker_ends, request)
            .or_else(|| last_until(start, connection_ends, request))
            .or_else(|| {
                last_until(
                    waited_for_connection_until(&timelines[request])?,
                    connection_ends,
                    request,
                )
            })
            .or_else(|| {
                let (end, gate) = last_until(start, Some(&self.ends), request)?;
                (self.in_flight_before(end) >= full).then_some((end, gate))
            })
            .map(|(_, gate)| gate)
    }

    /// How many requests were in flight just before `moment`.
    fn in_flight_before(&self, moment: Span) -> usize {
        let started = self.starts.partition_point(|&start| start < moment);
        let ended = self.ends.partition_point(|&(end, _)| end < moment);
        started.saturating_sub(ended)
    }

    /// The most requests that were in flight at once: as many as just before some end.
    fn most_at_once(&self) -> usize {
        self.ends.iter().map(|&(end, _)| self.in_flight_before(end)).max().unwrap_or(0)
    }
}

/// The last end of another request at or before `moment`.
fn last_until(moment: Span, ends: Option<&Ends>, request: usize) -> Option<(Span, usize)> {
    let ends = ends?;
    let until = ends.partition_point(|&(end, _)| end <= moment);
    ends[..until].iter().rev().find(|&&(_, other)| other != request).copied()
}

/// When a request that had been started was handed to a connection that was open before: until then
/// it may have waited for the request before it on that connection.
fn waited_for_connection_until(timeline: &RequestTimeline) -> Option<Span> {
    if timeline.opened_its_connection() { None } else { timeline.handed_to_connection() }
}

#[cfg(test)]
mod tests;
