//! A row for each trial, those of the pilot and warm-ups included.

use evidence::{Evidence, Examined};
use model::arm::Arm;
use model::failure::FailureKind;
use model::phase::Phase;
use model::time::{Moment, Span};
use model::trial::{Outcome, Run, Trial, Usage};

use super::Source;
use super::table::{Column, Field, csv};
use super::trial_columns::{OfTrial, examined_trials, planned_arms, trial_columns};

/// A trial with what is known of it.
struct Row<'a> {
    trial: &'a Trial,
    arm: Option<&'a Arm>,
    /// Nothing unless it was counted and succeeded.
    examined: Option<&'a Examined<'a>>,
    /// When the first trial of the recording began.
    first: Moment,
}

impl OfTrial for Row<'_> {
    fn trial(&self) -> &Trial {
        self.trial
    }

    fn arm(&self) -> Option<&Arm> {
        self.arm
    }
}

pub(super) fn write(source: Source<'_>) -> String {
    let recording = source.recording;
    let evidence = Evidence::of_recording(recording);
    let examined = examined_trials(evidence.as_ref());
    let arms = planned_arms(recording);
    let first = recording.trials.iter().filter_map(|trial| Some(run(trial)?.started)).min();
    let rows = recording.trials.iter().map(|trial| Row {
        trial,
        arm: arms.get(&trial.arm).copied(),
        examined: examined.get(&trial.id).copied(),
        first: first.unwrap_or(Moment::from_nanos(0)),
    });
    csv(&columns(), rows)
}

const fn run(trial: &Trial) -> Option<&Run> {
    match &trial.outcome {
        Outcome::Ran(run) => Some(run),
        Outcome::Lost(_) => None,
    }
}

fn columns<'a>() -> Vec<Column<Row<'a>>> {
    let mut columns = trial_columns();
    columns.extend(outcome_columns());
    columns.extend(usage_columns());
    columns.extend(evidence_columns());
    columns
}

fn outcome_columns<'a>() -> Vec<Column<Row<'a>>> {
    vec![
        Column::new("outcome", |row: &Row<'_>| Field::text(outcome(row.trial))),
        Column::new("started_seconds", |row: &Row<'_>| {
            run(row.trial).map(|run| run.started.since(row.first)).into()
        }),
        Column::new("batch_seconds", |row: &Row<'_>| run(row.trial).map(Run::batch_time).into()),
        Column::new("failed_requests", |row: &Row<'_>| {
            run(row.trial).map(|run| Field::Whole(run.failed_requests())).into()
        }),
        Column::new("failure", |row: &Row<'_>| {
            failure(row.trial).map(|kind| Field::text(kind.name())).into()
        }),
        Column::new("message", |row: &Row<'_>| message(row.trial).map(Field::text).into()),
    ]
}

fn outcome(trial: &Trial) -> &'static str {
    match &trial.outcome {
        Outcome::Lost(_) => "lost",
        Outcome::Ran(run) if run.first_failure().is_some() => "failed",
        Outcome::Ran(_) => "succeeded",
    }
}

/// The kind of the first failure.
fn failure(trial: &Trial) -> Option<FailureKind> {
    match &trial.outcome {
        Outcome::Lost(loss) => loss.kind,
        Outcome::Ran(run) => Some(run.first_failure()?.kind),
    }
}

/// The words of the first failure.
fn message(trial: &Trial) -> Option<&str> {
    match &trial.outcome {
        Outcome::Lost(loss) => Some(&loss.message),
        Outcome::Ran(run) => Some(&run.first_failure()?.message),
    }
}

fn usage_columns<'a>() -> Vec<Column<Row<'a>>> {
    let time = |name: &str, value: fn(&Usage) -> Option<Span>| {
        Column::new(name, move |row: &Row<'_>| {
            run(row.trial).and_then(|run| value(&run.usage)).into()
        })
    };
    let number = |name: &str, value: fn(&Usage) -> Option<u64>| {
        Column::new(name, move |row: &Row<'_>| {
            run(row.trial).and_then(|run| value(&run.usage)).into()
        })
    };
    vec![
        time("cpu_user_seconds", |usage| usage.user),
        time("cpu_system_seconds", |usage| usage.system),
        time("cpu_children_seconds", |usage| usage.children),
        number("voluntary_switches", |usage| usage.voluntary_switches),
        number("involuntary_switches", |usage| usage.involuntary_switches),
        number("peak_memory_bytes", |usage| usage.peak_memory),
    ]
}

/// The columns that rest on the evidence of the trial.
fn evidence_columns<'a>() -> Vec<Column<Row<'a>>> {
    let mut columns = vec![
        Column::new("connections_opened", |row: &Row<'_>| {
            let connections = row.examined.and_then(|examined| examined.connections);
            connections.map(|found| Field::count(found.opened)).into()
        }),
        Column::new("connections_used", |row: &Row<'_>| {
            let connections = row.examined.and_then(|examined| examined.connections);
            connections.map(|found| Field::count(found.used)).into()
        }),
        Column::new("path_requests", |row: &Row<'_>| {
            let path = row.examined.and_then(|examined| examined.path.as_ref());
            path.map(|path| Field::count(path.requests())).into()
        }),
    ];
    columns.extend(Phase::ALL.map(|phase| {
        Column::new(format!("path_{phase}_seconds"), move |row: &Row<'_>| {
            let examined = row.examined.filter(|examined| examined.path.is_some());
            examined.map(|examined| examined.path_times().phases[phase]).into()
        })
    }));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Format, testing::rows};
    use model::recording::StopReason;
    use test_support::sample::{self, Sample};

    #[test]
    fn each_trial_has_a_row_whose_phases_sum_to_its_batch() {
        let recording = Sample::three_strategies(2);
        let rows = rows(Format::Csv, &recording);
        assert_eq!(rows.len(), 6);
        for row in &rows {
            assert_eq!(
                (&*row["stage"], &*row["outcome"], &*row["batch_size"]),
                ("counted", "succeeded", "4")
            );
            let phase = |phase: Phase| row[&format!("path_{phase}_seconds")].parse::<f64>();
            let sum: f64 = Phase::ALL.map(|it| phase(it).expect("is known")).iter().sum();
            let batch: f64 = row["batch_seconds"].parse().expect("is a number");
            assert!((sum - batch).abs() < 1e-8, "{sum} of {batch}");
        }
        assert_eq!((&*rows[0]["block"], &*rows[0]["slot"], &*rows[5]["block"]), ("0", "0", "1"));
        assert_eq!(
            (&*rows[0]["batch_seconds"], &*rows[0]["connections_opened"]),
            ("0.100000000", "1")
        );
    }

    #[test]
    fn failed_and_lost_trials_have_a_row_with_their_reason() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.pilot("a/x@1", &[None]);
        sample.failed("a/x@1", &[Some(sample::failure(FailureKind::Reset, "cut off"))]);
        sample.lost("a/x@1", "the driver died");
        let rows = rows(Format::Csv, &sample.end(StopReason::Blocks));
        let fields = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
        assert_eq!(fields("stage"), ["pilot", "counted", "counted"]);
        assert_eq!(fields("outcome"), ["succeeded", "failed", "lost"]);
        assert_eq!(fields("failure"), ["", "reset", ""]);
        assert_eq!(fields("message"), ["", "cut off", "the driver died"]);
        assert_eq!(rows[2]["batch_seconds"], "");
        assert!(rows.iter().all(|row| row["path_wait_seconds"].is_empty()));
    }
}
