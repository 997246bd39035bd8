//! Whether what a driver reports can be true at all.
//!
//! A report that contradicts itself, the runner's clock or the order it answers is a failed trial,
//! never a time.

use model::time::Moment;
use model::trace::{BadColumns, Milestone};
use model::trial::{Run, TrialId};

/// What the runner knows of a trial by itself.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The trial's number.
    pub id: TrialId,
    /// How many requests were ordered.
    pub requests: usize,
    /// When the order went out.
    pub ordered: Moment,
    /// When the last reply had come.
    pub answered: Moment,
}

/// Why a report cannot be true.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Nonsense {
    /// It answers another order.
    #[error("it reported trial {} when trial {} had been ordered", found.0, ordered.0)]
    OtherTrial {
        /// The trial that was ordered.
        ordered: TrialId,
        /// The trial that was reported.
        found: TrialId,
    },
    /// Started and finished do not lie between order and answer.
    #[error(
        "its times lie outside the time between the order and its answer: its clock is not the machine's monotonic clock"
    )]
    OtherClock,
    /// It finished before it started.
    #[error("it reported an end before the beginning")]
    Backwards,
    /// The columns are not a trial's.
    #[error(transparent)]
    Columns(#[from] BadColumns),
    /// A milestone after the end.
    #[error("it reported a milestone of request {request} after the end of the batch")]
    AfterTheEnd {
        /// The request, from 0 on.
        request: usize,
    },
    /// A request that neither failed nor was answered.
    #[error("it reported neither an answer nor an error of request {request}")]
    Unaccounted {
        /// The request, from 0 on.
        request: usize,
    },
}

/// Holds a report against what is known.
///
/// # Errors
/// Names the first contradiction.
pub fn audit(known: &Known, run: &Run) -> Result<(), Nonsense> {
    if run.finished < run.started {
        return Err(Nonsense::Backwards);
    }
    if run.started < known.ordered || run.finished > known.answered {
        return Err(Nonsense::OtherClock);
    }
    run.columns.check_length(known.requests)?;
    for request in 0..known.requests {
        audit_request(run, request)?;
    }
    Ok(())
}

fn audit_request(run: &Run, request: usize) -> Result<(), Nonsense> {
    let batch = run.batch_time();
    let late = |milestone| run.columns.at(milestone, request).is_some_and(|at| at > batch);
    if Milestone::ALL.into_iter().any(late) {
        return Err(Nonsense::AfterTheEnd { request });
    }
    let failed = entry(run.columns.error.as_ref(), request).unwrap_or(false);
    let unfinished = entry(run.columns.milestone(Milestone::Done), request) == Some(false);
    // A driver whose work is not HTTP has no status for any request.
    let has_statuses = run.columns.status.iter().flatten().any(Option::is_some);
    let unanswered = has_statuses && entry(run.columns.status.as_ref(), request) == Some(false);
    if !failed && (unfinished || unanswered) {
        return Err(Nonsense::Unaccounted { request });
    }
    Ok(())
}

/// Whether a column that is filled has an entry for the request.
fn entry<T>(column: Option<&Vec<Option<T>>>, request: usize) -> Option<bool> {
    column.map(|entries| entries.get(request).is_some_and(Option::is_some))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Span;
    use model::trace::Columns;
    use model::trial::Usage;

    fn known() -> Known {
        Known {
            id: TrialId(1),
            requests: 2,
            ordered: Moment::from_nanos(100),
            answered: Moment::from_nanos(200),
        }
    }

    fn run(started: u64, finished: u64, columns: &str) -> Run {
        Run {
            started: Moment::from_nanos(started),
            finished: Moment::from_nanos(finished),
            usage: Usage::default(),
            columns: serde_json::from_str::<Columns>(columns).expect("parses"),
        }
    }

    #[test]
    fn a_report_that_can_be_true_passes() {
        let whole = r#"{"done":[5,50],"status":[200,200],"error":[null,null]}"#;
        assert_eq!(audit(&known(), &run(120, 170, whole)), Ok(()));
        assert_eq!(audit(&known(), &run(100, 200, "{}")), Ok(()));
        let failed = r#"{"done":[5,null],"status":[200,null],
            "error":[null,{"kind":"reset","message":"gone"}]}"#;
        assert_eq!(audit(&known(), &run(120, 170, failed)), Ok(()));
        let slept = r#"{"done":[5,50],"status":[null,null]}"#;
        assert_eq!(audit(&known(), &run(120, 170, slept)), Ok(()));
        let without_status = r#"{"bytes":[5,null],
            "error":[null,{"kind":"code","message":"it returned 1 body"}]}"#;
        assert_eq!(audit(&known(), &run(120, 170, without_status)), Ok(()));
        assert_eq!(audit(&known(), &run(120, 170, r#"{"error":[null,null]}"#)), Ok(()));
    }

    #[test]
    fn a_report_that_contradicts_itself_is_nonsense() {
        let verdict = |run: &Run| audit(&known(), run).expect_err("is nonsense");
        assert_eq!(verdict(&run(170, 120, "{}")), Nonsense::Backwards);
        assert_eq!(verdict(&run(99, 170, "{}")), Nonsense::OtherClock);
        assert_eq!(verdict(&run(120, 201, "{}")), Nonsense::OtherClock);
        assert!(matches!(verdict(&run(120, 170, r#"{"done":[5]}"#)), Nonsense::Columns(_)));
        assert_eq!(
            verdict(&run(120, 170, r#"{"done":[5,51]}"#)),
            Nonsense::AfterTheEnd { request: 1 }
        );
        assert_eq!(
            verdict(&run(120, 170, r#"{"done":[null,50]}"#)),
            Nonsense::Unaccounted { request: 0 }
        );
        assert_eq!(
            verdict(&run(120, 170, r#"{"status":[200,null]}"#)),
            Nonsense::Unaccounted { request: 1 }
        );
    }

    #[test]
    fn the_time_of_milestones_may_reach_the_end_but_not_pass_it() {
        let at_the_end = Span::from_nanos(50);
        let columns = Columns::default().with(Milestone::FirstByte, vec![Some(at_the_end), None]);
        let mut run = run(120, 170, "{}");
        run.columns = columns;
        assert_eq!(audit(&known(), &run), Ok(()));
    }
}
