//! The one formatter of numbers.
//!
//! Every number has three significant digits and at most three decimals. The ends of an interval have
//! as many decimals as the figure that they belong to, and all numbers of a column have equally many. A minus is the ASCII one, so that output can be
//! searched and pasted, and a number that rounds to zero has none.

use std::time::Duration;

/// How many decimals a number is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimals(usize);

impl Decimals {
    /// Three significant digits for `value`, and at most three decimals.
    pub fn for_value(value: f64) -> Self {
        Self(match value.abs() {
            hundreds if hundreds >= 99.95 => 0,
            tens if tens >= 9.995 => 1,
            ones if ones >= 0.9995 => 2,
            0.0 => 2,
            _ => 3,
        })
    }

    /// The decimals of all numbers of a column: three significant digits for the largest, and at least
    /// one decimal unless all are 100 or more. A column of zeros has none.
    pub fn for_column(values: &[f64]) -> Self {
        let sizes = values.iter().map(|value| value.abs()).filter(|&size| size > 0.0);
        let Some((smallest, largest)) = sizes.fold(None, |ends, size| {
            let (low, high) = ends.unwrap_or((size, size));
            Some((f64::min(low, size), f64::max(high, size)))
        }) else {
            return Self(0);
        };
        let Self(decimals) = Self::for_value(largest);
        Self(decimals.max(Self::for_value(smallest).0.min(1)))
    }

    /// The decimals of a figure that is known to within `error`: the last is that of the error's first digit.
    pub fn for_error(error: f64) -> Self {
        const MOST: f64 = 9.0;
        Self((-error.log10().floor()).clamp(0.0, MOST) as usize)
    }

    /// The decimals of a column of times in milliseconds.
    pub fn for_millis_column(seconds: &[f64]) -> Self {
        let millis: Vec<f64> = seconds.iter().map(|seconds| 1e3 * seconds).collect();
        Self::for_column(&millis)
    }

    /// The decimals of a column of percentages: one, unless all are 10% or more.
    pub fn for_percent_column(shares: &[f64]) -> Self {
        let is_small = |&share: &f64| share != 0.0 && share.abs() < 0.0995;
        Self(usize::from(shares.iter().any(is_small)))
    }

    /// The decimals of a column of counts that may be means: one if any shows a fraction.
    pub fn for_count_column(means: &[f64]) -> Self {
        Self(usize::from(means.iter().any(|&mean| count(mean).contains('.'))))
    }

    /// Three significant digits for a time in milliseconds.
    pub fn for_millis(seconds: f64) -> Self {
        Self::for_value(1e3 * seconds)
    }

    /// Three significant digits for a ratio, and three decimals near 1, where they make the difference.
    pub fn for_ratio(ratio: f64) -> Self {
        const NEAR_ONE: f64 = 0.05;
        if (ratio - 1.0).abs() < NEAR_ONE { Self(3) } else { Self::for_value(ratio) }
    }

    /// `value` with this many decimals.
    pub fn write(self, value: f64) -> String {
        let text = format!("{value:.*}", self.0);
        let is_zero = text.chars().all(|letter| matches!(letter, '-' | '0' | '.'));
        if is_zero { text.replace('-', "") } else { text }
    }

    /// `value` with its sign: `+1.20`, `-0.31`; zero has none.
    pub fn write_signed(self, value: f64) -> String {
        let text = self.write(value);
        let is_zero = text.chars().all(|letter| matches!(letter, '0' | '.'));
        if is_zero || text.starts_with('-') { text } else { format!("+{text}") }
    }

    /// A time in milliseconds with this many decimals, without the unit.
    pub fn write_millis(self, seconds: f64) -> String {
        self.write(1e3 * seconds)
    }

    /// A share in percent with this many decimals.
    pub fn write_percent(self, share: f64) -> String {
        format!("{}%", self.write(100.0 * share))
    }

    /// `[1.36, 1.42]`.
    pub fn write_interval(self, low: f64, high: f64) -> String {
        format!("[{}, {}]", self.write(low), self.write(high))
    }

    /// A time with its sign and its interval where there is one, all in milliseconds without the unit:
    /// `+6.1 [5.0, 7.2]`. For several times of one sentence, which must add up.
    pub fn write_signed_millis(self, seconds: f64, interval: Option<(f64, f64)>) -> String {
        let interval = interval.map(|(low, high)| self.write_interval(1e3 * low, 1e3 * high));
        join_interval(self.write_signed(1e3 * seconds), interval)
    }
}

/// A number without a unit: `1.43`, `0.295`, `12.0`, `178`.
pub fn plain(value: f64) -> String {
    Decimals::for_value(value).write(value)
}

/// A number with its interval where there is one: `1.43 [1.40, 1.46]`.
pub fn with_interval(value: f64, interval: Option<(f64, f64)>) -> String {
    let decimals = Decimals::for_value(value);
    join_interval(
        decimals.write(value),
        interval.map(|(low, high)| decimals.write_interval(low, high)),
    )
}

/// A whole number that was computed: `1420`.
pub fn whole(value: f64) -> String {
    Decimals(0).write(value)
}

/// How long something takes, for people who wait: `0.4 s`, `26 s`, `3 min 20 s`.
pub fn duration(time: Duration) -> String {
    match time.as_secs() {
        0..2 => format!("{} s", Decimals(1).write(time.as_secs_f64())),
        seconds @ 2..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A mark of an axis, with as few digits as it takes: `0`, `0.5`, `20`.
pub fn mark(value: f64) -> String {
    let text = plain(value);
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A count that may be a mean: `4`, `4.5`.
pub fn count(mean: f64) -> String {
    strip_zero(format!("{mean:.1}"))
}

/// A size in megabytes: `34.5 MB`.
pub fn megabytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    format!("{} MB", plain(megabytes))
}

/// A time in seconds with pandas' six decimals, without the unit: `0.043670`.
pub fn seconds(seconds: f64) -> String {
    Decimals(6).write(seconds)
}

/// A time in milliseconds without the unit: `43.7`.
pub fn bare_millis(seconds: f64) -> String {
    Decimals::for_millis(seconds).write_millis(seconds)
}

/// A time in milliseconds: `43.7 ms`.
pub fn millis(seconds: f64) -> String {
    format!("{} ms", bare_millis(seconds))
}

/// A time in milliseconds with its interval where there is one: `43.7 ms [42.1, 45.0]`. The interval is
/// in seconds, as the time is.
pub fn millis_with_interval(seconds: f64, interval: Option<(f64, f64)>) -> String {
    let decimals = Decimals::for_millis(seconds);
    let interval = interval.map(|(low, high)| decimals.write_interval(1e3 * low, 1e3 * high));
    join_interval(format!("{} ms", decimals.write_millis(seconds)), interval)
}

/// By how much a time changes, with its sign and its interval where there is one: `+174 ms [157, 192]`.
pub fn change_with_interval(seconds: f64, interval: Option<(f64, f64)>) -> String {
    let decimals = Decimals::for_millis(seconds);
    let interval = interval.map(|(low, high)| decimals.write_interval(1e3 * low, 1e3 * high));
    join_interval(format!("{} ms", decimals.write_signed(1e3 * seconds)), interval)
}

/// A share in percent, with about two significant digits: `12%`, `3.4%`, `0.06%`.
pub fn percent(share: f64) -> String {
    let hundredths = 100.0 * share;
    let decimals = match hundredths.abs() {
        tens if tens >= 9.95 => 0,
        ones if ones >= 0.095 => 1,
        0.0 => 0,
        _ => 2,
    };
    format!("{}%", strip_zero(Decimals(decimals).write(hundredths)))
}

/// A share with its interval where there is one: `73% [71%, 75%]`.
pub fn percent_with_interval(share: f64, interval: Option<(f64, f64)>) -> String {
    let interval = interval.map(|(low, high)| format!("[{}, {}]", percent(low), percent(high)));
    join_interval(percent(share), interval)
}

/// How many times as long or as fast: `1.43×`, with its interval where there is one:
/// `1.43× [1.40, 1.46]`.
pub fn factor(ratio: f64, interval: Option<(f64, f64)>) -> String {
    let decimals = Decimals::for_ratio(ratio);
    let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
    join_interval(format!("{}×", decimals.write(ratio)), interval)
}

/// A change in percent with its sign: `+3.4%`.
pub fn signed_percent(share: f64) -> String {
    let text = percent(share);
    if share > 0.0 && text != "0%" { format!("+{text}") } else { text }
}

fn join_interval(figure: String, interval: Option<String>) -> String {
    match interval {
        Some(interval) => format!("{figure} {interval}"),
        None => figure,
    }
}

fn strip_zero(text: String) -> String {
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_significant_digits() {
        let written: Vec<String> = [1.8402, 0.17745, 0.04367, 0.00112, 0.000_123, 0.000_004, 0.0]
            .map(bare_millis)
            .to_vec();
        assert_eq!(written, ["1840", "177", "43.7", "1.12", "0.123", "0.004", "0.00"]);
        assert_eq!(millis(0.0437), "43.7 ms");
        assert_eq!(Decimals::for_millis(0.0031).write_signed(3.1), "+3.10");
        assert_eq!(Decimals::for_millis(-0.0031).write_signed(-3.1), "-3.10");
    }

    #[test]
    fn a_figure_does_not_gain_a_digit_by_rounding_up() {
        assert_eq!(plain(9.996), "10.0");
        assert_eq!(plain(99.96), "100");
        assert_eq!(plain(0.999_6), "1.00");
    }

    #[test]
    fn an_interval_has_the_decimals_of_its_figure() {
        assert_eq!(with_interval(1.426, Some((1.4, 1.4555))), "1.43 [1.40, 1.46]");
        assert_eq!(millis_with_interval(0.0221, Some((0.0096, 0.1))), "22.1 ms [9.6, 100.0]");
        assert_eq!(millis_with_interval(0.0221, None), "22.1 ms");
        assert_eq!(factor(1.426, Some((1.4, 1.4555))), "1.43× [1.40, 1.46]");
        assert_eq!(factor(1.0042, Some((0.998, 1.01))), "1.004× [0.998, 1.010]");
        assert_eq!(percent_with_interval(0.73, Some((0.7, 0.764))), "73% [70%, 76%]");
        let decimals = Decimals::for_millis(0.076);
        assert_eq!(
            decimals.write_signed_millis(0.00612, Some((-0.001, 0.1))),
            "+6.1 [-1.0, 100.0]"
        );
    }

    #[test]
    fn the_numbers_of_a_column_have_equally_many_decimals() {
        let written = |values: &[f64]| {
            let decimals = Decimals::for_column(values);
            values.iter().map(|&value| decimals.write(value)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(written(&[176.51, 33.12, 0.0]), "176.5 33.1 0.0");
        assert_eq!(written(&[1840.2, 177.45]), "1840 177");
        assert_eq!(written(&[43.67, 1.12, 0.004]), "43.7 1.1 0.0");
        assert_eq!(written(&[1.954, -0.769, 0.0]), "1.95 -0.77 0.00");
        assert_eq!(written(&[0.612, 0.044]), "0.612 0.044");
        assert_eq!(written(&[0.0, 0.0]), "0 0");
    }

    #[test]
    fn the_shares_and_the_counts_of_a_column_have_equally_many_decimals() {
        let shares = Decimals::for_percent_column(&[0.11, 0.004, 0.0]);
        assert_eq!(
            [0.11, 0.004, 0.0].map(|share| shares.write_percent(share)),
            ["11.0%", "0.4%", "0.0%"]
        );
        assert_eq!(Decimals::for_percent_column(&[0.11, 0.0]).write_percent(0.114), "11%");
        let counts = Decimals::for_count_column(&[4.0, 4.49]);
        assert_eq!([4.0, 4.49].map(|mean| counts.write(mean)), ["4.0", "4.5"]);
        assert_eq!(Decimals::for_count_column(&[4.0, 16.01]).write(16.01), "16");
    }

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        assert_eq!(Decimals::for_value(5.0).write(-0.001), "0.00");
        assert_eq!(Decimals::for_value(5.0).write_signed(0.001), "0.00");
        assert_eq!(percent(-0.0), "0%");
    }

    #[test]
    fn shares_have_about_two_significant_digits() {
        assert_eq!(percent(0.12), "12%");
        assert_eq!(percent(0.0342), "3.4%");
        assert_eq!(percent(0.02), "2%");
        assert_eq!(percent(0.0006), "0.06%");
        assert_eq!(signed_percent(0.034), "+3.4%");
        assert_eq!(signed_percent(-0.034), "-3.4%");
    }

    #[test]
    fn a_mean_count_shows_its_fraction_only_where_it_has_one() {
        assert_eq!(count(4.0), "4");
        assert_eq!(count(4.49), "4.5");
    }
}
