//! Makes a sampled trial of what a driver reports: totals of all requests, and rows of those of a stretch.

use std::collections::HashSet;

use model::packed::BadTable;
use model::sampling::{RequestTimes, Sampled, Stretch, Totals, TotalsCounter};
use model::target::{Checks, Requests};
use model::time::Span;
use model::trace::{Columns, Milestone, Piece};
use model::trial::Run;
use model::witness::{Witness, WitnessTotals};

use model::failure::{Failure, FailureKind};

/// How many requests before and after a stretch may have arrived among its own.
const NEIGHBOURS: usize = 2_000;

/// Makes a run sampled. The driver's totals come with the columns of the stretch; without them the columns are
/// those of all `requests`.
///
/// # Errors
/// If packed columns are damaged.
pub(crate) fn sample(
    run: &mut Run,
    requests: u32,
    stretch: Stretch,
    totals: Option<Totals>,
) -> Result<(), BadTable> {
    let totals = match totals {
        Some(totals) => totals,
        None => {
            let totals = count(&run.columns, requests)?;
            run.columns = run.columns.cut(stretch)?;
            totals
        }
    };
    let (from, length) = observed(&run.columns).unwrap_or_else(|| shares(run, requests, stretch));
    for at in run.columns.milestones.values_mut().flatten().flatten().flatten() {
        *at = at.saturating_sub(from);
    }
    run.sampled = Some(Box::new(Sampled { stretch, from, length, totals }));
    // Both count from the start of the batch, and have no rows of their own.
    run.usage.thread_starts = None;
    run.profile = None;
    Ok(())
}

/// One request of a piece.
struct PieceRow<'a> {
    piece: Piece<'a>,
    place: usize,
}

impl RequestTimes for PieceRow<'_> {
    fn at(&self, milestone: Milestone) -> Option<Span> {
        self.piece.columns.at(milestone, self.place)
    }

    fn status(&self) -> Option<u16> {
        *self.piece.columns.status.as_ref()?.get(self.place)?
    }

    fn bytes(&self) -> Option<u64> {
        *self.piece.columns.bytes.as_ref()?.get(self.place)?
    }
}

/// Counts all requests of a batch.
fn count(columns: &Columns, requests: u32) -> Result<Totals, BadTable> {
    let mut counter = TotalsCounter::default();
    let errors = columns.error.as_deref().unwrap_or_default();
    columns.pieces(|piece| {
        // Columns that are all missing say nothing of any request.
        for place in 0..piece.columns.requests().unwrap_or(requests as usize) {
            let failure = errors.get(piece.first + place).cloned().flatten();
            counter.add(&PieceRow { piece, place }, failure);
        }
        Ok::<(), BadTable>(())
    })?;
    Ok(counter.finish())
}

/// From when on and for how long the requests with these columns were made; nothing where that was not observed.
fn observed(columns: &Columns) -> Option<(Span, Span)> {
    let observed = |milestone: &Milestone| *milestone != Milestone::Submitted;
    let times = || {
        let milestones = Milestone::ALL.into_iter().filter(observed);
        milestones.filter_map(|it| columns.milestone(it)).flatten().flatten().copied()
    };
    let (from, to) = (times().min()?, times().max()?);
    Some((from, to.saturating_sub(from)))
}

/// The share of the batch that the stretch has by its place.
fn shares(run: &Run, requests: u32, stretch: Stretch) -> (Span, Span) {
    let share = |part: u32| {
        let nanos = u128::from(run.batch_time().as_nanos()) * u128::from(part);
        // A part of the batch is no longer than it.
        Span::from_nanos((nanos / u128::from(requests.max(1))) as u64)
    };
    (share(stretch.first), share(stretch.requests))
}

/// The requests to keep at the endpoint for a stretch of items: by their arrival, which is not quite the order of the
/// items, and of which each item may need several.
pub(crate) fn arrivals(stretch: Stretch, per_item: f64) -> Stretch {
    let slack = (f64::from(stretch.requests) / 2.0).max(NEIGHBOURS as f64);
    let first = (f64::from(stretch.first) * per_item - slack).max(0.0);
    let requests = f64::from(stretch.requests) * per_item + 2.0 * slack;
    // The casts saturate.
    Stretch { first: first as u32, requests: requests as u32 }
}

/// How many requests the endpoint saw for each item.
pub(crate) fn per_item(totals: &WitnessTotals, items: u32) -> f64 {
    let requests: u64 = totals.requests.iter().map(|total| total.requests).sum();
    (requests as f64 / f64::from(items.max(1))).max(1.0)
}

/// Leaves out rows of items before and after the stretch.
pub(crate) fn leave_out_neighbours(witness: &mut Witness, requests: &Requests, stretch: Stretch) {
    let (first, last) = (stretch.first as usize, (stretch.first + stretch.requests) as usize);
    let path = |item| Some(requests.get(item)?.path().into_owned());
    let paths = |items: std::ops::Range<usize>| items.filter_map(path);
    let mut others: HashSet<String> = paths(first.saturating_sub(NEIGHBOURS)..first)
        .chain(paths(last..last + NEIGHBOURS))
        .collect();
    for own in paths(first..last) {
        others.remove(&own);
    }
    witness.requests.retain(|row| !others.contains(&row.path));
}

/// Fails requests of a client that reports no status, if fewer were answered as wanted than were made.
pub(crate) fn fail_unwanted(totals: &mut Totals, checks: &Checks, seen: &WitnessTotals) {
    let is_wanted = |status: u16| checks.statuses.contains(&status);
    let wanted: u64 =
        seen.requests.iter().filter(|it| is_wanted(it.status)).map(|it| it.requests).sum();
    let mut missing = totals.requests.saturating_sub(wanted.saturating_add(totals.failed()));
    for total in seen.requests.iter().filter(|it| !is_wanted(it.status)) {
        let failed = missing.min(total.requests);
        if failed > 0 {
            let message = format!(
                "the endpoint answered with status {}, which the client accepted",
                total.status
            );
            totals.add_failures(Failure { kind: FailureKind::Status, message }, failed);
            missing -= failed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Moment;
    use model::trial::{ImposedEffects, ResponseVersions, Usage};
    use model::witness::RequestTotal;

    fn run(columns: Columns) -> Run {
        Run {
            started: Moment::from_nanos(0),
            finished: Moment::from_nanos(1000),
            usage: Usage::default(),
            imposed: ImposedEffects::new(),
            http: ResponseVersions::new(),
            columns,
            sampled: None,
            profile: None,
        }
    }

    #[test]
    fn columns_of_all_requests_become_totals_and_those_of_a_stretch() {
        let at = |from: u64| (0..100).map(|item| Some(Span::from_nanos(from + item))).collect();
        let columns = Columns::default()
            .with(Milestone::Submitted, vec![Some(Span::ZERO); 100])
            .with(Milestone::Started, at(10))
            .with(Milestone::Done, at(15));
        let mut run = run(columns);
        let stretch = Stretch { first: 40, requests: 20 };
        sample(&mut run, 100, stretch, None).expect("is whole");
        let sampled = run.sampled.as_ref().expect("is sampled");
        assert_eq!(sampled.totals.requests, 100);
        assert_eq!((sampled.from.as_nanos(), sampled.length.as_nanos()), (50, 24));
        assert_eq!(run.columns.requests(), Some(20));
        let at = |milestone, item| run.columns.at(milestone, item).map(Span::as_nanos);
        assert_eq!(at(Milestone::Submitted, 3), Some(0));
        assert_eq!((at(Milestone::Started, 0), at(Milestone::Done, 19)), (Some(0), Some(24)));
    }

    #[test]
    fn an_unobserved_stretch_has_its_share_of_the_batch() {
        let mut run = run(Columns::default());
        sample(&mut run, 100, Stretch { first: 40, requests: 20 }, None).expect("is whole");
        let sampled = run.sampled.expect("is sampled");
        assert_eq!((sampled.from.as_nanos(), sampled.length.as_nanos()), (400, 200));
        assert_eq!(sampled.totals.requests, 100);
    }

    #[test]
    fn unwanted_answers_fail_requests_of_a_client_without_statuses() {
        let seen = |status, requests| RequestTotal { method: None, status, requests };
        let totals = WitnessTotals {
            requests: vec![seen(200, 90), seen(302, 50), seen(500, 4)],
            ..WitnessTotals::default()
        };
        let checks = Checks { statuses: vec![200], min_bytes: 0 };
        let mut made = Totals { requests: 100, ..Totals::default() };
        fail_unwanted(&mut made, &checks, &totals);
        assert_eq!(made.failed(), 10);
        let mut made = Totals { requests: 90, ..Totals::default() };
        fail_unwanted(&mut made, &checks, &totals);
        assert_eq!(made.failed(), 0);
    }
}
