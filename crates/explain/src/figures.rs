//! Figures in sentences: a count with its noun, a share in percent, a time in milliseconds, a figure
//! with its interval.

use crate::estimate::Estimate;

/// `1 request`, `2 requests`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A share in percent, with about two digits that say something: `12 %`, `3.4 %`, `0.06 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share))
}

/// A time in milliseconds: `1.12 ms`, `0.004 ms`.
pub fn millis(seconds: f64) -> String {
    format!("{} ms", millis_alone(seconds))
}

/// A time in milliseconds, without the unit.
pub fn millis_alone(seconds: f64) -> String {
    let millis = 1000.0 * seconds;
    let decimals = if millis != 0.0 && millis.abs() < 0.1 { 3 } else { 2 };
    format!("{millis:.decimals$}").replace('-', "−")
}

/// A time in milliseconds with its interval: `68.10 ms [64.00, 72.20]`.
pub fn sized(Estimate { seconds, low, high }: Estimate) -> String {
    with_interval(millis(seconds), low, high, millis_alone)
}

/// A figure with its interval, whose ends are `written` by the same rule; alone where there is none.
pub fn with_interval(
    figure: String,
    low: Option<f64>,
    high: Option<f64>,
    written: impl Fn(f64) -> String,
) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("{figure} [{}, {}]", written(low), written(high)),
        _ => figure,
    }
}

fn digits(number: f64) -> String {
    let decimals = match number.abs() {
        large if large >= 9.95 => 0,
        medium if medium >= 0.095 => 1,
        _ => 2,
    };
    let digits = format!("{number:.decimals$}");
    digits.strip_suffix(".0").map_or(digits.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_the_digits_that_say_something() {
        assert_eq!(
            [0.123, 0.034, 0.0034, 0.0006].map(percent),
            ["12 %", "3.4 %", "0.3 %", "0.06 %"]
        );
        assert_eq!(
            [0.001_12, 0.25, 0.000_004, 0.0].map(millis_alone),
            ["1.12", "250.00", "0.004", "0.00"]
        );
        assert_eq!([0.000_004, -0.002].map(millis), ["0.004 ms", "−2.00 ms"]);
    }

    #[test]
    fn a_time_has_its_interval_behind_it_where_there_is_one() {
        let estimate = Estimate { seconds: 0.0681, low: Some(-0.064), high: Some(0.0722) };
        assert_eq!(sized(estimate), "68.10 ms [−64.00, 72.20]");
        assert_eq!(sized(Estimate { low: None, high: None, ..estimate }), "68.10 ms");
    }
}
