//! The ratios to the baseline as a forest plot, with the A/A copy as a row of its own.

use explain::{Analysis, ControlAnalysis, RatioAnalysis};
use maud::{Markup, html};
use model::arm::Role;
use model::recording::Recording;
use words::number::mark;
use words::pictures;

use super::anchor;
use super::figure::{self, Figure, axis_row, figures, texts};
use super::forest_row::{self, ForestRow, RowKind};
use super::size::{self, SizeArms};
use super::svg;
use crate::style::Style;
use crate::{controls, ratios};

/// The ratios of each batch size.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    size::each(analysis, of_size)
}

fn of_size(arms: &SizeArms<'_>) -> Markup {
    let of_size = arms.analysis.ratios.iter().filter(|ratio| ratio.batch_size == arms.size);
    let ratios: Vec<&RatioAnalysis> = of_size.collect();
    let copies = arms.analysis.controls.iter();
    let copies = copies.filter(|one| one.batch_size == arms.size && one.role == Role::Aa);
    let measured = ratios.iter().map(|ratio| of_ratio(arms, ratio));
    let rows: Vec<ForestRow> = measured.chain(copies.map(of_copy)).collect();
    if rows.is_empty() {
        return html! {};
    }
    let scale = forest_row::scale(&rows);
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

fn of_ratio(arms: &SizeArms<'_>, ratio: &RatioAnalysis) -> ForestRow {
    let [figure, interval] = ratios::figures(ratio);
    let name = words::answer::label(arms.analysis, &ratio.arm).to_owned();
    let verdict = ratio.verdict.name().replace('_', " ");
    let ends = ratio.low.zip(ratio.high);
    ForestRow {
        id: Some(anchor::arm("ratio", &ratio.arm)),
        kind: RowKind::Measured,
        ratio: ratio.ratio,
        interval: ends,
        written: format!("{figure} {interval}").trim_end().to_owned(),
        spoken: format!("{}, {verdict}", pictures::ratio_row(&name, ratio.ratio, ends)),
        mark: verdict,
        name,
    }
}

fn of_copy(control: &ControlAnalysis) -> ForestRow {
    let verdict = match control.missed {
        Some(true) => "A/A missed: differs from itself",
        Some(false) => "A/A copy, as it should be",
        None => "A/A copy, not yet known",
    };
    let interval = control.low.zip(control.high);
    let written = control.ratio.map_or_else(
        || "-".to_owned(),
        |ratio| {
            let decimals = words::number::Decimals::for_ratio(ratio);
            let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
            format!("{} {}", decimals.write(ratio), interval.unwrap_or_default())
                .trim_end()
                .to_owned()
        },
    );
    let name = format!("{} against itself", control.of);
    ForestRow {
        id: None,
        kind: RowKind::Control,
        ratio: control.ratio,
        interval,
        written,
        spoken: format!("{}, {verdict}", pictures::ratio_row(&name, control.ratio, interval)),
        mark: verdict.to_owned(),
        name,
    }
}

fn table(arms: &SizeArms<'_>, rows: &[ForestRow]) -> Markup {
    let columns = [
        texts("strategy", rows.iter().map(|row| row.name.clone())),
        figures("ratio with its 95% interval", rows.iter().map(|row| row.written.clone())),
        texts("verdict", rows.iter().map(|row| row.mark.clone())),
    ];
    figure::table(&format!("Ratios at batch {}", arms.size), &columns)
}
