//! The observer: the rows of the witness, kept until they are collected.
//!
//! Stamps count from the clock's own start, and from the trial's start once collected. It reads no
//! clock and records only what connections report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::sampling::Stretch;
use model::time::{Moment, Span};
use model::witness::{
    Closer, ConnectionRow, LinkEnd, LossRow, RequestRow, StreamRow, Witness, WitnessTotals,
};

/// Identifies a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequestKey {
    /// The connection's identifier.
    pub(crate) connection: u64,
    /// The request's position on it, from 0.
    pub(crate) ordinal: u64,
}

/// How long rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retention {
    /// Until a later trial's rows are collected.
    UntilCollected,
    /// Until a response is written and a connection is closed, as they are never collected.
    WhileOpen,
}

/// The rows of all connections and requests of the process.
#[derive(Debug)]
pub(crate) struct Observer {
    retention: Retention,
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    last_connection: u64,
    connections: BTreeMap<u64, ConnectionRow>,
    /// The connections that are still served.
    live: BTreeSet<u64>,
    /// The connections on which something is in flight or being handled.
    busy: BTreeSet<u64>,
    requests: BTreeMap<RequestKey, RequestRow>,
    /// The requests that were handed over and whose response is not fully written.
    unanswered: BTreeSet<RequestKey>,
    /// The datagrams that the link lost.
    losses: Vec<LossRow>,
    sample: Option<Sample>,
}

/// What is kept until the next collection if it is a sample.
#[derive(Debug)]
struct Sample {
    /// The requests whose rows are kept, by the order of their arrival.
    stretch: Stretch,
    arrived: usize,
    /// The connections that carried requests, and those of kept rows.
    used: BTreeSet<u64>,
    kept: BTreeSet<u64>,
    totals: WitnessTotals,
}

impl Sample {
    /// Counts a request that arrived. Returns whether its row is kept.
    fn count(&mut self, row: &RequestRow) -> bool {
        let is_kept = self.stretch.place_of(self.arrived).is_some();
        self.arrived += 1;
        self.used.insert(row.connection);
        self.totals.add(row.method.as_deref(), row.status);
        if is_kept {
            self.kept.insert(row.connection);
        }
        is_kept
    }

    fn into_totals(self) -> WitnessTotals {
        WitnessTotals { used: self.used.len() as u64, ..self.totals }
    }
}

/// A moment as the rows hold it until they are collected.
pub(crate) fn stamp(moment: Moment) -> Span {
    moment.since(Moment::from_nanos(0))
}

impl Observer {
    /// An observer without rows.
    pub(crate) fn new(retention: Retention) -> Self {
        Self { retention, rows: Mutex::default() }
    }

    /// Records an accepted connection; gives its identifier.
    pub(crate) fn accepted(&self, at: Moment, peer_port: u16) -> u64 {
        let mut rows = self.rows();
        rows.last_connection += 1;
        let id = rows.last_connection;
        rows.connections.insert(id, ConnectionRow::accepted(id, peer_port, stamp(at)));
        rows.live.insert(id);
        if let Some(sample) = &mut rows.sample {
            sample.totals.opened += 1;
        }
        id
    }

    /// Updates the row of a connection.
    pub(crate) fn update_connection(&self, id: u64, update: impl FnOnce(&mut ConnectionRow)) {
        if let Some(row) = self.rows().connections.get_mut(&id) {
            update(row);
        }
    }

    /// Records that one side closed the connection or that it broke. Only the first report counts.
    pub(crate) fn closed(&self, id: u64, at: Moment, by: Closer) {
        self.update_connection(id, |row| {
            if row.closed.is_none() {
                row.closed = Some(stamp(at));
                row.closed_by = Some(by);
            }
        });
    }

    /// Records whether something is in flight or being handled on a connection.
    pub(crate) fn set_activity(&self, id: u64, activity: Activity) {
        let mut rows = self.rows();
        match activity {
            Activity::Busy => rows.busy.insert(id),
            Activity::Idle => rows.busy.remove(&id),
        };
    }

    /// Records a request that was handed over, and counts the requests in flight: those whose
    /// response is not fully written, including this one.
    pub(crate) fn handed_over(&self, mut row: RequestRow) -> RequestKey {
        let key = RequestKey { connection: row.connection, ordinal: row.ordinal };
        let mut rows = self.rows();
        rows.unanswered.insert(key);
        row.in_flight = rows.unanswered.len() as u64;
        if let Some(connection) = rows.connections.get_mut(&key.connection) {
            connection.requests += 1;
        }
        if rows.sample.as_mut().is_none_or(|sample| sample.count(&row)) {
            rows.requests.insert(key, row);
        }
        key
    }

    /// Keeps rows only of these requests until the next collection, and totals of all.
    pub(crate) fn sample(&self, stretch: Stretch) {
        self.rows().sample = Some(Sample {
            stretch,
            arrived: 0,
            used: BTreeSet::new(),
            kept: BTreeSet::new(),
            totals: WitnessTotals::default(),
        });
    }

    /// Updates the row of a request.
    pub(crate) fn update_request(&self, key: RequestKey, update: impl FnOnce(&mut RequestRow)) {
        if let Some(row) = self.rows().requests.get_mut(&key) {
            update(row);
        }
    }

    /// Records that the last byte of a response was written.
    pub(crate) fn answered(&self, key: RequestKey, at: Moment) {
        let mut rows = self.rows();
        rows.unanswered.remove(&key);
        match self.retention {
            Retention::WhileOpen => drop(rows.requests.remove(&key)),
            Retention::UntilCollected => {
                if let Some(row) = rows.requests.get_mut(&key) {
                    row.last_byte_out = Some(stamp(at));
                }
            }
        }
    }

    /// Records that the stream of a request was reset, after which its response is not written.
    pub(crate) fn reset(&self, key: RequestKey, at: Moment) {
        let mut rows = self.rows();
        rows.unanswered.remove(&key);
        match self.retention {
            Retention::WhileOpen => drop(rows.requests.remove(&key)),
            Retention::UntilCollected => {
                if let Some(stream) =
                    rows.requests.get_mut(&key).and_then(|row| row.stream.as_mut())
                {
                    stream.reset = Some(stamp(at));
                }
            }
        }
    }

    /// Records that the link lost a datagram of a connection, on its way to this end.
    pub(crate) fn lost(&self, connection: u64, to: LinkEnd, at: Moment) {
        if self.retention == Retention::UntilCollected {
            self.rows().losses.push(LossRow { connection, to, at: stamp(at) });
        }
    }

    /// Records that a connection is no longer served. Its unanswered requests stay unanswered.
    pub(crate) fn gone(&self, id: u64) {
        let mut rows = self.rows();
        rows.busy.remove(&id);
        rows.live.remove(&id);
        let first = RequestKey { connection: id, ordinal: 0 };
        let last = RequestKey { connection: id, ordinal: u64::MAX };
        let left: Vec<RequestKey> = rows.unanswered.range(first..=last).copied().collect();
        for key in left {
            rows.unanswered.remove(&key);
            if self.retention == Retention::WhileOpen {
                rows.requests.remove(&key);
            }
        }
        let is_sampled_out = rows.sample.as_ref().is_some_and(|it| !it.kept.contains(&id));
        if self.retention == Retention::WhileOpen || is_sampled_out {
            rows.connections.remove(&id);
        }
    }

    /// Whether nothing is in flight and nothing is being handled.
    pub(crate) fn is_idle(&self) -> bool {
        self.rows().busy.is_empty()
    }

    /// The rows of connections accepted and requests arrived between two moments. Drops older rows
    /// unless they are still open.
    pub(crate) fn collect(&self, from: Moment, to: Moment) -> Witness {
        let mut rows = self.rows();
        let (from, to) = (stamp(from), stamp(to));
        let Rows { connections, live, requests, unanswered, busy, losses, sample, .. } = &mut *rows;
        connections.retain(|id, row| row.accepted >= from || live.contains(id));
        requests.retain(|key, row| row.last_byte_in >= from || unanswered.contains(key));
        losses.retain(|row| row.at >= from);
        losses.sort_by_key(|row| row.at);
        let within = |stamp: Span| from <= stamp && stamp <= to;
        // What another server of the process loses meanwhile is no matter of this trial.
        let of_trial: BTreeSet<u64> = connections
            .values()
            .filter(|row| within(row.accepted))
            .map(|row| row.id)
            .chain(
                requests.values().filter(|row| within(row.last_byte_in)).map(|row| row.connection),
            )
            .collect();
        let arrived = requests.values().filter(|row| within(row.last_byte_in));
        Witness {
            connections: connections
                .values()
                .filter(|row| within(row.accepted))
                .map(|row| connection_since(from, row))
                .collect(),
            requests: arrived.map(|row| request_since(from, row)).collect(),
            losses: losses
                .iter()
                .filter(|row| within(row.at) && of_trial.contains(&row.connection))
                .map(|row| LossRow { at: row.at.saturating_sub(from), ..*row })
                .collect(),
            drained: busy.is_empty(),
            totals: sample.take().map(|sample| Box::new(sample.into_totals())),
        }
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a connection has anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Something is in flight or being handled.
    Busy,
    /// Nothing is.
    Idle,
}

fn connection_since(from: Span, row: &ConnectionRow) -> ConnectionRow {
    let since = |stamp: Span| stamp.saturating_sub(from);
    ConnectionRow {
        accepted: since(row.accepted),
        first_byte_in: row.first_byte_in.map(since),
        handshake_out: row.handshake_out.map(since),
        handshake_in: row.handshake_in.map(since),
        closed: row.closed.map(since),
        ..row.clone()
    }
}

fn request_since(from: Span, row: &RequestRow) -> RequestRow {
    let since = |stamp: Span| stamp.saturating_sub(from);
    RequestRow {
        last_byte_in: since(row.last_byte_in),
        handled: since(row.handled),
        first_byte_out: row.first_byte_out.map(since),
        last_byte_out: row.last_byte_out.map(since),
        stream: row.stream.map(|stream| StreamRow {
            headers_in: since(stream.headers_in),
            sent_once: stream.sent_once.map(since),
            reset: stream.reset.map(since),
            ..stream
        }),
        ..row.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(nanos: u64) -> Moment {
        Moment::from_nanos(nanos)
    }

    fn request(connection: u64, ordinal: u64, arrived: u64) -> RequestRow {
        RequestRow {
            connection,
            ordinal,
            method: Some("GET".to_owned()),
            path: "/todos/1".to_owned(),
            last_byte_in: Span::from_nanos(arrived),
            hold_in: Span::ZERO,
            handled: Span::from_nanos(arrived),
            think: Span::ZERO,
            first_byte_out: None,
            last_byte_out: None,
            hold_out: None,
            in_flight: 0,
            status: 200,
            body_bytes: 1,
            stream: None,
        }
    }

    #[test]
    fn rows_belong_to_the_trial_in_which_they_began() {
        let observer = Observer::new(Retention::UntilCollected);
        let warm = observer.accepted(moment(10), 1);
        let key = observer.handed_over(request(warm, 0, 11));
        observer.answered(key, moment(12));
        let cold = observer.accepted(moment(110), 2);
        for row in [request(warm, 1, 111), request(cold, 0, 112)] {
            let key = observer.handed_over(row);
            observer.answered(key, moment(150));
        }
        let witness = observer.collect(moment(100), moment(200));
        assert_eq!(witness.connections.len(), 1);
        assert_eq!(witness.connections[0].accepted, Span::from_nanos(10));
        assert_eq!(witness.connections[0].requests, 1);
        let collected: Vec<(u64, u64)> = witness
            .requests
            .iter()
            .map(|row| (row.connection, row.last_byte_in.as_nanos()))
            .collect();
        assert_eq!(collected, [(warm, 11), (cold, 12)]);
        assert!(witness.drained);
        assert_eq!(observer.collect(moment(100), moment(200)), witness);
    }

    #[test]
    fn a_sample_has_the_rows_of_its_stretch_and_totals_of_all() {
        let observer = Observer::new(Retention::UntilCollected);
        observer.sample(Stretch { first: 2, requests: 3 });
        for number in 0..10 {
            let id = observer.accepted(moment(10 * number), 1);
            let key = observer.handed_over(request(id, 0, 10 * number));
            observer.answered(key, moment(10 * number + 5));
            observer.gone(id);
        }
        let witness = observer.collect(moment(0), moment(u64::MAX));
        let arrived: Vec<u64> =
            witness.requests.iter().map(|row| row.last_byte_in.as_nanos()).collect();
        assert_eq!(arrived, [20, 30, 40]);
        assert_eq!(witness.connections.len(), 3);
        let totals = witness.totals.expect("is a sample");
        assert_eq!((totals.opened, totals.used), (10, 10));
        assert_eq!((totals.requests.len(), totals.requests[0].requests), (1, 10));
        let key = observer.handed_over(request(observer.accepted(moment(200), 1), 0, 201));
        observer.answered(key, moment(202));
        let witness = observer.collect(moment(200), moment(u64::MAX));
        assert_eq!((witness.requests.len(), witness.totals), (1, None));
    }

    #[test]
    fn drops_older_rows_unless_they_are_open() {
        let observer = Observer::new(Retention::UntilCollected);
        let (open, over) = (observer.accepted(moment(1), 1), observer.accepted(moment(2), 2));
        let waiting = observer.handed_over(request(open, 0, 3));
        let done = observer.handed_over(request(over, 0, 4));
        observer.answered(done, moment(5));
        observer.gone(over);
        let _ = observer.collect(moment(100), moment(200));
        let rows = observer.rows();
        assert_eq!(rows.connections.keys().copied().collect::<Vec<_>>(), [open]);
        assert_eq!(rows.requests.keys().copied().collect::<Vec<_>>(), [waiting]);
    }

    #[test]
    fn counts_requests_without_a_whole_response_as_in_flight() {
        let observer = Observer::new(Retention::UntilCollected);
        let (one, two) = (observer.accepted(moment(1), 1), observer.accepted(moment(1), 2));
        let first = observer.handed_over(request(one, 0, 2));
        observer.handed_over(request(two, 0, 2));
        observer.answered(first, moment(3));
        observer.handed_over(request(one, 1, 4));
        observer.gone(two);
        observer.handed_over(request(one, 2, 5));
        let witness = observer.collect(moment(0), moment(9));
        let in_flight: Vec<u64> = witness.requests.iter().map(|row| row.in_flight).collect();
        assert_eq!(in_flight, [1, 2, 2, 2]);
    }

    #[test]
    fn keeps_only_open_rows_if_they_are_never_collected() {
        let observer = Observer::new(Retention::WhileOpen);
        let id = observer.accepted(moment(1), 1);
        let key = observer.handed_over(request(id, 0, 2));
        assert_eq!(observer.rows().requests.len(), 1);
        observer.answered(key, moment(3));
        assert!(observer.rows().requests.is_empty());
        observer.handed_over(request(id, 1, 4));
        observer.gone(id);
        let rows = observer.rows();
        assert!(rows.requests.is_empty() && rows.connections.is_empty());
        assert!(rows.unanswered.is_empty() && rows.live.is_empty());
    }

    #[test]
    fn losses_belong_to_the_trial_in_which_they_happened() {
        let observer = Observer::new(Retention::UntilCollected);
        let (warm, idle) = (observer.accepted(moment(10), 1), observer.accepted(moment(11), 2));
        for at in [160, 50, 120, 250] {
            observer.lost(warm, LinkEnd::Client, moment(at));
            observer.lost(idle, LinkEnd::Server, moment(at));
        }
        for (ordinal, at) in [(0, 110), (1, 210)] {
            observer.handed_over(request(warm, ordinal, at));
        }
        let witness = observer.collect(moment(100), moment(200));
        let at: Vec<u64> = witness.losses.iter().map(|row| row.at.as_nanos()).collect();
        assert_eq!(at, [20, 60]);
        assert_eq!(observer.collect(moment(200), moment(300)).losses.len(), 1);
        assert!(observer.collect(moment(100), moment(200)).losses.is_empty());
    }

    #[test]
    fn records_the_first_side_to_close() {
        let observer = Observer::new(Retention::UntilCollected);
        let id = observer.accepted(moment(1), 1);
        observer.closed(id, moment(5), Closer::Client);
        observer.closed(id, moment(6), Closer::Server);
        let row = &observer.collect(moment(0), moment(9)).connections[0];
        assert_eq!((row.closed, row.closed_by), (Some(Span::from_nanos(5)), Some(Closer::Client)));
    }
}
