//! Tables with a line for each arm: its label, and its figures beside it.

use explain::ArmAnalysis;
use model::arm::Label;

use crate::style::Style;
use crate::table::{self, Align, Cell, Column};
use crate::text;

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
