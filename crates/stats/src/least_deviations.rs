//! A linear model with the least sum of absolute errors and no negative coefficient.
//!
//! Least absolute deviations (Boscovich, 1757) resist observations that follow another law. They are found by
//! weighted least squares whose weights are computed again from the errors (Schlossmacher, "An iterative technique for
//! absolute deviations curve fitting", JASA 68, 1973). While a coefficient is negative, the most negative one becomes
//! zero and the others are fitted again; that is exact where the terms are independent.

/// How often the weights are computed again.
const ROUNDS: usize = 20;
/// Errors below this share of the median one all count the same.
const LEAST_ERROR: f64 = 0.1;
/// The least error that counts, where most errors are zero.
const EXACT: f64 = 1e-12;

/// One observation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation<const TERMS: usize> {
    /// How often each term is contained in what was seen.
    pub counts: [f64; TERMS],
    /// What was seen.
    pub value: f64,
    /// How much its absolute error counts.
    pub weight: f64,
}

impl<const TERMS: usize> Observation<TERMS> {
    fn error(&self, coefficients: &[f64; TERMS]) -> f64 {
        let fitted: f64 =
            self.counts.iter().zip(coefficients).map(|(count, value)| count * value).sum();
        (self.value - fitted).abs()
    }
}

/// The value of each term. A term that the observations do not determine is zero, or follows from the others with
/// which it occurs. None without an observation that counts.
pub fn fit<const TERMS: usize>(observations: &[Observation<TERMS>]) -> Option<[f64; TERMS]> {
    observations.iter().any(|it| it.weight > 0.0).then_some(())?;
    let mut is_free = [true; TERMS];
    loop {
        let coefficients = fit_free(observations, &is_free);
        let lowest =
            (0..TERMS).min_by(|&one, &other| coefficients[one].total_cmp(&coefficients[other]))?;
        if coefficients[lowest] >= 0.0 {
            return Some(coefficients);
        }
        is_free[lowest] = false;
    }
}

/// The coefficients of the free terms; the others are zero.
fn fit_free<const TERMS: usize>(
    observations: &[Observation<TERMS>],
    is_free: &[bool; TERMS],
) -> [f64; TERMS] {
    let squared = observations.iter().map(|it| it.weight * it.weight);
    let mut coefficients = solve(observations, squared, is_free);
    for _ in 0..ROUNDS {
        let weighted = observations.iter().map(|it| it.weight * it.error(&coefficients));
        let least = least_error(weighted.collect());
        let again = observations
            .iter()
            .map(|it| it.weight * it.weight / (it.weight * it.error(&coefficients)).max(least));
        coefficients = solve(observations, again, is_free);
    }
    coefficients
}

fn least_error(mut errors: Vec<f64>) -> f64 {
    errors.sort_by(f64::total_cmp);
    let median = errors.get(errors.len() / 2).copied().unwrap_or_default();
    (LEAST_ERROR * median).max(EXACT)
}

/// Weighted least squares of the free terms, by their normal equations.
fn solve<const TERMS: usize>(
    observations: &[Observation<TERMS>],
    weights: impl Iterator<Item = f64>,
    is_free: &[bool; TERMS],
) -> [f64; TERMS] {
    let mut products = [[0.0; TERMS]; TERMS];
    let mut values = [0.0; TERMS];
    for (observation, weight) in observations.iter().zip(weights) {
        for (one, count) in observation.counts.iter().enumerate().filter(|(one, _)| is_free[*one]) {
            values[one] += weight * count * observation.value;
            for (other, with) in observation.counts.iter().enumerate() {
                products[one][other] += weight * count * with;
            }
        }
    }
    eliminate(products, values, is_free)
}

/// Solves the equations of the free terms by elimination. A term that they do not determine is zero.
fn eliminate<const TERMS: usize>(
    mut products: [[f64; TERMS]; TERMS],
    mut values: [f64; TERMS],
    is_free: &[bool; TERMS],
) -> [f64; TERMS] {
    let scale = products.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
    let mut pivots = [None; TERMS];
    for at in (0..TERMS).filter(|&at| is_free[at]) {
        let unused = (0..TERMS).filter(|row| is_free[*row] && !pivots.contains(&Some(*row)));
        let largest = unused
            .max_by(|&one, &other| products[one][at].abs().total_cmp(&products[other][at].abs()));
        let Some(pivot) = largest.filter(|&row| products[row][at].abs() > EXACT * scale) else {
            continue;
        };
        pivots[at] = Some(pivot);
        let (row, value) = (products[pivot], values[pivot]);
        for other in (0..TERMS).filter(|&other| other != pivot) {
            let factor = products[other][at] / row[at];
            for (cell, of_row) in products[other].iter_mut().zip(row) {
                *cell -= factor * of_row;
            }
            values[other] -= factor * value;
        }
    }
    std::array::from_fn(|at| pivots[at].map_or(0.0, |row| values[row] / products[row][at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen<const TERMS: usize>(counts: [f64; TERMS], value: f64) -> Observation<TERMS> {
        Observation { counts, value, weight: 1.0 }
    }

    fn is_near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-6 * (1.0 + expected.abs())
    }

    #[test]
    fn of_one_constant_term_it_is_the_median() {
        let values = [1.0, 2.0, 3.0, 40.0, 500.0];
        let [median] = fit(&values.map(|value| seen([1.0], value))).expect("fits");
        assert!((median - 3.0).abs() < 0.1, "{median}");
    }

    #[test]
    fn observations_of_another_law_do_not_matter() {
        let lawful = (0..20).map(|place| {
            let counts = [f64::from(place % 3), f64::from(place % 4)];
            seen(counts, 2.0 * counts[0] + 5.0 * counts[1])
        });
        let odd = (0..5).map(|_| seen([1.0, 1.0], 900.0));
        let found = fit(&lawful.chain(odd).collect::<Vec<_>>()).expect("fits");
        assert!(is_near(found[0], 2.0) && is_near(found[1], 5.0), "{found:?}");
    }

    #[test]
    fn no_coefficient_is_negative() {
        let observations: Vec<_> = (0..10)
            .map(|place| {
                let counts = [1.0, f64::from(place)];
                seen(counts, 10.0 - counts[1])
            })
            .collect();
        let [constant, slope] = fit(&observations).expect("fits");
        assert_eq!(slope, 0.0);
        assert!((4.0..=7.0).contains(&constant), "{constant}");
    }

    #[test]
    fn a_term_that_never_occurs_is_zero_and_nothing_comes_of_nothing() {
        let found = fit(&[seen([1.0, 0.0], 3.0), seen([2.0, 0.0], 6.0)]).expect("fits");
        assert!(is_near(found[0], 3.0) && found[1] == 0.0, "{found:?}");
        assert_eq!(fit::<2>(&[]), None);
        assert_eq!(fit(&[Observation { weight: 0.0, ..seen([1.0], 3.0) }]), None);
    }

    proptest! {
        #[test]
        fn an_exact_law_is_found(
            law in prop::array::uniform3(0.0..10.0_f64),
            rows in prop::collection::vec(prop::array::uniform3(0..5_u8), 12..40),
        ) {
            let observations: Vec<_> = rows
                .iter()
                .map(|row| row.map(f64::from))
                .map(|counts| seen(counts, counts.iter().zip(law).map(|(count, value)| count * value).sum()))
                .collect();
            let found = fit(&observations).expect("fits");
            for observation in &observations {
                prop_assert!(observation.error(&found) < 1e-3, "{found:?} {law:?}");
            }
        }
    }
}
