//! Tables with a line for each arm: its label, and its figures beside it.

use explain::ArmAnalysis;
use model::arm::Label;

use crate::style::Style;
use crate::table::{self, Align, Cell, Column};
use crate::text;
use words::number::Decimals;

/// Marks what is not known.
pub(crate) const UNKNOWN: &str = "-";

/// The indent of the figures below a label that has a line of its own.
const INDENT: usize = 2;

/// A column of figures with its heading.
pub(crate) fn column(align: Align, heading: &str, cells: impl Iterator<Item = Cell>) -> Column {
    Column { align, cells: std::iter::once(Cell::new(heading)).chain(cells).collect() }
}

/// A figure as `written`, where it is known.
pub(crate) fn figure(value: Option<f64>, written: impl Fn(f64) -> String) -> Cell {
    Cell::new(value.map_or_else(|| UNKNOWN.to_owned(), written))
}

/// A column of times in milliseconds.
pub(crate) fn millis(heading: &str, seconds: impl Iterator<Item = Option<f64>>) -> Column {
    aligned(heading, seconds.collect(), Decimals::for_millis_column, Decimals::write_millis)
}

/// A column of percentages.
pub(crate) fn percents(heading: &str, shares: impl Iterator<Item = Option<f64>>) -> Column {
    aligned(heading, shares.collect(), Decimals::for_percent_column, Decimals::write_percent)
}

/// A column of counts that may be means.
pub(crate) fn counts(heading: &str, means: impl Iterator<Item = Option<f64>>) -> Column {
    aligned(heading, means.collect(), Decimals::for_count_column, Decimals::write)
}

/// A column of numbers with equally many decimals.
fn aligned(
    heading: &str,
    values: Vec<Option<f64>>,
    decimals: fn(&[f64]) -> Decimals,
    write: fn(Decimals, f64) -> String,
) -> Column {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let decimals = decimals(&known);
    let cells = values.into_iter().map(|value| figure(value, |value| write(decimals, value)));
    column(Align::Right, heading, cells)
}

/// Whether a column holds nothing but its heading.
pub(crate) fn is_unknown(column: &Column) -> bool {
    column.cells.iter().skip(1).all(|cell| *cell == Cell::new(UNKNOWN))
}

/// The figures to the right of the arms' labels, or below them where the labels are too long.
pub(crate) fn lines(
    title: &str,
    arms: &[&ArmAnalysis],
    figures: Vec<Column>,
    style: Style,
) -> Vec<String> {
    let labels: Vec<&Label> = arms.iter().map(|arm| &arm.label).collect();
    labelled(title, &labels, figures, style)
}

/// The same for these labels.
pub(crate) fn labelled(
    title: &str,
    labels: &[&Label],
    figures: Vec<Column>,
    style: Style,
) -> Vec<String> {
    let named = labels.iter().map(|label| Cell::new(label.0.clone()));
    let mut columns = vec![column(Align::Left, title, named)];
    columns.extend(figures.iter().cloned());
    if table::table_width(&columns) <= style.columns() {
        return table::lines(&columns, style);
    }
    if table::table_width(&figures) + INDENT > style.columns() {
        return listed(title, labels, &figures, style);
    }
    let mut lines = table::lines(&figures, style).into_iter();
    let indented = |line: String| format!("{:INDENT$}{line}", "");
    let mut below: Vec<String> =
        Some(title.to_owned()).filter(|title| !title.is_empty()).into_iter().collect();
    below.extend(lines.next().map(indented));
    for (label, line) in labels.iter().zip(lines) {
        below.extend(text::break_name(&label.0, style.columns()));
        below.push(indented(line));
    }
    below
}

/// Each label, and below it every figure behind its heading: for tables that do not fit.
fn listed(title: &str, labels: &[&Label], figures: &[Column], style: Style) -> Vec<String> {
    let mut lines: Vec<String> =
        Some(title.to_owned()).filter(|title| !title.is_empty()).into_iter().collect();
    let rows = table::entries(figures, style.columns() - INDENT).into_iter().skip(1);
    for (label, row) in labels.iter().zip(rows) {
        lines.extend(text::break_name(&label.0, style.columns()));
        lines.extend(row.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
    }
    lines
}
