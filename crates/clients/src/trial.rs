//! One trial while it runs: its time limit, its checks, and what was observed of its requests.

mod row;
mod sampled_rows;

use std::sync::atomic::{AtomicU64, Ordering};

use model::driver_protocol::Preparation;
use model::failure::Failure;
use model::http_version::{HttpVersion, PerHttpVersion};
use model::sampling::{Stretch, Totals};
use model::target::Checks;
use model::time::{Moment, Span};
use model::trace::{Columns, Milestone, TraceColumn};
use model::trial::ResponseVersions;

use self::row::Row;
use self::sampled_rows::SampledRows;
use crate::time_limit::TimeLimit;

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
    rows: Rows,
    /// How many responses came over each version of HTTP.
    responses: PerHttpVersion<AtomicU64>,
}

/// The rows of a trial.
enum Rows {
    /// One for each request.
    Whole(Box<[Row]>),
    /// Those of some requests, and totals of all.
    Sampled(Box<SampledRows>),
}

/// A request without an outcome although the time limit had not passed: a bug of the driver.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("request {0} has no outcome, although the time limit has not passed")]
pub(crate) struct UnfinishedRequest(usize);

impl RunningTrial {
    /// Allocates a row for each request and starts the time limit.
    pub(crate) fn new(requests: usize, tracing: Tracing, checks: Checks, allowed: Span) -> Self {
        let rows = Rows::Whole((0..requests).map(|_| Row::new()).collect());
        Self::with_rows(rows, tracing, checks, allowed)
    }

    /// The same with rows only for the requests of this stretch, and totals of all.
    pub(crate) fn sampled(
        requests: usize,
        stretch: Stretch,
        tracing: Tracing,
        checks: Checks,
        allowed: Span,
    ) -> Self {
        let rows = Rows::Sampled(Box::new(SampledRows::new(requests, stretch)));
        Self::with_rows(rows, tracing, checks, allowed)
    }

    fn with_rows(rows: Rows, tracing: Tracing, checks: Checks, allowed: Span) -> Self {
        let responses = PerHttpVersion::default();
        Self { tracing, checks, limit: TimeLimit::from_now(allowed), rows, responses }
    }

    /// How many requests the batch holds.
    pub(crate) fn requests(&self) -> usize {
        match &self.rows {
            Rows::Whole(rows) => rows.len(),
            Rows::Sampled(rows) => rows.requests,
        }
    }

    /// Visits the row of a request.
    fn with<R>(&self, request: usize, visit: impl FnOnce(&Row) -> R) -> R {
        match &self.rows {
            Rows::Whole(rows) => visit(&rows[request]),
            Rows::Sampled(rows) => rows.with(request, visit),
        }
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
        self.with(request, |row| row.check(&self.checks))
    }

    /// Keeps the outcome of a request.
    pub(crate) fn settle(&self, request: usize, outcome: Result<(), Failure>) {
        match &self.rows {
            // Cannot fail: a request is made once and settled where it is made.
            Rows::Whole(rows) => drop(rows[request].outcome.set(outcome)),
            Rows::Sampled(rows) => rows.settle(request, outcome),
        }
    }

    /// Marks every request as submitted at this moment.
    pub(crate) fn submit_all(&self, moment: Moment) {
        match &self.rows {
            Rows::Whole(rows) => {
                let nanos = moment.as_nanos();
                rows.iter().for_each(|row| row.milestone(Milestone::Submitted).set(nanos));
            }
            Rows::Sampled(rows) => rows.submit_all(moment.as_nanos()),
        }
    }

    /// Keeps a milestone's first moment. A request passes its milestones on one thread at a time.
    pub(crate) fn keep_first(&self, request: usize, milestone: Milestone, moment: Moment) {
        self.with(request, |row| {
            let cell = row.milestone(milestone);
            if cell.get().is_none() {
                cell.set(moment.as_nanos());
            }
        });
    }

    /// Keeps a milestone's last moment.
    pub(crate) fn keep_last(&self, request: usize, milestone: Milestone, moment: Moment) {
        self.with(request, |row| row.milestone(milestone).set(moment.as_nanos()));
    }

    /// When a request passed a milestone, if it has.
    pub(crate) fn at(&self, request: usize, milestone: Milestone) -> Option<Moment> {
        self.with(request, |row| row.milestone(milestone).get()).map(Moment::from_nanos)
    }

    /// Keeps which connection carried a request.
    pub(crate) fn keep_connection(&self, request: usize, ordinal: u64) {
        self.with(request, |row| row.connection.set(ordinal));
    }

    /// Keeps which worker made a request.
    pub(crate) fn keep_worker(&self, request: usize, ordinal: u64) {
        self.with(request, |row| row.worker.set(ordinal));
    }

    /// Keeps the status of a response.
    pub(crate) fn keep_status(&self, request: usize, status: u16) {
        self.with(request, |row| row.keep_status(status));
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
        self.with(request, |row| row.bytes.set(bytes));
    }

    /// The trial's columns, without empty ones: of all requests, or of those of the stretch. A request that has no
    /// outcome when the time limit has passed is a timeout.
    ///
    /// # Errors
    /// When a request has no outcome although the time limit has not passed.
    pub(crate) fn columns(&self, started: Moment) -> Result<Columns, UnfinishedRequest> {
        let passed = self.limit.has_passed();
        let rows = match &self.rows {
            Rows::Whole(rows) => rows,
            Rows::Sampled(sampled) => {
                if let Some(request) = sampled.first_unsettled().filter(|_| !passed) {
                    return Err(UnfinishedRequest(request));
                }
                &sampled.kept
            }
        };
        let failures: TraceColumn<Failure> = rows
            .iter()
            .enumerate()
            .map(|(request, row)| match row.outcome.get() {
                Some(outcome) => Ok(outcome.as_ref().err().cloned()),
                None if passed => Ok(Some(self.limit.failure())),
                None => Err(UnfinishedRequest(request)),
            })
            .collect::<Result<_, _>>()?;
        let mut columns = numbers(rows, started);
        columns.error = failures.iter().any(Option::is_some).then_some(failures);
        Ok(columns)
    }

    /// The totals of a sampled trial.
    pub(crate) fn totals(&self) -> Option<Totals> {
        match &self.rows {
            Rows::Whole(_) => None,
            Rows::Sampled(rows) => Some(rows.totals(&self.limit.failure())),
        }
    }
}

/// The columns of numbers.
fn numbers(rows: &[Row], started: Moment) -> Columns {
    let mut columns = Columns::default();
    for milestone in Milestone::ALL {
        columns.milestones[milestone] = column(rows, |row| row.since(started, milestone));
    }
    columns.connection = column(rows, |row| row.connection.get());
    columns.worker = column(rows, |row| row.worker.get());
    columns.status = column(rows, Row::status);
    columns.bytes = column(rows, |row| row.bytes.get());
    columns
}

fn column<T>(rows: &[Row], entry: impl Fn(&Row) -> Option<T>) -> Option<TraceColumn<T>> {
    let column: TraceColumn<T> = rows.iter().map(entry).collect();
    column.iter().any(Option::is_some).then_some(column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::failure::FailureKind;

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
    fn the_columns_of_a_sampled_trial_are_those_of_its_stretch() {
        let checks = Checks { statuses: vec![200], min_bytes: 0 };
        let (stretch, limit) = (Stretch { first: 300, requests: 50 }, Span::from_secs(60));
        let trial = RunningTrial::sampled(1000, stretch, Tracing::On, checks, limit);
        trial.submit_all(Moment::from_nanos(0));
        for request in 0..1000 {
            trial.keep_first(request, Milestone::Sent, Moment::from_nanos(request as u64));
            trial.keep_status(request, 200);
            trial.settle(request, Ok(()));
        }
        let columns = trial.columns(Moment::from_nanos(0)).expect("all have an outcome");
        assert_eq!(columns.requests(), Some(50));
        assert_eq!(columns.at(Milestone::Sent, 49), Some(Span::from_nanos(349)));
        let totals = trial.totals().expect("is sampled");
        assert_eq!((totals.requests, totals.failed(), totals.bytes), (1000, 0, None));
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
