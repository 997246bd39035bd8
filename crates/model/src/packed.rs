//! Packed rows: the compact form of long lists of rows in recordings and in the protocols.
//!
//! A list of at least [`LEAST_PACKED`] rows is written as a [`Table`]: a compressed text for each column
//! instead of an object for each row. Nothing is rounded or left out. `docs/recording.md` describes the form.

mod columns;
mod integers;
mod row_list;
mod row_reader;
mod row_writer;
pub mod rows;
mod table;
mod texts;

pub use columns::{ColumnReader, ColumnWriter};
pub use row_list::RowList;
pub(crate) use row_reader::for_each_row;
pub use row_reader::read_rows;
pub use row_writer::write_rows;
pub use table::{PackedColumn, Table, TextColumn};
pub(crate) use texts::{Forms, SplitText, join};

/// Lists with fewer rows are written row by row, which people and other tools read more easily.
pub const LEAST_PACKED: usize = 1000;

/// Tables with more rows stay packed until somebody asks for the rows, which take a hundred times as much memory.
pub const MOST_UNPACKED: usize = 100_000;

/// The most rows of a table that is read: more than any batch has, so that a damaged or hostile file cannot
/// ask for more memory than a large recording.
const MOST_ROWS: usize = 1 << 24;

/// Why a table cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// It has more rows than are ever read.
    #[error("a packed table of {0} rows is too long: at most {MOST_ROWS} are read")]
    TooLong(usize),
    /// A column is not what its form demands.
    #[error("the packed column {column} is damaged: {reason}")]
    Column {
        /// The name of the column.
        column: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A row does not fit its type, or a type has no cells.
    #[error("{0}")]
    Row(String),
}

impl BadTable {
    pub(crate) fn column(column: &str, reason: &'static str) -> Self {
        Self::Column { column: column.to_owned(), reason }
    }
}

impl serde::de::Error for BadTable {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Row(message.to_string())
    }
}

impl serde::ser::Error for BadTable {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Row(message.to_string())
    }
}
