//! Rejects reports of a driver that cannot be true.
//!
//! A report that contradicts itself, the runner's clock or its order is a lost trial, never a time.

use model::driver_protocol::TrialOrder;
use model::packed::BadTable;
use model::profile::BadProfile;
use model::sampling::Totals;
use model::time::Moment;
use model::trace::{BadColumns, Columns, Milestone, Piece};
use model::trial::{Run, TrialId};

/// What the runner knows about a trial without its report.
#[derive(Clone, Copy, Debug)]
pub struct TrialContext {
    /// The trial's number.
    pub id: TrialId,
    /// How many requests were ordered.
    pub requests: usize,
    /// When the order went out.
    pub ordered: Moment,
    /// When the last reply arrived.
    pub answered: Moment,
}

/// Why a report cannot be true.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ImpossibleReport {
    /// It answers another order.
    #[error("it reported trial {} but trial {} was ordered", found.0, ordered.0)]
    OtherTrial {
        /// The trial that was ordered.
        ordered: TrialId,
        /// The trial that was reported.
        found: TrialId,
    },
    /// Started and finished do not lie between order and answer.
    #[error(
        "its times are not between its order and its report: it does not read the machine's monotonic clock"
    )]
    OtherClock,
    /// It finished before it started.
    #[error("it reported an end before the start")]
    Backwards,
    /// The columns do not fit together.
    #[error(transparent)]
    Columns(#[from] BadColumns),
    /// The packed columns are damaged.
    #[error(transparent)]
    Packed(#[from] BadTable),
    /// The profile contradicts itself.
    #[error(transparent)]
    Profile(#[from] BadProfile),
    /// Totals come without being asked for, or count other requests.
    #[error("it reported totals of {found} requests but {ordered} were ordered to be sampled")]
    Totals {
        /// How many requests were ordered to be sampled.
        ordered: u64,
        /// How many the totals count.
        found: u64,
    },
    /// A milestone is after the end.
    #[error("it reported a milestone of request {request} after the end of the batch")]
    AfterTheEnd {
        /// The request, from 0 on.
        request: usize,
    },
    /// A request has neither an answer nor an error.
    #[error("it reported neither an answer nor an error for request {request}")]
    Unaccounted {
        /// The request, from 0 on.
        request: usize,
    },
}

/// Checks a report.
///
/// # Errors
/// Names the first contradiction.
pub fn audit(context: &TrialContext, run: &Run) -> Result<(), ImpossibleReport> {
    if run.finished < run.started {
        return Err(ImpossibleReport::Backwards);
    }
    if run.started < context.ordered || run.finished > context.answered {
        return Err(ImpossibleReport::OtherClock);
    }
    run.columns.check_length(context.requests)?;
    run.profile.as_ref().map_or(Ok(()), |profile| profile.check(run.batch_time()))?;
    let statuses = statuses_of(&run.columns)?;
    run.columns.pieces(|piece| {
        let requests = piece.columns.requests().unwrap_or_default();
        (0..requests).try_for_each(|request| audit_request(run, statuses, piece, request))
    })
}

/// Checks the totals of a sampled trial.
///
/// # Errors
/// If they were not asked for, or do not count the ordered requests.
pub fn audit_totals(totals: &Totals, order: &TrialOrder) -> Result<(), ImpossibleReport> {
    let ordered = if order.sample.is_some() { u64::from(order.requests) } else { 0 };
    let found = totals.requests;
    if found == ordered { Ok(()) } else { Err(ImpossibleReport::Totals { ordered, found }) }
}

/// Whether a driver reports statuses. One whose work is not HTTP has none for any request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statuses {
    /// It reports one for a request at least.
    Reported,
    /// It reports none.
    Unreported,
}

/// Whether the driver reports statuses.
///
/// # Errors
/// If packed columns cannot be read.
pub(crate) fn statuses_of(columns: &Columns) -> Result<Statuses, BadTable> {
    let mut statuses = Statuses::Unreported;
    columns.pieces(|piece| {
        if piece.columns.status.iter().flatten().any(Option::is_some) {
            statuses = Statuses::Reported;
        }
        Ok::<(), BadTable>(())
    })?;
    Ok(statuses)
}

/// Checks one request of a piece, by its place in it.
fn audit_request(
    run: &Run,
    statuses: Statuses,
    piece: Piece<'_>,
    place: usize,
) -> Result<(), ImpossibleReport> {
    let (batch, columns, request) = (run.batch_time(), piece.columns, piece.first + place);
    let is_late = |milestone| columns.at(milestone, place).is_some_and(|at| at > batch);
    if Milestone::ALL.into_iter().any(is_late) {
        return Err(ImpossibleReport::AfterTheEnd { request });
    }
    let failed = entry(run.columns.error.as_ref(), request).unwrap_or(false);
    let unfinished = entry(columns.milestone(Milestone::Done), place) == Some(false);
    let unanswered =
        statuses == Statuses::Reported && entry(columns.status.as_ref(), place) == Some(false);
    if !failed && (unfinished || unanswered) {
        return Err(ImpossibleReport::Unaccounted { request });
    }
    Ok(())
}

/// Whether a filled column has an entry for the request; none if the column is not filled.
fn entry<T>(column: Option<&Vec<Option<T>>>, request: usize) -> Option<bool> {
    column.map(|entries| entries.get(request).is_some_and(Option::is_some))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::profile::Profile;
    use model::time::Span;
    use model::trial::{ImposedEffects, ResponseVersions, Usage};

    fn context() -> TrialContext {
        TrialContext {
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
            imposed: ImposedEffects::new(),
            http: ResponseVersions::new(),
            sampled: None,
            profile: None,
        }
    }

    #[test]
    fn accepts_a_report_that_can_be_true() {
        let whole = r#"{"done":[5,50],"status":[200,200],"error":[null,null]}"#;
        assert_eq!(audit(&context(), &run(120, 170, whole)), Ok(()));
        assert_eq!(audit(&context(), &run(100, 200, "{}")), Ok(()));
        let failed = r#"{"done":[5,null],"status":[200,null],
            "error":[null,{"kind":"reset","message":"gone"}]}"#;
        assert_eq!(audit(&context(), &run(120, 170, failed)), Ok(()));
        let slept = r#"{"done":[5,50],"status":[null,null]}"#;
        assert_eq!(audit(&context(), &run(120, 170, slept)), Ok(()));
        let without_status = r#"{"bytes":[5,null],
            "error":[null,{"kind":"code","message":"it returned 1 body"}]}"#;
        assert_eq!(audit(&context(), &run(120, 170, without_status)), Ok(()));
        assert_eq!(audit(&context(), &run(120, 170, r#"{"error":[null,null]}"#)), Ok(()));
    }

    #[test]
    fn rejects_a_report_that_contradicts_itself() {
        let verdict = |run: &Run| audit(&context(), run).expect_err("is impossible");
        assert_eq!(verdict(&run(170, 120, "{}")), ImpossibleReport::Backwards);
        assert_eq!(verdict(&run(99, 170, "{}")), ImpossibleReport::OtherClock);
        assert_eq!(verdict(&run(120, 201, "{}")), ImpossibleReport::OtherClock);
        assert!(matches!(verdict(&run(120, 170, r#"{"done":[5]}"#)), ImpossibleReport::Columns(_)));
        assert_eq!(
            verdict(&run(120, 170, r#"{"done":[5,51]}"#)),
            ImpossibleReport::AfterTheEnd { request: 1 }
        );
        assert_eq!(
            verdict(&run(120, 170, r#"{"done":[null,50]}"#)),
            ImpossibleReport::Unaccounted { request: 0 }
        );
        assert_eq!(
            verdict(&run(120, 170, r#"{"status":[200,null]}"#)),
            ImpossibleReport::Unaccounted { request: 1 }
        );
    }

    #[test]
    fn statuses_are_reported_if_one_request_has_one() {
        let statuses = |statuses| Columns { status: statuses, ..Columns::default() };
        let of = |columns: &Columns| statuses_of(columns).expect("are whole");
        assert_eq!(of(&statuses(Some(vec![None, Some(200)]))), Statuses::Reported);
        assert_eq!(of(&statuses(Some(vec![None, None]))), Statuses::Unreported);
        assert_eq!(of(&statuses(None)), Statuses::Unreported);
    }

    #[test]
    fn rejects_packed_columns_that_contradict_themselves() {
        let requests = model::packed::MOST_UNPACKED + 1;
        let done = |at: usize| (at < requests - 1).then_some(Span::from_nanos(5));
        let columns = Columns::default().with(Milestone::Done, (0..requests).map(done).collect());
        let text = serde_json::to_string(&columns).expect("is JSON");
        let context = TrialContext { requests, ..context() };
        let verdict = |text: &str| audit(&context, &run(120, 170, text));
        assert_eq!(verdict(&text), Err(ImpossibleReport::Unaccounted { request: requests - 1 }));
        assert_eq!(
            audit(&context, &run(120, 124, &text)),
            Err(ImpossibleReport::AfterTheEnd { request: 0 })
        );
        let damaged = text.replacen("\"packed\":\"", "\"packed\":\"?", 1);
        assert!(matches!(verdict(&damaged), Err(ImpossibleReport::Packed(_))));
    }

    #[test]
    fn rejects_a_profile_with_a_sample_after_the_end_of_the_batch() {
        let mut run = run(120, 170, "{}");
        let profile = |time| Profile { times: vec![Span::from_nanos(time)], ..Profile::default() };
        run.profile = Some(Box::new(profile(50)));
        assert_eq!(audit(&context(), &run), Ok(()));
        run.profile = Some(Box::new(profile(51)));
        let verdict = audit(&context(), &run);
        assert_eq!(verdict, Err(ImpossibleReport::Profile(BadProfile::Times)));
    }

    #[test]
    fn accepts_a_milestone_at_the_end_of_the_batch() {
        let at_the_end = Span::from_nanos(50);
        let columns = Columns::default().with(Milestone::FirstByte, vec![Some(at_the_end), None]);
        let mut run = run(120, 170, "{}");
        run.columns = columns;
        assert_eq!(audit(&context(), &run), Ok(()));
    }
}
