//! How good predictions are: their errors, and whether arms are in the right order.

use std::fmt;

use explain::MARGIN;
use stats::describe::quantile;

use super::prediction::Predicted;

/// The score of some predictions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Score {
    /// The errors without their signs, in order.
    errors: Vec<f64>,
    refused: usize,
    pairs: usize,
    in_order: usize,
}

impl Score {
    /// The score of those predictions that count.
    pub(crate) fn of(all: &[Predicted], counts: impl Fn(&Predicted) -> bool) -> Self {
        let counted: Vec<&Predicted> = all.iter().filter(|one| counts(one)).collect();
        let mut errors: Vec<f64> =
            counted.iter().filter_map(|one| one.error()).map(f64::abs).collect();
        errors.sort_by(f64::total_cmp);
        let mut score =
            Self { refused: counted.len() - errors.len(), errors, pairs: 0, in_order: 0 };
        for (place, one) in counted.iter().enumerate() {
            let Some(seconds) = one.seconds else { continue };
            // Against the arm from which it is predicted.
            score.compare(seconds - one.known, one.measured - one.known, one.known);
            for other in counted[place + 1..].iter().filter(|other| one.is_beside(other)) {
                let Some(beside) = other.seconds else { continue };
                score.compare(seconds - beside, one.measured - other.measured, one.measured);
            }
        }
        score
    }

    /// Notes whether a predicted difference has the sign of the measured one, or that is too small to have one.
    fn compare(&mut self, predicted: f64, measured: f64, of: f64) {
        self.pairs += 1;
        let is_tie = measured.abs() <= MARGIN * of;
        self.in_order += usize::from(is_tie || (predicted > 0.0) == (measured > 0.0));
    }

    pub(crate) fn median(&self) -> Option<f64> {
        quantile(&self.errors, 0.5)
    }

    /// The share of pairs of arms whose order is right.
    pub(crate) fn ordered(&self) -> Option<f64> {
        (self.pairs > 0).then(|| self.in_order as f64 / self.pairs as f64)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |share: Option<f64>| share.map_or("none".to_owned(), words::number::percent);
        write!(
            formatter,
            "{:>3} predicted, {:>2} refused, median error {:>4}, 90th percentile {:>4}, {} of {} pairs in order",
            self.errors.len(),
            self.refused,
            share(self.median()),
            share(quantile(&self.errors, 0.9)),
            self.in_order,
            self.pairs,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(pairs: &[(f64, f64)]) -> Score {
        let mut score = Score { errors: vec![0.02, 0.04, 0.2], refused: 1, pairs: 0, in_order: 0 };
        for &(predicted, measured) in pairs {
            score.compare(predicted, measured, 10.0);
        }
        score
    }

    #[test]
    fn a_pair_is_in_order_if_the_faster_one_is_named_or_both_are_as_fast() {
        let ordered = score(&[(1.0, 2.0), (-1.0, -0.5), (1.0, -0.1), (1.0, -3.0)]).ordered();
        assert_eq!(ordered, Some(0.75));
        assert_eq!(score(&[]).ordered(), None);
    }

    #[test]
    fn the_line_of_a_score_has_all_of_it() {
        assert_eq!(
            score(&[(1.0, 2.0)]).to_string(),
            "  3 predicted,  1 refused, median error   4%, 90th percentile  17%, 1 of 1 pairs in order"
        );
    }
}
