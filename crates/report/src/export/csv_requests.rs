//! A row for each request of each trial that ran, with all twelve milestones; of a sampled trial for those of its
//! stretch.
//!
//! A counted trial that succeeded has the milestones that the analysis uses: the client's, else the
//! endpoint's, else those of the system calls. Any other trial has only what its client reported.

use evidence::Evidence;
use evidence::path::{ConnectionKey, RequestTimeline};
use model::arm::Arm;
use model::failure::Failure;
use model::target::Request;
use model::time::Span;
use model::trace::{Columns, Milestone, TraceColumn};
use model::trial::{Outcome, Run, Trial};

use super::Source;
use super::table::{Column, Field, csv};
use super::trial_columns::{OfTrial, examined_trials, planned_arms, trial_columns};

/// A request of a trial.
struct Row<'a> {
    trial: &'a Trial,
    arm: Option<&'a Arm>,
    columns: &'a Columns,
    /// Its place among the requests that have rows, from 0 on.
    request: usize,
    /// The place of the first of them in the batch, and when the time begins that they count from.
    first: usize,
    from: Span,
    planned: Option<Request>,
    /// Nothing unless the trial was counted and succeeded.
    timeline: Option<&'a RequestTimeline>,
}

impl OfTrial for Row<'_> {
    fn trial(&self) -> &Trial {
        self.trial
    }

    fn arm(&self) -> Option<&Arm> {
        self.arm
    }
}

impl Row<'_> {
    fn at(&self, milestone: Milestone) -> Option<Span> {
        let at = match self.timeline {
            Some(timeline) => timeline.milestones.at(milestone),
            None => self.columns.at(milestone, self.request),
        };
        Some(self.from + at?)
    }

    fn connection(&self) -> Option<ConnectionKey> {
        match self.timeline {
            Some(timeline) => timeline.connection,
            None => self.entry(self.columns.connection.as_ref()).map(ConnectionKey::Client),
        }
    }

    fn worker(&self) -> Option<u64> {
        match self.timeline {
            Some(timeline) => timeline.worker,
            None => self.entry(self.columns.worker.as_ref()),
        }
    }

    fn failure(&self) -> Option<&Failure> {
        self.columns.error.as_ref()?.get(self.request)?.as_ref()
    }

    fn entry<T: Copy>(&self, column: Option<&TraceColumn<T>>) -> Option<T> {
        column?.get(self.request).copied().flatten()
    }
}

pub(super) fn write(source: Source<'_>) -> String {
    let recording = source.recording;
    let evidence = Evidence::of_recording(recording);
    let examined = examined_trials(evidence.as_ref());
    let arms = planned_arms(recording);
    let rows = recording.trials.iter().flat_map(|trial| {
        let arm = arms.get(&trial.arm).copied();
        let planned = arm.and_then(|arm| recording.plan.as_ref()?.target_of(arm));
        let timelines = examined.get(&trial.id).map_or(&[][..], |examined| &examined.timelines[..]);
        requests(trial, arm).map(move |(request, run)| {
            let sampled = run.sampled.as_ref();
            let first = sampled.map_or(0, |sampled| sampled.stretch.first as usize);
            Row {
                trial,
                arm,
                columns: &run.columns,
                request,
                first,
                from: sampled.map_or(Span::ZERO, |sampled| sampled.from),
                planned: planned.and_then(|planned| planned.target.requests.get(first + request)),
                timeline: timelines.get(request),
            }
        })
    });
    csv(&columns(), rows)
}

/// The requests of a trial that have rows, by their places; none of a trial that was lost.
fn requests<'a>(
    trial: &'a Trial,
    arm: Option<&Arm>,
) -> impl Iterator<Item = (usize, &'a Run)> + use<'a> {
    let run = match &trial.outcome {
        Outcome::Ran(run) => Some(&**run),
        Outcome::Lost(_) => None,
    };
    let size = arm.map_or(0, |arm| arm.batch_size.requests());
    run.into_iter().flat_map(move |run| {
        let rows = run.sampled.as_ref().map_or(size, |sampled| sampled.stretch.requests as usize);
        (0..rows).map(move |request| (request, run))
    })
}

fn columns<'a>() -> Vec<Column<Row<'a>>> {
    let mut columns = trial_columns();
    columns.extend([
        Column::new("request", |row: &Row<'_>| Field::count(row.first + row.request)),
        Column::new("method", |row: &Row<'_>| {
            row.planned.as_ref().map(|it| Field::text(&it.method)).into()
        }),
        Column::new("url", |row: &Row<'_>| {
            row.planned.as_ref().map(|it| Field::text(&it.url)).into()
        }),
    ]);
    columns.extend(Milestone::ALL.map(|milestone| {
        Column::new(format!("{milestone}_seconds"), move |row: &Row<'_>| row.at(milestone).into())
    }));
    columns.extend([
        Column::new("connection", |row: &Row<'_>| row.connection().map(number).into()),
        Column::new("connection_by", |row: &Row<'_>| {
            row.connection().map(|key| Field::text(numbered_by(key))).into()
        }),
        Column::new("worker", |row: &Row<'_>| row.worker().into()),
        Column::new("status", |row: &Row<'_>| {
            row.entry(row.columns.status.as_ref()).map(Field::whole).into()
        }),
        Column::new("bytes", |row: &Row<'_>| row.entry(row.columns.bytes.as_ref()).into()),
        Column::new("failure", |row: &Row<'_>| {
            row.failure().map(|it| Field::text(it.kind.name())).into()
        }),
        Column::new("message", |row: &Row<'_>| {
            row.failure().map(|it| Field::text(&it.message)).into()
        }),
    ]);
    columns
}

const fn number(key: ConnectionKey) -> Field {
    match key {
        ConnectionKey::Client(number)
        | ConnectionKey::Endpoint(number)
        | ConnectionKey::Socket(number) => Field::Whole(number),
    }
}

/// Who gave the connection its number: numbers of different sources are not comparable.
const fn numbered_by(key: ConnectionKey) -> &'static str {
    match key {
        ConnectionKey::Client(_) => "client",
        ConnectionKey::Endpoint(_) => "endpoint",
        ConnectionKey::Socket(_) => "socket_witness",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Format, testing::rows};
    use model::failure::FailureKind;
    use model::recording::StopReason;
    use test_support::sample::{self, Sample};

    #[test]
    fn each_request_has_a_row_with_the_milestones_of_the_analysis() {
        let recording = Sample::three_strategies(1);
        let rows = rows(Format::CsvRequests, &recording);
        assert_eq!(rows.len(), 12);
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let examined = evidence.arms.iter().flat_map(|arm| &arm.successes);
        let timelines = examined.flat_map(|examined| &examined.timelines);
        for (row, timeline) in rows.iter().zip(timelines) {
            for milestone in Milestone::ALL {
                let seconds = timeline.milestones.at(milestone).map(Span::as_secs);
                let written = row[&format!("{milestone}_seconds")].parse::<f64>().ok();
                assert_eq!(written, seconds, "{milestone}");
            }
        }
        assert_eq!(&*rows[1]["url"], "https://127.0.0.1:40001/todos/2");
        assert_eq!((&*rows[1]["request"], &*rows[1]["connection_by"]), ("1", "client"));
    }

    #[test]
    fn a_failed_request_has_a_row_and_nothing_that_was_not_observed() {
        let mut sample = Sample::new(&[("a/x", 2)]);
        let failure = sample::failure(FailureKind::Status, "404 Not Found");
        sample.failed("a/x@2", &[None, Some(failure)]);
        sample.lost("a/x@2", "the driver died");
        let rows = rows(Format::CsvRequests, &sample.end(StopReason::Blocks));
        assert_eq!(rows.len(), 2);
        assert_eq!((&*rows[0]["failure"], &*rows[1]["failure"]), ("", "status"));
        assert_eq!((&*rows[1]["message"], &*rows[1]["done_seconds"]), ("404 Not Found", ""));
    }
}
