//! Tables as CSV (RFC 4180), for pandas, R and spreadsheets.

use std::fmt::Write as _;

use model::time::Span;

use crate::printable::printable;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// One field of a row. What is not known is empty, never 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Nothing is known.
    Unknown,
    /// A whole number.
    Whole(u64),
    /// A time, written in seconds with all nanoseconds.
    Time(Span),
    /// A text.
    Text(String),
}

impl Field {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(super) fn whole(number: impl Into<u64>) -> Self {
        Self::Whole(number.into())
    }

    /// A count of things in memory.
    pub(super) fn count(count: usize) -> Self {
        Self::Whole(count as u64)
    }

    fn write_to(&self, line: &mut String) {
        match self {
            Self::Unknown => {}
            Self::Whole(number) => {
                let _ = write!(line, "{number}");
            }
            Self::Time(span) => {
                let nanos = span.as_nanos();
                let (whole, rest) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
                let _ = write!(line, "{whole}.{rest:09}");
            }
            Self::Text(text) => line.push_str(&quoted(text)),
        }
    }
}

impl From<Option<Self>> for Field {
    fn from(field: Option<Self>) -> Self {
        field.unwrap_or(Self::Unknown)
    }
}

impl From<Option<Span>> for Field {
    fn from(span: Option<Span>) -> Self {
        span.map(Self::Time).into()
    }
}

impl From<Option<u64>> for Field {
    fn from(number: Option<u64>) -> Self {
        number.map(Self::Whole).into()
    }
}

/// A text as a field. A spreadsheet would run a text that begins like a formula, and a server may have sent
/// it, so an apostrophe comes before it.
fn quoted(text: &str) -> String {
    let clean = printable(text);
    let guard = if clean.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if guard.is_empty() && !clean.contains(['"', ',', ';', '\'']) {
        return clean;
    }
    format!("\"{guard}{}\"", clean.replace('"', "\"\""))
}

/// A column: its heading, and the field of each row.
pub(super) struct Column<R> {
    /// Its heading, with the unit.
    pub(super) name: String,
    /// The field of a row.
    pub(super) field: Box<dyn Fn(&R) -> Field>,
}

impl<R> Column<R> {
    pub(super) fn new(name: impl Into<String>, field: impl Fn(&R) -> Field + 'static) -> Self {
        Self { name: name.into(), field: Box::new(field) }
    }
}

/// The heading and a line for each row.
pub(super) fn csv<R>(columns: &[Column<R>], rows: impl IntoIterator<Item = R>) -> String {
    let headings: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let mut text = headings.join(",");
    text.push('\n');
    for row in rows {
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            (column.field)(&row).write_to(&mut text);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_written_whole_and_can_be_no_formula() {
        let columns = [
            Column::new("time_seconds", |row: &(u64, &str)| Field::Time(Span::from_nanos(row.0))),
            Column::new("text", |row: &(u64, &str)| Field::text(row.1)),
            Column::new("nothing", |_: &(u64, &str)| Field::Unknown),
        ];
        let rows = [(1, "plain"), (2_000_000_003, "a,\"b\"\r\nc"), (0, "=1+1"), (0, "@\x1b[2J")];
        let expected = "time_seconds,text,nothing\n\
                        0.000000001,plain,\n\
                        2.000000003,\"a,\"\"b\"\"  c\",\n\
                        0.000000000,\"'=1+1\",\n\
                        0.000000000,\"'@ [2J\",\n";
        assert_eq!(csv(&columns, rows), expected);
    }
}
