//! The ratios to the baseline as a forest plot, with the A/A copy as a row of its own.

use explain::{Analysis, ControlAnalysis, MARGIN, RatioAnalysis};
use maud::{Markup, html};
use model::arm::Role;
use model::recording::Recording;
use words::number::mark;
use words::pictures;

use super::anchor;
use super::figure::{self, Figure, PictureRow, axis_row, figures, strip, texts};
use super::scale::Scale;
use super::size::{self, SizeArms};
use super::svg::{self, Pixels};
use crate::style::Style;
use crate::{controls, ratios};

const HEIGHT: Pixels = Pixels(28);
const MIDDLE: Pixels = Pixels(14);
/// The axis reaches at least this factor to both sides of 1.
const LEAST: f64 = 1.05;

/// What a row shows.
struct ForestRow {
    id: Option<String>,
    name: String,
    ratio: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// The ratio with its interval, as the report writes it.
    written: String,
    verdict: String,
    /// What tells controls from measured arms.
    class: &'static str,
}

/// The ratios of each batch size.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    size::each(analysis, of_size)
}

fn of_size(arms: &SizeArms<'_>) -> Markup {
    let of_size = arms.analysis.ratios.iter().filter(|ratio| ratio.batch_size == arms.size);
    let ratios: Vec<&RatioAnalysis> = of_size.collect();
    let copies = arms.analysis.controls.iter();
    let copies = copies.filter(|one| one.batch_size == arms.size && one.role == Role::Aa);
    let measured = ratios.iter().map(|ratio| ForestRow::measured(arms, ratio));
    let rows: Vec<ForestRow> = measured.chain(copies.map(ForestRow::copy)).collect();
    if rows.is_empty() {
        return html! {};
    }
    let ends: Vec<f64> =
        rows.iter().flat_map(|row| [row.ratio, row.low, row.high]).flatten().collect();
    let scale = Scale::of_ratios(&ends, LEAST);
    let figure = Figure {
        id: None,
        title: format!("Ratios at batch {}", arms.size),
        notes: notes(arms, &ratios),
        picture: html! {
            div.rows {
                @for row in &rows { (row.render(&scale)) }
                (axis_row(&svg::axis(&scale, "times the baseline", mark)))
            }
        },
        tables: table(arms, &rows),
    };
    figure.render()
}

/// How to read the picture, what the controls say, and why a ratio is undecided.
fn notes(arms: &SizeArms<'_>, ratios: &[&RatioAnalysis]) -> Vec<String> {
    let baseline = ratios.first().map(|ratio| words::answer::label(arms.analysis, &ratio.baseline));
    let baseline = baseline.map(pictures::ratios);
    let controls =
        controls::lines(arms.analysis, arms.size, Style { width: usize::MAX, ..Style::default() });
    let undecided = ratios.iter().filter_map(|ratio| pictures::ratio_without_interval(ratio));
    let controls = controls.into_iter().map(|line| words::list::sentence(&line));
    baseline.into_iter().chain(controls).chain(undecided).collect()
}

impl ForestRow {
    fn measured(arms: &SizeArms<'_>, ratio: &RatioAnalysis) -> Self {
        let [figure, interval] = ratios::figures(ratio);
        Self {
            id: Some(anchor::arm("ratio", &ratio.arm)),
            name: words::answer::label(arms.analysis, &ratio.arm).to_owned(),
            ratio: ratio.ratio,
            low: ratio.low,
            high: ratio.high,
            written: format!("{figure} {interval}").trim_end().to_owned(),
            verdict: ratio.verdict.name().replace('_', " "),
            class: "measured",
        }
    }

    fn copy(control: &ControlAnalysis) -> Self {
        let verdict = match control.missed {
            Some(true) => "A/A missed: differs from itself",
            Some(false) => "A/A copy, as it should be",
            None => "A/A copy, not yet known",
        };
        let written = control.ratio.map_or_else(
            || "-".to_owned(),
            |ratio| {
                let decimals = words::number::Decimals::for_ratio(ratio);
                let interval = control.low.zip(control.high);
                let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
                format!("{} {}", decimals.write(ratio), interval.unwrap_or_default())
                    .trim_end()
                    .to_owned()
            },
        );
        Self {
            id: None,
            name: format!("{} against itself", control.of),
            ratio: control.ratio,
            low: control.low,
            high: control.high,
            written,
            verdict: verdict.to_owned(),
            class: "control",
        }
    }

    fn render(&self, scale: &Scale) -> Markup {
        let (low, high) = (scale.place(1.0 - MARGIN), scale.place(1.0 + MARGIN));
        let one = scale.place(1.0);
        let ends = self.low.zip(self.high).map(|(low, high)| (scale.place(low), scale.place(high)));
        let content = html! {
            rect.band x=(low) width=(low.until(high)) y="0" height=(HEIGHT) {}
            (svg::grid(scale, HEIGHT))
            line.one x1=(one) x2=(one) y1="0" y2=(HEIGHT) {}
            g class=(self.class) {
                @if let Some((low, high)) = ends {
                    line.interval x1=(low) x2=(high) y1=(MIDDLE) y2=(MIDDLE) {}
                }
                @if let Some(ratio) = self.ratio {
                    circle cx=(scale.place(ratio)) cy=(MIDDLE) r="5" {}
                }
            }
        };
        let alternative = pictures::ratio_row(&self.name, self.ratio, self.low.zip(self.high));
        let row = PictureRow {
            id: self.id.clone(),
            name: html! { (self.name) " " span.mark { (self.verdict) } },
            values: vec![self.written.clone()],
            strip: strip(&format!("{alternative}, {}", self.verdict), HEIGHT, &content),
        };
        row.render()
    }
}

fn table(arms: &SizeArms<'_>, rows: &[ForestRow]) -> Markup {
    let columns = [
        texts("strategy", rows.iter().map(|row| row.name.clone())),
        figures("ratio with its 95% interval", rows.iter().map(|row| row.written.clone())),
        texts("verdict", rows.iter().map(|row| row.verdict.clone())),
    ];
    figure::table(&format!("Ratios at batch {}", arms.size), &columns)
}
