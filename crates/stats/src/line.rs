//! A straight line through points, by least squares (Legendre, 1805).
//!
//! It fits the cost model of each block, T(n) = intercept + serial (n − 1), with n − 1 as `at`. The
//! interval over the blocks comes from `student`. Through two points the fit is exact and cannot
//! show whether the cost is linear.

use crate::describe;

/// A point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The position of the value.
    pub at: f64,
    /// The value.
    pub value: f64,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The value at 0.
    pub intercept: f64,
    /// What each unit of `at` adds.
    pub slope: f64,
}

/// The line with the least sum of squared differences in value. None without points at two
/// positions.
pub fn fit(points: &[Point]) -> Option<Line> {
    let mean =
        |part: fn(&Point) -> f64| describe::mean(&points.iter().map(part).collect::<Vec<f64>>());
    let at = mean(|point| point.at)?;
    let value = mean(|point| point.value)?;
    let squares: f64 = points.iter().map(|point| (point.at - at).powi(2)).sum();
    let products: f64 = points.iter().map(|point| (point.at - at) * (point.value - value)).sum();
    if squares <= 0.0 {
        return None;
    }
    let slope = products / squares;
    Some(Line { intercept: value - slope * at, slope })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Confidence;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use crate::student::SampleMean;
    use proptest::prelude::*;

    fn points(at: &[f64], value: &[f64]) -> Vec<Point> {
        at.iter().zip(value).map(|(&at, &value)| Point { at, value }).collect()
    }

    #[test]
    fn matches_anscombes_first_data() {
        // Anscombe, "Graphs in statistical analysis", The American Statistician 27, 1973: y =
        // 3.0001 + 0.5001 x.
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        let line = fit(&points(&x, &y)).expect("eleven positions");
        assert!((line.intercept - 3.0001).abs() < 5e-5);
        assert!((line.slope - 0.5001).abs() < 5e-5);
    }

    #[test]
    fn one_position_has_no_line() {
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&points(&[4.0, 4.0], &[1.0, 2.0])), None);
    }

    #[test]
    fn the_interval_covers_the_serial_cost_over_the_blocks() {
        // T(n) = 55 ms + 12 ms (n − 1) at n = 1, 4 and 16, with 4% of noise.
        let cost = |extra: f64| 0.055 + 0.012 * extra;
        let extra = [0.0, 3.0, 15.0];
        for blocks in [20, 40] {
            let mut random = NoisyMachine::random(900 + blocks as u64);
            let mut covered = Coverage::default();
            for _ in 0..repetitions(1500) {
                let slopes: Vec<f64> = (0..blocks)
                    .map(|_| {
                        let times = extra.map(|n| cost(n) * (1.0 + 0.04 * random.normal()));
                        fit(&points(&extra, &times)).expect("three positions").slope
                    })
                    .collect();
                let mean = SampleMean::new(&slopes).expect("there are blocks");
                let half_width = mean.half_width(Confidence::NINETY_FIVE).expect("two or more");
                covered.add((mean.mean - 0.012).abs() <= half_width);
            }
            covered.assert_between(0.935, 0.975, &format!("the serial cost, {blocks} blocks"));
        }
    }

    proptest! {
        #[test]
        fn points_on_a_line_give_that_line(
            intercept in -10.0..10.0, slope in -10.0..10.0, step in 0.1..5.0, number in 2_usize..20,
        ) {
            let points: Vec<Point> = (0..number)
                .map(|place| {
                    let at = step * place as f64;
                    Point { at, value: intercept + slope * at }
                })
                .collect();
            let line = fit(&points).expect("two positions or more");
            let (intercept, slope): (f64, f64) = (line.intercept - intercept, line.slope - slope);
            prop_assert!(intercept.abs() < 1e-9 && slope.abs() < 1e-9);
        }
    }
}
