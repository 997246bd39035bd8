//! What arms would take under other conditions: a line for each, and why some have no prediction.

use explain::Estimate;
use explain::whatif::{ArmPrediction, CheckedPrediction, PredictedBatch, WhatIf};
use words::number::{change_with_interval, millis, millis_with_interval, signed_percent};

use crate::style::{Ink, Style};
use crate::table::{self, Align, Cell, Column};
use crate::text;

/// The indent of what belongs to an arm.
const INDENT: usize = 2;

/// Marks a prediction that rests on what was not seen.
const EXTRAPOLATED: &str = "extrapolated";

/// A batch that changes by fewer seconds does not change.
const LEAST_CHANGE: f64 = 1e-6;

/// The question, a line for each arm that is predicted, and a sentence for each that is not.
pub fn predictions(predictions: &[ArmPrediction], question: &WhatIf, style: Style) -> String {
    let mut lines = text::wrap(&words::whatif::question(question), style.columns(), 0);
    for line in &mut lines {
        *line = style.paint(line, Ink::Heading);
    }
    lines.extend(table(predictions, style));
    lines.extend(predictions.iter().flat_map(|prediction| refusal(prediction, style)));
    plain(&lines)
}

fn table(predictions: &[ArmPrediction], style: Style) -> Vec<String> {
    let predicted: Vec<(&ArmPrediction, &PredictedBatch)> = predictions
        .iter()
        .filter_map(|prediction| Some((prediction, prediction.outcome.as_ref().ok()?)))
        .collect();
    if predicted.is_empty() {
        return Vec::new();
    }
    let arms = column("arm", predicted.iter().map(|(arm, _)| arm.arm.to_string()));
    table::arranged(&arms, &figures(&predicted), style)
}

fn figures(predicted: &[(&ArmPrediction, &PredictedBatch)]) -> Vec<Column> {
    let cells = |cell: fn(&ArmPrediction, &PredictedBatch) -> String| {
        predicted.iter().map(move |(arm, batch)| cell(arm, batch))
    };
    let all = [
        column("now", cells(|arm, _| arm.measured.map_or_else(String::new, millis))),
        column("predicted", cells(|_, batch| time(batch.time))),
        column("change", cells(|_, batch| batch.saved.map_or_else(String::new, change))),
        column("bottleneck", cells(|_, batch| words::whatif::bottleneck(&batch.bottleneck))),
        column("", cells(|_, batch| if batch.extrapolated { EXTRAPOLATED } else { "" }.to_owned())),
    ];
    let has_figures = |column: &Column| column.cells.iter().skip(1).any(|cell| !cell.is_empty());
    all.into_iter().filter(has_figures).collect()
}

/// What was measured to check predictions: a line for each.
pub fn checks(checks: &[CheckedPrediction], style: Style) -> String {
    let arms = column("arm", checks.iter().map(|check| check.arm.to_string()));
    let cells = |cell: fn(&CheckedPrediction) -> String| checks.iter().map(cell);
    let figures = [
        column("predicted", cells(|check| time(check.predicted))),
        column("measured", cells(|check| time(check.measured))),
        column("error", cells(|check| signed_percent(check.error))),
        column("unchanged", cells(|check| check.unchanged.map_or_else(String::new, time))),
    ];
    let mut lines = vec![style.paint("checked", Ink::Heading)];
    lines.extend(table::arranged(&arms, &figures, style));
    plain(&lines)
}

fn time(time: Estimate) -> String {
    millis_with_interval(time.seconds, time.low.zip(time.high))
}

/// By how much the batch becomes longer; shorter where that is below 0.
fn change(Estimate { seconds, low, high }: Estimate) -> String {
    if seconds.abs() < LEAST_CHANGE {
        return "none".to_owned();
    }
    let longer = low.zip(high).map(|(low, high)| (-high, -low));
    change_with_interval(-seconds, longer)
}

/// Lines as one text.
pub(crate) fn plain(lines: &[String]) -> String {
    format!("{}\n", lines.join("\n"))
}

/// A column on the left, under its heading.
pub(crate) fn column(heading: &str, cells: impl IntoIterator<Item = String>) -> Column {
    let heading = std::iter::once(Cell::inked(heading, Ink::Heading));
    Column { align: Align::Left, cells: heading.chain(cells.into_iter().map(Cell::new)).collect() }
}

fn refusal(prediction: &ArmPrediction, style: Style) -> Vec<String> {
    let Err(refusal) = &prediction.outcome else { return Vec::new() };
    let sentence =
        format!("{}: not predicted: {}.", prediction.arm, words::whatif::refusal(refusal));
    text::hang(&sentence, style.columns(), INDENT)
}
