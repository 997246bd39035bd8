//! The trials of arms as lines of blocks: how many lie in each part of an axis, between the bounds of the axis
//! in milliseconds.

use model::arm::ArmName;
use words::number::bare_millis;

use crate::style::{Glyphs, Style};

/// Fewer trials have no shape.
const LEAST_TRIALS: usize = 5;
/// Arms share an axis if the trials of each take at least this share of it: else one of them has no shape.
const SHARED: f64 = 0.25;

/// The heights of a part, from almost nothing to the largest part.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '%', '#'];
/// What stands between a bound and the parts.
const EDGE: char = '|';

/// Into how many parts an axis is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts(usize);

impl Parts {
    /// Where the table has room for whole ratios.
    pub(crate) const WIDE: Self = Self(10);
    /// Where ratios and their intervals are below each other.
    pub(crate) const NARROW: Self = Self(6);
}

/// A range of times, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// From the least to the largest; nothing where there are too few trials, or all took the same time.
    fn of_times(seconds: &[f64]) -> Option<Self> {
        let low = seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let high = seconds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let length = high - low;
        let has_shape = seconds.len() >= LEAST_TRIALS && length.is_finite() && length > 0.0;
        has_shape.then_some(Self { low, high })
    }

    const fn length(self) -> f64 {
        self.high - self.low
    }

    const fn with(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    fn overlaps(self, other: Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// The trials of an arm, and the axis on which they are drawn.
#[derive(Debug)]
struct Shape<'a> {
    arm: &'a ArmName,
    seconds: &'a [f64],
    /// From the least to the largest of its trials.
    range: Axis,
    axis: Axis,
}

/// The histograms of arms. Those whose trials overlap share an axis.
#[derive(Debug, Default)]
pub(crate) struct Shapes<'a>(Vec<Shape<'a>>);

impl<'a> Shapes<'a> {
    /// Those of the arms with enough trials.
    pub(crate) fn new(arms: impl Iterator<Item = (&'a ArmName, &'a [f64])>) -> Self {
        let shape = |(arm, seconds)| {
            let range = Axis::of_times(seconds)?;
            Some(Shape { arm, seconds, range, axis: range })
        };
        let mut shapes: Vec<Shape<'_>> = arms.filter_map(shape).collect();
        shapes.sort_by(|one, other| one.range.low.total_cmp(&other.range.low));
        share_axes(&mut shapes);
        Self(shapes)
    }

    /// Whether no arm has enough trials.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The histogram of an arm between its bounds, `34.3|▂▄█▂     ▂|36.7`; nothing without one.
    pub(crate) fn line(&self, arm: &ArmName, parts: Parts, style: Style) -> Option<String> {
        let shape = self.0.iter().find(|shape| shape.arm == arm)?;
        let Axis { low, high } = shape.axis;
        let letters = letters(shape, parts, style);
        Some(format!("{}{EDGE}{letters}{EDGE}{}", bare_millis(low), bare_millis(high)))
    }
}

/// Gives one axis to neighbours that overlap, as long as each of them keeps a shape on it.
fn share_axes(shapes: &mut [Shape<'_>]) {
    let mut first = 0;
    for next in 1..=shapes.len() {
        let (group, rest) = shapes[first..].split_at(next - first);
        let axis = group.iter().map(|shape| shape.range).reduce(Axis::with);
        let (Some(axis), Some(candidate)) = (axis, rest.first()) else { continue };
        let shared = axis.with(candidate.range);
        let keeps_shape = |shape: &Shape<'_>| shape.range.length() >= SHARED * shared.length();
        let fits =
            axis.overlaps(candidate.range) && group.iter().chain([candidate]).all(keeps_shape);
        if fits {
            shapes[first..=next].iter_mut().for_each(|shape| shape.axis = shared);
        } else {
            first = next;
        }
    }
}

/// A letter for each part, empty where no trial lies in it.
fn letters(shape: &Shape<'_>, parts: Parts, style: Style) -> String {
    let counts = counts(shape, parts);
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let letters = match style.glyphs {
        Glyphs::Unicode => BLOCKS,
        Glyphs::Ascii => ASCII,
    };
    let letter = |count: &usize| match (count * letters.len()).div_ceil(most) {
        0 => ' ',
        height => letters[height.min(letters.len()) - 1],
    };
    counts.iter().map(letter).collect()
}

/// How many trials lie in each part.
fn counts(shape: &Shape<'_>, Parts(parts): Parts) -> Vec<usize> {
    let mut counts = vec![0; parts];
    for time in shape.seconds {
        let part = ((time - shape.axis.low) / shape.axis.length() * parts as f64) as usize;
        counts[part.min(parts - 1)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of arms with these times, in milliseconds.
    fn shown(arms: &[&[f64]], glyphs: Glyphs) -> Vec<Option<String>> {
        let arm = |(place, millis): (usize, &&[f64])| {
            let seconds: Vec<f64> = millis.iter().map(|millis| millis / 1e3).collect();
            (ArmName(format!("a/{place}@1")), seconds)
        };
        let arms: Vec<(ArmName, Vec<f64>)> = arms.iter().enumerate().map(arm).collect();
        let shapes = Shapes::new(arms.iter().map(|(arm, seconds)| (arm, &seconds[..])));
        let style = Style { glyphs, ..Style::default() };
        arms.iter().map(|(arm, _)| shapes.line(arm, Parts::WIDE, style)).collect()
    }

    fn one(millis: &[f64], glyphs: Glyphs) -> Option<String> {
        shown(&[millis], glyphs).remove(0)
    }

    #[test]
    fn a_line_has_the_shape_of_the_trials_between_its_bounds() {
        let millis = [10.0, 11.5, 11.5, 12.5, 12.5, 12.5, 12.5, 13.5, 20.0];
        assert_eq!(one(&millis, Glyphs::Unicode).as_deref(), Some("10.0|▂▄█▂     ▂|20.0"));
        assert_eq!(one(&millis, Glyphs::Ascii).as_deref(), Some("10.0|:=#:     :|20.0"));
    }

    #[test]
    fn arms_whose_trials_overlap_share_an_axis() {
        let lines = shown(
            &[
                &[10.5, 11.5, 12.5, 13.5, 14.5],
                &[13.0, 15.0, 16.0, 19.0, 20.0],
                &[50.0, 51.0, 52.0, 53.0, 54.0],
            ],
            Glyphs::Unicode,
        );
        let bounds = |line: &Option<String>| {
            let line = line.clone().expect("has a shape");
            let parts: Vec<&str> = line.split(EDGE).collect();
            (parts[0].to_owned(), parts[2].to_owned())
        };
        assert_eq!(bounds(&lines[0]), ("10.5".to_owned(), "20.0".to_owned()));
        assert_eq!(bounds(&lines[1]), bounds(&lines[0]));
        assert_eq!(bounds(&lines[2]), ("50.0".to_owned(), "54.0".to_owned()));
        assert_eq!(lines[0].as_deref(), Some("10.5|█████     |20.0"));
    }

    #[test]
    fn an_arm_that_would_lose_its_shape_keeps_an_axis_of_its_own() {
        let narrow = [10.0, 10.2, 10.4, 10.6, 11.0];
        let lines = shown(&[&narrow, &[10.5, 30.0, 40.0, 45.0, 50.0]], Glyphs::Unicode);
        assert_eq!(lines[0], one(&narrow, Glyphs::Unicode));
        assert!(lines[1].as_ref().is_some_and(|line| line.ends_with("|50.0")), "{lines:?}");
    }

    #[test]
    fn too_few_trials_and_equal_ones_have_no_shape() {
        for millis in [&[][..], &[1.0, 2.0, 3.0, 4.0], &[1.0; 9], &[f64::NAN; 9]] {
            assert_eq!(one(millis, Glyphs::Unicode), None);
        }
    }
}
