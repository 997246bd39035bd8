//! A time with its interval, as it stands in sentences: `58 [55, 61] ms`.

use explain::Estimate;
use explain::figures::with_interval;

/// A time in milliseconds with its interval.
pub(crate) fn millis(estimate: &Estimate) -> String {
    let Estimate { seconds, low, high } = *estimate;
    let spread = low.zip(high).map(|(low, high)| high - low).unwrap_or_default();
    let written = |seconds| brief(seconds, spread);
    format!("{} ms", with_interval(written(seconds), low, high, written))
}

/// A time in whole milliseconds, without its interval and the unit.
pub(crate) fn whole_millis(estimate: &Estimate) -> String {
    rounded(estimate.seconds, 0)
}

/// Milliseconds with as many decimals as the width of the interval leaves a meaning.
fn brief(seconds: f64, spread: f64) -> String {
    let decimals = match 1000.0 * spread.abs() {
        wide if wide >= 2.0 => 0,
        narrow if narrow >= 0.2 => 1,
        _ => 2,
    };
    rounded(seconds, decimals)
}

/// Without a sign where nothing is left of the number.
fn rounded(seconds: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", 1000.0 * seconds);
    let is_zero = text.chars().all(|letter| matches!(letter, '-' | '0' | '.'));
    if is_zero { text.replace('-', "") } else { text.replace('-', "−") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_digits_that_its_interval_leaves_a_meaning() {
        let written =
            |seconds, low, high| millis(&Estimate { seconds, low: Some(low), high: Some(high) });
        assert_eq!(written(0.0584, 0.0551, 0.0612), "58 [55, 61] ms");
        assert_eq!(written(0.004, 0.0035, 0.0046), "4.0 [3.5, 4.6] ms");
        assert_eq!(written(0.000_04, -0.000_02, 0.000_1), "0.04 [−0.02, 0.10] ms");
        assert_eq!(written(-0.000_2, -0.003, 0.002), "0 [−3, 2] ms");
        let one = Estimate { seconds: 0.05, low: None, high: None };
        assert_eq!(millis(&one), "50.00 ms");
    }
}
