//! A row of a forest plot: a ratio with its interval, beside the margin and the line of 1.

use explain::MARGIN;
use maud::{Markup, html};

use super::figure::{PictureRow, strip};
use super::scale::Scale;
use super::svg::{self, Pixels};

const HEIGHT: Pixels = Pixels(28);
const MIDDLE: Pixels = Pixels(14);
/// The axis reaches at least this factor to both sides of 1.
const LEAST: f64 = 1.05;

/// What kind of figure a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// A ratio that was measured.
    Measured,
    /// A control.
    Control,
    /// The mean of the rows above it: a diamond as wide as its interval.
    Mean,
    /// Where a further one would lie: an interval without a ratio.
    Further,
}

/// What a row shows.
pub(crate) struct ForestRow {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: RowKind,
    pub(crate) ratio: Option<f64>,
    pub(crate) interval: Option<(f64, f64)>,
    /// The ratio with its interval, as the report writes it.
    pub(crate) written: String,
    /// What is said beside the name, such as the verdict.
    pub(crate) mark: String,
    /// The row for people who cannot see it.
    pub(crate) spoken: String,
}

/// The axis on which all rows lie.
pub(crate) fn scale(rows: &[ForestRow]) -> Scale {
    let ends = |row: &ForestRow| {
        let (low, high) = row.interval.unzip();
        [row.ratio, low, high]
    };
    let ends: Vec<f64> = rows.iter().flat_map(ends).flatten().collect();
    Scale::of_ratios(&ends, LEAST)
}

impl RowKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Measured | Self::Mean => "measured",
            Self::Control => "control",
            Self::Further => "predicted",
        }
    }
}

impl ForestRow {
    /// The row on an axis.
    pub(crate) fn render(&self, scale: &Scale) -> Markup {
        let (low, high) = (scale.place(1.0 - MARGIN), scale.place(1.0 + MARGIN));
        let one = scale.place(1.0);
        let content = html! {
            rect.band x=(low) width=(low.until(high)) y="0" height=(HEIGHT) {}
            (svg::grid(scale, HEIGHT))
            line.one x1=(one) x2=(one) y1="0" y2=(HEIGHT) {}
            g class=(self.kind.class()) { (self.figure(scale)) }
        };
        let row = PictureRow {
            id: self.id.clone(),
            name: html! { (self.name) " " span.mark { (self.mark) } },
            values: vec![self.written.clone()],
            strip: strip(&self.spoken, HEIGHT, &content),
        };
        row.render()
    }

    fn figure(&self, scale: &Scale) -> Markup {
        let ends = self.interval.map(|(low, high)| (scale.place(low), scale.place(high)));
        let at = self.ratio.map(|ratio| scale.place(ratio));
        if let (RowKind::Mean, Some((low, high)), Some(at)) = (self.kind, ends, at) {
            return svg::diamond(low, at, high, HEIGHT);
        }
        html! {
            @if let Some((low, high)) = ends {
                line.interval x1=(low) x2=(high) y1=(MIDDLE) y2=(MIDDLE) {}
            }
            @if let Some(at) = at { circle cx=(at) cy=(MIDDLE) r="5" {} }
        }
    }
}
