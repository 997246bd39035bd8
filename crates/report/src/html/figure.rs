//! What every picture has: a title, a note, its rows, and its table.

use maud::{Markup, html};

use super::svg::Pixels;
use crate::table::{Align, Cell, Column};

/// A picture with what belongs to it.
pub(crate) struct Figure {
    /// What can be linked to; none for a picture to which nothing links.
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    /// How to read it.
    pub(crate) notes: Vec<String>,
    pub(crate) picture: Markup,
    /// Its figures as tables.
    pub(crate) tables: Markup,
}

impl Figure {
    pub(crate) fn render(&self) -> Markup {
        html! {
            figure id=[self.id.as_ref()] {
                figcaption {
                    h3 { (self.title) }
                    @for note in &self.notes { p.note { (note) } }
                }
                (self.picture)
                @if !self.tables.0.is_empty() { (details("Table", &self.tables)) }
            }
        }
    }
}

/// What is shown on request.
pub(crate) fn details(summary: &str, content: &Markup) -> Markup {
    html! {
        details { summary { (summary) } (content) }
    }
}

/// A row of a picture: a name and a figure as text, and a strip beside or below them.
pub(crate) struct PictureRow {
    pub(crate) id: Option<String>,
    pub(crate) name: Markup,
    /// Each on a line of its own.
    pub(crate) values: Vec<String>,
    pub(crate) strip: Markup,
}

impl PictureRow {
    pub(crate) fn render(&self) -> Markup {
        html! {
            div.row id=[self.id.as_ref()] {
                div.name { (self.name) }
                div.value { @for value in &self.values { span { (value) } " " } }
                (self.strip)
            }
        }
    }
}

/// The axis below the rows of a picture.
pub(crate) fn axis_row(axis: &Markup) -> Markup {
    html! { div.row.foot { (axis) } }
}

/// The drawing of a row, with what it says to those who cannot see it.
pub(crate) fn strip(alternative: &str, height: Pixels, content: &Markup) -> Markup {
    html! {
        svg.strip width="100%" height=(height) role="img" focusable="false" {
            title { (alternative) }
            (content)
        }
    }
}

/// A table whose first column names its rows, in a box that scrolls by itself.
pub(crate) fn table(caption: &str, columns: &[Column]) -> Markup {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    html! {
        div.scroll role="group" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead {
                    tr {
                        @for column in columns {
                            th scope="col" class=[class(column)] { (text(column.cells.first())) }
                        }
                    }
                }
                tbody {
                    @for row in 1..rows { (table_row(columns, row)) }
                }
            }
        }
    }
}

fn table_row(columns: &[Column], row: usize) -> Markup {
    html! {
        tr {
            @for (place, column) in columns.iter().enumerate() {
                @if place == 0 {
                    th scope="row" class=[class(column)] { (text(column.cells.get(row))) }
                } @else {
                    td class=[class(column)] { (text(column.cells.get(row))) }
                }
            }
        }
    }
}

fn text(cell: Option<&Cell>) -> &str {
    cell.map_or("", Cell::text)
}

const fn class(column: &Column) -> Option<&'static str> {
    match column.align {
        Align::Left => None,
        Align::Right => Some("figure"),
    }
}

/// A column of texts.
pub(crate) fn texts(heading: &str, texts: impl Iterator<Item = String>) -> Column {
    crate::beside::column(Align::Left, heading, texts.map(Cell::new))
}

/// A column of figures that are written already.
pub(crate) fn figures(heading: &str, figures: impl Iterator<Item = String>) -> Column {
    crate::beside::column(Align::Right, heading, figures.map(Cell::new))
}
