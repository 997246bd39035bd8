//! The time axis of a picture made of columns.

use model::time::Span;
use words::number::mark;

/// A batch over a number of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) length: Span,
    pub(super) columns: usize,
}

impl Scale {
    /// The fewest columns between two ticks.
    const APART: usize = 9;

    /// When a column begins.
    pub(super) fn begin(self, column: usize) -> Span {
        let nanos = u128::from(self.length.as_nanos()) * column as u128;
        let begin = nanos / self.columns.max(1) as u128;
        Span::from_nanos(u64::try_from(begin).unwrap_or(u64::MAX))
    }

    /// The ticks with their times in milliseconds: `|0 ms    |10      |20`.
    pub(super) fn line(self) -> String {
        let length = 1e3 * self.length.as_secs();
        let step = step(length * Self::APART as f64 / self.columns.max(1) as f64);
        let mut line = String::new();
        for tick in 0..=self.columns {
            let millis = step * tick as f64;
            let column = (millis / length * self.columns as f64).round() as usize;
            let unit = if tick == 0 { "0 ms".to_owned() } else { mark(millis) };
            let label = format!("|{unit}");
            if length <= 0.0 || column + label.len() > self.columns {
                break;
            }
            line.push_str(&" ".repeat(column.saturating_sub(line.len())));
            line.push_str(&label);
        }
        format!("{line:<width$}", width = self.columns)
    }
}

/// The smallest of 1, 2, 5, 10, 20, … and their fractions that is at least this.
fn step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(f64::MIN_POSITIVE).log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|digit| digit * power);
    steps.into_iter().find(|&step| step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_apart() {
        let line = |millis, columns| Scale { length: Span::from_millis(millis), columns }.line();
        assert_eq!(line(57, 57), "|0 ms     |10       |20       |30       |40       |50    ");
        assert_eq!(line(3, 40), "|0 ms        |1            |2           ");
        assert_eq!(line(0, 20), " ".repeat(20));
        assert_eq!(line(180_000, 20), "|0 ms      |100000  ");
    }

    #[test]
    fn columns_tile_the_batch() {
        let scale = Scale { length: Span::from_nanos(1001), columns: 7 };
        assert_eq!(scale.begin(0), Span::ZERO);
        assert_eq!(scale.begin(7), scale.length);
    }
}
