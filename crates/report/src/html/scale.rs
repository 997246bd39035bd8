//! Axes: where a value lies on the width of a picture, and which values are marked.

use std::fmt;

/// About how many steps an axis has between its marks.
const STEPS: f64 = 5.0;
/// Below this factor between its ends, a logarithmic axis has marks at equal distances.
const NARROW: f64 = 2.0;
/// A logarithmic axis has the most marks of these multiples of powers of ten that are no more than
/// `MOST_MARKS`.
const MULTIPLES: [&[f64]; 3] = [&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0]];
const MOST_MARKS: usize = 7;
/// From this factor between the largest and the smallest value on, times need a logarithmic axis.
const WIDE: f64 = 20.0;
/// An axis of times may start above zero where they all lie within this share of the largest.
const CLOSE: f64 = 0.25;

/// A place on the width of a picture, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct Percent(f64);

impl Percent {
    /// The distance to a place further right; nothing where that lies further left.
    pub(crate) fn until(self, other: Self) -> Self {
        Self((other.0 - self.0).max(0.0))
    }

    /// The place in a drawing that is this many units wide.
    pub(crate) fn of_units(self, units: f64) -> f64 {
        (self.0 / 100.0 * units).round()
    }

    /// Whether it lies so near an end that a text there must be aligned with it.
    pub(crate) fn is_at_start(self) -> bool {
        self.0 < 4.0
    }

    /// The same for the right end.
    pub(crate) fn is_at_end(self) -> bool {
        self.0 > 96.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}%", (self.0 * 100.0).round() / 100.0)
    }
}

/// How values lie on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// Equal distances are equal differences.
    Linear,
    /// Equal distances are equal factors.
    Logarithmic,
}

/// An axis with its ends and its marks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    spacing: Spacing,
    low: f64,
    high: f64,
    marks: Vec<f64>,
}

impl Scale {
    /// A linear axis from zero.
    pub(crate) fn from_zero(high: f64) -> Self {
        let high = if high > 0.0 && high.is_finite() { high } else { 1.0 };
        Self::linear(0.0, high)
    }

    /// An axis of times: from zero, but logarithmic where they differ by a large factor, and beginning
    /// later where all are close together.
    pub(crate) fn of_times(seconds: &[f64]) -> Self {
        let Some(Ends { least, most }) = Ends::of(seconds) else { return Self::from_zero(1.0) };
        if most >= WIDE * least {
            return Self::logarithmic(least, most);
        }
        if most - least > CLOSE * most || most <= least {
            return Self::from_zero(most);
        }
        let room = 0.1 * (most - least);
        Self::linear(least - room, most + room)
    }

    /// A logarithmic axis of ratios, with 1 on it.
    pub(crate) fn of_ratios(ratios: &[f64], least_factor: f64) -> Self {
        let Ends { least, most } = Ends::of(ratios).unwrap_or(Ends { least: 1.0, most: 1.0 });
        // A little room, so that the outermost points are not cut.
        const ROOM: f64 = 1.03;
        Self::logarithmic(least.min(1.0 / least_factor) / ROOM, most.max(least_factor) * ROOM)
    }

    /// A linear axis between two values, without rounding its ends.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        Self { spacing: Spacing::Linear, low, high, marks: Vec::new() }
    }

    /// A linear axis between two values that may be below zero, with round ends.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        let step = nice_step((high - low) / STEPS);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let marks: Vec<f64> = (first..=last.min(first + 50)).map(|at| at as f64 * step).collect();
        Self {
            spacing: Spacing::Linear,
            low: marks.first().copied().unwrap_or(low),
            high: marks.last().copied().unwrap_or(high),
            marks,
        }
    }

    fn logarithmic(low: f64, high: f64) -> Self {
        let marks = if high < NARROW * low {
            let inside = |mark: &f64| (low..=high).contains(mark);
            Self::linear(low, high).marks.into_iter().filter(inside).collect()
        } else {
            decades(low, high)
        };
        Self { spacing: Spacing::Logarithmic, low, high, marks }
    }

    /// Where a value lies; one beyond an end lies at that end.
    pub(crate) fn place(&self, value: f64) -> Percent {
        let share = match self.spacing {
            Spacing::Linear => (value - self.low) / (self.high - self.low),
            Spacing::Logarithmic => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        Percent(if share.is_finite() { 100.0 * share.clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The values to mark.
    pub(crate) fn marks(&self) -> &[f64] {
        &self.marks
    }

    /// How values lie on it.
    pub(crate) const fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// The value at its beginning.
    pub(crate) const fn low(&self) -> f64 {
        self.low
    }
}

/// The least and the largest of some values.
#[derive(Clone, Copy)]
struct Ends {
    least: f64,
    most: f64,
}

impl Ends {
    /// Of the values that are above zero; nothing where none is.
    fn of(values: &[f64]) -> Option<Self> {
        let known = values.iter().copied().filter(|value| value.is_finite() && *value > 0.0);
        known.fold(None, |ends: Option<Self>, value| {
            let Self { least, most } = ends.unwrap_or(Self { least: value, most: value });
            Some(Self { least: least.min(value), most: most.max(value) })
        })
    }
}

/// The next of 1, 2 and 5 times a power of ten.
fn nice_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().find(|step| step * power >= least * (1.0 - 1e-9));
    step.unwrap_or(10.0) * power
}

/// Multiples of the powers of ten between two values.
fn decades(low: f64, high: f64) -> Vec<f64> {
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let marks = |multiples: &&[f64]| -> Vec<f64> {
        let all = powers
            .clone()
            .flat_map(|power| multiples.iter().map(move |step| step * 10_f64.powi(power)));
        all.filter(|mark| (low..=high).contains(mark)).collect()
    };
    let dense = MULTIPLES.iter().map(marks).find(|marks| marks.len() <= MOST_MARKS);
    dense.unwrap_or_else(|| marks(&MULTIPLES[MULTIPLES.len() - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(scale: &Scale) -> Vec<String> {
        scale.marks().iter().map(|&mark| words::number::mark(mark)).collect()
    }

    #[test]
    fn an_axis_from_zero_has_round_marks_up_to_its_end() {
        assert_eq!(marks(&Scale::from_zero(87.0)), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(marks(&Scale::from_zero(0.9)), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        assert_eq!(Scale::from_zero(100.0).place(25.0).to_string(), "25%");
    }

    #[test]
    fn times_that_are_close_together_have_an_axis_that_begins_later() {
        let close = Scale::of_times(&[40.0, 42.0, 44.0]);
        assert!(close.low() > 30.0, "{close:?}");
        assert_eq!(Scale::of_times(&[40.0, 60.0]).low(), 0.0);
        assert_eq!(Scale::of_times(&[40.0]).low(), 0.0);
    }

    #[test]
    fn times_that_differ_by_a_large_factor_have_a_logarithmic_axis() {
        let wide = Scale::of_times(&[1.0, 1000.0]);
        assert_eq!(wide.spacing(), Spacing::Logarithmic);
        assert_eq!(marks(&wide), ["1", "10", "100", "1000"]);
        assert_eq!(wide.place(10.0).to_string(), "33.33%");
        assert_eq!(Scale::of_times(&[1.0, 10.0]).spacing(), Spacing::Linear);
    }

    #[test]
    fn an_axis_of_ratios_holds_the_margin_and_every_ratio() {
        let narrow = Scale::of_ratios(&[1.0], 1.05);
        assert!(marks(&narrow).contains(&"1".to_owned()), "{narrow:?}");
        let wide = Scale::of_ratios(&[0.5, 8.0], 1.05);
        assert_eq!(marks(&wide), ["0.5", "1", "2", "5"]);
    }

    #[test]
    fn no_value_is_placed_beyond_the_ends() {
        for scale in [Scale::from_zero(0.0), Scale::of_times(&[]), Scale::of_ratios(&[], 1.05)] {
            for value in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
                let place = scale.place(value);
                assert!(place >= Percent(0.0) && place <= Percent(100.0), "{scale:?} {value}");
            }
        }
    }
}
