//! One trial while it runs: its time limit, its checks, and a row for each request.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use model::driver_protocol::Preparation;
use model::failure::{Failure, FailureKind};
use model::http_version::{HttpVersion, PerHttpVersion};
use model::packed::{ColumnWriter, MOST_UNPACKED, Table};
use model::target::Checks;
use model::time::{Moment, Span};
use model::trace::{ColumnName, Columns, Milestone, TraceColumn};
use model::trial::ResponseVersions;

use crate::time_limit::TimeLimit;

/// What a cell holds where nothing was observed. No clock, ordinal or length reaches this value.
const UNOBSERVED: u64 = u64::MAX;
const NO_STATUS: u32 = u32::MAX;

/// Whether milestones are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracing {
    /// Every milestone that the client shows, its connection and its worker.
    On,
    /// No milestone, and the clock is not read.
    Off,
}

impl Tracing {
    /// The tracing that a preparation asks for.
    pub(crate) fn requested_by(preparation: &Preparation) -> Self {
        if preparation.trace { Self::On } else { Self::Off }
    }
}

/// A batch that is running. All memory is allocated before it starts; while it runs, only a failure
/// allocates.
pub(crate) struct RunningTrial {
    tracing: Tracing,
    checks: Checks,
    limit: TimeLimit,
    rows: Box<[Row]>,
    /// How many responses came over each version of HTTP.
    responses: PerHttpVersion<AtomicU64>,
}

/// What has been observed of one request.
struct Row {
    milestones: [AtomicU64; Milestone::COUNT],
    connection: AtomicU64,
    worker: AtomicU64,
    status: AtomicU32,
    bytes: AtomicU64,
    outcome: OnceLock<Result<(), Failure>>,
}

impl Row {
    fn new() -> Self {
        Self {
            milestones: [const { AtomicU64::new(UNOBSERVED) }; Milestone::COUNT],
            connection: AtomicU64::new(UNOBSERVED),
            worker: AtomicU64::new(UNOBSERVED),
            status: AtomicU32::new(NO_STATUS),
            bytes: AtomicU64::new(UNOBSERVED),
            outcome: OnceLock::new(),
        }
    }

    fn status(&self) -> Option<u16> {
        u16::try_from(self.status.load(Ordering::Acquire)).ok()
    }

    fn bytes(&self) -> Option<u64> {
        observed(&self.bytes)
    }

    /// When the request passed a milestone, counted from the start of the batch.
    fn since(&self, started: Moment, milestone: Milestone) -> Option<Span> {
        let nanos = observed(&self.milestones[milestone.index()])?;
        Some(Moment::from_nanos(nanos).since(started))
    }

    /// The number in a column; nothing for a failure, which is none.
    fn number(&self, started: Moment, column: ColumnName) -> Option<u64> {
        match column {
            ColumnName::Milestone(milestone) => self.since(started, milestone).map(Span::as_nanos),
            ColumnName::Connection => observed(&self.connection),
            ColumnName::Worker => observed(&self.worker),
            ColumnName::Status => self.status().map(u64::from),
            ColumnName::Bytes => self.bytes(),
            ColumnName::Error => None,
        }
    }

    /// Checks the answer. A request that sleeps has no answer, and passes.
    fn check(&self, checks: &Checks) -> Result<(), Failure> {
        let Some(status) = self.status() else { return Ok(()) };
        if !checks.statuses.contains(&status) {
            let expected: Vec<String> = checks.statuses.iter().map(u16::to_string).collect();
            let message = format!("status {status}, expected {}", expected.join(" or "));
            return Err(Failure { kind: FailureKind::Status, message });
        }
        let bytes = self.bytes().unwrap_or(0);
        if bytes < checks.min_bytes {
            let message = format!("body of {bytes} bytes, expected at least {}", checks.min_bytes);
            return Err(Failure { kind: FailureKind::Check, message });
        }
        Ok(())
    }
}

fn observed(cell: &AtomicU64) -> Option<u64> {
    Some(cell.load(Ordering::Acquire)).filter(|&value| value != UNOBSERVED)
}

/// A request without an outcome although the time limit had not passed: a bug of the driver.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("request {0} has no outcome, although the time limit has not passed")]
pub(crate) struct UnfinishedRequest(usize);

impl RunningTrial {
    /// Allocates a row for each request and starts the time limit.
    pub(crate) fn new(requests: usize, tracing: Tracing, checks: Checks, allowed: Span) -> Self {
        let rows = (0..requests).map(|_| Row::new()).collect();
        let responses = PerHttpVersion::default();
        Self { tracing, checks, limit: TimeLimit::from_now(allowed), rows, responses }
    }

    /// How many requests the batch holds.
    pub(crate) fn requests(&self) -> usize {
        self.rows.len()
    }

    /// The time limit.
    pub(crate) fn limit(&self) -> &TimeLimit {
        &self.limit
    }

    /// Whether milestones are taken.
    pub(crate) fn tracing(&self) -> Tracing {
        self.tracing
    }

    /// Checks the answer of a request.
    ///
    /// # Errors
    /// Names the check that failed.
    pub(crate) fn check(&self, request: usize) -> Result<(), Failure> {
        self.rows[request].check(&self.checks)
    }

    /// Keeps the outcome of a request.
    pub(crate) fn settle(&self, request: usize, outcome: Result<(), Failure>) {
        // Cannot fail: a request is made once and settled where it is made.
        let _ = self.rows[request].outcome.set(outcome);
    }

    /// Keeps a milestone's first moment. A request passes its milestones on one thread at a time.
    pub(crate) fn keep_first(&self, request: usize, milestone: Milestone, moment: Moment) {
        let cell = &self.rows[request].milestones[milestone.index()];
        if cell.load(Ordering::Acquire) == UNOBSERVED {
            cell.store(moment.as_nanos(), Ordering::Release);
        }
    }

    /// Keeps a milestone's last moment.
    pub(crate) fn keep_last(&self, request: usize, milestone: Milestone, moment: Moment) {
        self.rows[request].milestones[milestone.index()]
            .store(moment.as_nanos(), Ordering::Release);
    }

    /// When a request passed a milestone, if it has.
    pub(crate) fn at(&self, request: usize, milestone: Milestone) -> Option<Moment> {
        observed(&self.rows[request].milestones[milestone.index()]).map(Moment::from_nanos)
    }

    /// Keeps which connection carried a request.
    pub(crate) fn keep_connection(&self, request: usize, ordinal: u64) {
        self.rows[request].connection.store(ordinal, Ordering::Release);
    }

    /// Keeps which worker made a request.
    pub(crate) fn keep_worker(&self, request: usize, ordinal: u64) {
        self.rows[request].worker.store(ordinal, Ordering::Release);
    }

    /// Keeps the status of a response.
    pub(crate) fn keep_status(&self, request: usize, status: u16) {
        self.rows[request].status.store(u32::from(status), Ordering::Release);
    }

    /// Counts a response by its version of HTTP.
    pub(crate) fn count_response(&self, version: HttpVersion) {
        self.responses[version].fetch_add(1, Ordering::Relaxed);
    }

    /// How many responses came over each version of HTTP.
    pub(crate) fn response_versions(&self) -> ResponseVersions {
        let counted = |version: HttpVersion| {
            let count = self.responses[version].load(Ordering::Acquire);
            (count > 0).then(|| (version.name().to_owned(), count))
        };
        HttpVersion::ALL.into_iter().filter_map(counted).collect()
    }

    /// Keeps how many bytes of a body have been read.
    pub(crate) fn keep_bytes(&self, request: usize, bytes: u64) {
        self.rows[request].bytes.store(bytes, Ordering::Release);
    }

    /// The trial's columns, without empty ones. A request that has no outcome when the time limit
    /// has passed is a timeout.
    ///
    /// # Errors
    /// When a request has no outcome although the time limit has not passed.
    pub(crate) fn columns(&self, started: Moment) -> Result<Columns, UnfinishedRequest> {
        let mut columns = self.numbers(started);
        let passed = self.limit.has_passed();
        let failures: TraceColumn<Failure> = self
            .rows
            .iter()
            .enumerate()
            .map(|(request, row)| match row.outcome.get() {
                Some(outcome) => Ok(outcome.as_ref().err().cloned()),
                None if passed => Ok(Some(self.limit.failure())),
                None => Err(UnfinishedRequest(request)),
            })
            .collect::<Result<_, _>>()?;
        columns.error = failures.iter().any(Option::is_some).then_some(failures);
        Ok(columns)
    }

    /// The columns of numbers, packed where the batch is very large.
    fn numbers(&self, started: Moment) -> Columns {
        let mut columns = Columns::default();
        if self.rows.len() > MOST_UNPACKED {
            columns.packed = Some(Box::new(self.packed(started)));
            return columns;
        }
        for milestone in Milestone::ALL {
            columns.milestones[milestone] = self.column(|row| row.since(started, milestone));
        }
        columns.connection = self.column(|row| observed(&row.connection));
        columns.worker = self.column(|row| observed(&row.worker));
        columns.status = self.column(Row::status);
        columns.bytes = self.column(Row::bytes);
        columns
    }

    fn packed(&self, started: Moment) -> Table {
        let is_filled = |column: &ColumnName| {
            self.rows.iter().any(|row| row.number(started, *column).is_some())
        };
        let columns: Vec<ColumnName> = ColumnName::ALL.into_iter().filter(is_filled).collect();
        let mut writer = ColumnWriter::default();
        let mut cells = Vec::new();
        for row in &self.rows {
            cells.clear();
            cells.extend(columns.iter().map(|&column| row.number(started, column)));
            writer.push(&cells);
        }
        let names: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
        writer.finish(&names)
    }

    fn column<T>(&self, entry: impl Fn(&Row) -> Option<T>) -> Option<TraceColumn<T>> {
        let column: TraceColumn<T> = self.rows.iter().map(entry).collect();
        column.iter().any(Option::is_some).then_some(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(tracing: Tracing, time_limit: Span) -> RunningTrial {
        let checks = Checks { statuses: vec![200, 204], min_bytes: 3 };
        RunningTrial::new(2, tracing, checks, time_limit)
    }

    #[test]
    fn columns_count_from_the_start_and_omit_what_was_not_observed() {
        let trial = trial(Tracing::On, Span::from_secs(60));
        let started = Moment::from_nanos(1000);
        trial.keep_first(0, Milestone::Connecting, Moment::from_nanos(1007));
        trial.keep_first(0, Milestone::Connecting, Moment::from_nanos(1009));
        trial.keep_last(1, Milestone::Sent, Moment::from_nanos(1001));
        trial.keep_last(1, Milestone::Sent, Moment::from_nanos(1002));
        trial.keep_worker(1, 0);
        for request in 0..2 {
            trial.settle(request, Ok(()));
        }
        let expected = Columns { worker: Some(vec![None, Some(0)]), ..Columns::default() }
            .with(Milestone::Connecting, vec![Some(Span::from_nanos(7)), None])
            .with(Milestone::Sent, vec![None, Some(Span::from_nanos(2))]);
        assert_eq!(trial.columns(started), Ok(expected));
    }

    #[test]
    fn the_columns_of_a_very_large_batch_are_those_of_a_smaller_one_but_packed() {
        let checks = Checks { statuses: vec![200], min_bytes: 0 };
        let requests = MOST_UNPACKED + 1;
        let trial = RunningTrial::new(requests, Tracing::On, checks, Span::from_secs(60));
        for request in 0..requests {
            trial.keep_first(request, Milestone::Sent, Moment::from_nanos(request as u64));
            trial.keep_status(request, 200);
            trial.settle(request, Ok(()));
        }
        let columns = trial.columns(Moment::from_nanos(0)).expect("all have an outcome");
        let mut sent = Vec::new();
        columns
            .pieces(|piece| {
                assert_eq!(piece.columns.filled().count(), 2);
                sent.extend(
                    piece.columns.milestone(Milestone::Sent).into_iter().flatten().copied(),
                );
                Ok::<(), model::packed::BadTable>(())
            })
            .expect("is whole");
        assert_eq!(sent.len(), requests);
        assert_eq!(sent.last(), Some(&Some(Span::from_nanos(requests as u64 - 1))));
    }

    #[test]
    fn a_request_without_an_outcome_is_a_timeout_or_a_bug_of_the_driver() {
        let late = trial(Tracing::On, Span::ZERO);
        late.settle(0, Ok(()));
        let columns = late.columns(Moment::from_nanos(0)).expect("the limit has passed");
        let kinds: Vec<FailureKind> = columns.failures().map(|failure| failure.kind).collect();
        assert_eq!(
            (kinds, columns.error.map(|error| error[0].is_none())),
            (vec![FailureKind::Timeout], Some(true))
        );
        let early = trial(Tracing::On, Span::from_secs(60));
        early.settle(0, Ok(()));
        assert_eq!(early.columns(Moment::from_nanos(0)), Err(UnfinishedRequest(1)));
    }

    #[test]
    fn checks_status_and_length_of_an_answer_and_neither_of_a_sleep() {
        let verdict = |status, bytes| {
            let trial = trial(Tracing::On, Span::from_secs(60));
            trial.keep_status(0, status);
            trial.keep_bytes(0, bytes);
            trial.check(0).map_err(|failure| failure.kind)
        };
        assert_eq!(verdict(200, 3), Ok(()));
        assert_eq!(verdict(204, 3), Ok(()));
        assert_eq!(verdict(500, 3), Err(FailureKind::Status));
        assert_eq!(verdict(200, 2), Err(FailureKind::Check));
        assert_eq!(trial(Tracing::On, Span::from_secs(60)).check(0), Ok(()));
    }
}
