//! How good predictions are: their errors, their intervals, and whether they name the fastest arm.

use explain::{Estimate, MARGIN};
use stats::describe::quantile;

use super::client::Subject;

/// The goal for the median error, as a fraction of the measured time.
pub(crate) const MEDIAN: f64 = 0.05;
/// The goal for the 90th percentile of the errors.
pub(crate) const NINETIETH: f64 = 0.1;
/// The goal for the share of measured times inside the 95% interval.
pub(crate) const COVERAGE: std::ops::RangeInclusive<f64> = 0.9..=0.98;
/// The goal for the share of groups whose fastest arm is named.
pub(crate) const NAMED: f64 = 0.95;

/// The place of a cell in the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellIndex(pub(crate) usize);

/// What one predictor says of one subject in one cell, and what was measured.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) cell: CellIndex,
    pub(crate) subject: Subject,
    /// Nothing if the predictor refuses.
    pub(crate) predicted: Option<Estimate>,
    pub(crate) measured: Estimate,
}

impl Checked {
    /// The error as a fraction of the measured time; positive if too much was predicted.
    pub(crate) fn error(&self) -> Option<f64> {
        Some(self.predicted?.seconds / self.measured.seconds - 1.0)
    }

    /// Whether the measured time is inside the interval; nothing without an interval.
    fn is_covered(&self) -> Option<bool> {
        let predicted = self.predicted?;
        predicted.low.zip(predicted.high)?;
        Some(!predicted.excludes(self.measured.seconds))
    }
}

/// How good the predictions of one predictor are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Score {
    /// How many times were predicted.
    pub(crate) predicted: usize,
    /// How many predictions were refused.
    pub(crate) refused: usize,
    /// The median of the errors without their signs.
    pub(crate) median: Option<f64>,
    /// Their 90th percentile.
    pub(crate) ninetieth: Option<f64>,
    /// The share of the measured times inside their intervals.
    pub(crate) coverage: Option<f64>,
    /// How many groups of arms there are of which each was predicted: a cell's arms with one session.
    pub(crate) ranked: usize,
    /// In how many of them the arm that was predicted to be fastest is the fastest, or within 2% of it.
    pub(crate) named: usize,
}

impl Score {
    /// The score of a predictor.
    pub(crate) fn new(checked: &[Checked]) -> Self {
        let mut errors: Vec<f64> =
            checked.iter().filter_map(Checked::error).map(f64::abs).collect();
        errors.sort_by(f64::total_cmp);
        let covered: Vec<bool> = checked.iter().filter_map(Checked::is_covered).collect();
        let named: Vec<bool> = groups(checked).iter().filter_map(|group| is_named(group)).collect();
        Self {
            predicted: errors.len(),
            refused: checked.len() - errors.len(),
            median: quantile(&errors, 0.5),
            ninetieth: quantile(&errors, 0.9),
            coverage: share(&covered),
            ranked: named.len(),
            named: named.iter().filter(|&&named| named).count(),
        }
    }

    /// The share of groups whose fastest arm is named.
    pub(crate) fn named_share(&self) -> Option<f64> {
        (self.ranked > 0).then(|| self.named as f64 / self.ranked as f64)
    }
}

/// The checked predictions of each cell and session.
fn groups(checked: &[Checked]) -> Vec<Vec<&Checked>> {
    let mut groups: Vec<Vec<&Checked>> = Vec::new();
    let key = |one: &Checked| (one.cell, one.subject.session);
    for one in checked {
        match groups.iter_mut().find(|group| key(group[0]) == key(one)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Whether the arm with the least predicted time is the fastest or as good as it; nothing if an arm was
/// not predicted.
fn is_named(group: &[&Checked]) -> Option<bool> {
    let predicted: Vec<f64> =
        group.iter().map(|one| Some(one.predicted?.seconds)).collect::<Option<_>>()?;
    let measured = group.iter().map(|one| one.measured.seconds);
    let fastest = measured.clone().min_by(f64::total_cmp)?;
    let (_, named) = predicted.iter().zip(measured).min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(named <= fastest * (1.0 + MARGIN))
}

fn share(values: &[bool]) -> Option<f64> {
    let count = values.iter().filter(|&&value| value).count();
    (!values.is_empty()).then(|| count as f64 / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::client::{CLIENTS, Session};
    use super::*;

    /// A prediction in a cell of the warm sessions: this many milliseconds, give or take 2.
    fn checked(cell: usize, client: usize, predicted: Option<f64>, measured: f64) -> Checked {
        let estimate = |millis: f64| Estimate {
            seconds: millis / 1e3,
            low: Some((millis - 2.0) / 1e3),
            high: Some((millis + 2.0) / 1e3),
        };
        Checked {
            cell: CellIndex(cell),
            subject: Subject { client: CLIENTS[client], session: Session::Warm },
            predicted: predicted.map(estimate),
            measured: estimate(measured),
        }
    }

    #[test]
    fn the_errors_are_shares_of_the_measured_times() {
        let of_hundred = |predicted: f64| checked(0, 0, Some(predicted), 100.0);
        let score = Score::new(&[110.0, 99.0, 95.0, 100.0, 103.0].map(of_hundred));
        assert!((score.median.expect("has errors") - 0.03).abs() < 1e-9);
        assert!((score.ninetieth.expect("has errors") - 0.08).abs() < 1e-9);
        assert_eq!((score.predicted, score.refused), (5, 0));
    }

    #[test]
    fn a_measured_time_outside_the_interval_is_not_covered() {
        let score = Score::new(&[
            checked(0, 0, Some(100.0), 101.5),
            checked(1, 0, Some(100.0), 98.5),
            checked(2, 0, Some(100.0), 102.5),
            checked(3, 0, None, 100.0),
        ]);
        assert!((score.coverage.expect("has intervals") - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!((score.predicted, score.refused), (3, 1));
    }

    #[test]
    fn the_fastest_arm_is_named_if_the_named_one_is_within_the_margin() {
        let cell = |at, named_measured| {
            [checked(at, 0, Some(80.0), named_measured), checked(at, 1, Some(90.0), 100.0)]
        };
        let cells = [cell(0, 70.0), cell(1, 101.9), cell(2, 102.1)].concat();
        let score = Score::new(&cells);
        assert_eq!((score.named, score.ranked), (2, 3));
        assert_eq!(score.named_share(), Some(2.0 / 3.0));
    }

    #[test]
    fn arms_of_other_cells_and_sessions_are_not_ranked_together() {
        let warm = checked(0, 0, Some(50.0), 50.0);
        let cold = Checked {
            subject: Subject { session: Session::Cold, ..warm.subject },
            ..checked(0, 0, Some(40.0), 90.0)
        };
        let score = Score::new(&[warm, cold, checked(1, 0, Some(60.0), 60.0)]);
        assert_eq!((score.named, score.ranked), (3, 3));
    }

    #[test]
    fn arms_are_not_ranked_if_one_was_refused() {
        let score = Score::new(&[checked(0, 0, Some(50.0), 50.0), checked(0, 1, None, 40.0)]);
        assert_eq!((score.named, score.ranked), (0, 0));
        assert_eq!(score.named_share(), None);
    }
}
