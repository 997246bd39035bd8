//! Columns of cells, aligned.

use crate::printable::printable;
use crate::style::{Ink, Style};
use crate::text::{self, width};

/// The gap between two columns.
pub(crate) const GAP: &str = "  ";

/// The indent of the entries below a name.
const INDENT: usize = 2;

/// The alignment of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// One entry of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    ink: Ink,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::inked(text, Ink::Plain)
    }

    pub(crate) fn inked(text: impl Into<String>, ink: Ink) -> Self {
        Self { text: printable(&text.into()), ink }
    }

    /// What it says, without its colour.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// A column, headings included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) align: Align,
    pub(crate) cells: Vec<Cell>,
}

impl Column {
    pub(crate) fn width(&self) -> usize {
        self.cells.iter().map(|cell| width(&cell.text)).max().unwrap_or(0)
    }
}

/// How wide a table of these columns is.
pub(crate) fn table_width(columns: &[Column]) -> usize {
    let gaps = GAP.len() * columns.len().saturating_sub(1);
    columns.iter().map(Column::width).sum::<usize>() + gaps
}

/// The table's lines; every column must have as many cells as the first.
pub(crate) fn lines(columns: &[Column], style: Style) -> Vec<String> {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    (0..rows)
        .map(|row| {
            let cells: Vec<String> = columns
                .iter()
                .filter_map(|column| Some(padded(column.cells.get(row)?, column, style)))
                .collect();
            cells.join(GAP).trim_end().to_owned()
        })
        .collect()
}

/// The rows of a table that is too wide: each figure behind its heading, on as many lines as it takes.
/// The first row, that of the headings, is empty.
pub(crate) fn entries(columns: &[Column], room: usize) -> Vec<Vec<String>> {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let entry = |column: &Column, row: usize| {
        let cell = column.cells.get(row).filter(|cell| !cell.is_empty())?;
        Some(format!("{} {}", column.cells.first()?.text(), cell.text()))
    };
    let row = |row: usize| {
        let entries: Vec<String> = columns.iter().filter_map(|column| entry(column, row)).collect();
        text::list(&entries, " · ", room)
    };
    (0..rows).map(|place| if place == 0 { Vec::new() } else { row(place) }).collect()
}

/// A table with names on the left, or an entry for each name where that is too wide.
pub(crate) fn arranged(names: &Column, figures: &[Column], style: Style) -> Vec<String> {
    let mut columns = vec![names.clone()];
    columns.extend(figures.iter().cloned());
    if table_width(&columns) <= style.columns() {
        return lines(&columns, style);
    }
    let entries = entries(figures, style.columns() - INDENT);
    let row = |(name, entries): (&Cell, Vec<String>)| {
        let entries = entries.into_iter().map(|line| format!("{:INDENT$}{line}", ""));
        text::wrap(name.text(), style.columns(), 0).into_iter().chain(entries).collect::<Vec<_>>()
    };
    names.cells.iter().zip(entries).skip(1).flat_map(row).collect()
}

fn padded(cell: &Cell, column: &Column, style: Style) -> String {
    let padding = " ".repeat(column.width() - width(&cell.text));
    let text = style.paint(&cell.text, cell.ink);
    match column.align {
        Align::Left => format!("{text}{padding}"),
        Align::Right => format!("{padding}{text}"),
    }
}
