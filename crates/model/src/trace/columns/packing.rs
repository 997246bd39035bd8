//! The columns of numbers as a packed table.

use crate::list::ClosedList;
use crate::packed::{BadTable, ColumnReader, ColumnWriter, Table};
use crate::sampling::Stretch;
use crate::time::Span;
use crate::trace::{ColumnName, Columns, TraceColumn};

/// How many requests the columns of a piece have.
const PIECE: usize = 8192;

/// The columns of some requests that follow each other.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The first of the requests.
    pub first: usize,
    /// Their columns.
    pub columns: &'a Columns,
}

/// A table of columns that is being read.
struct Unpacking {
    reader: ColumnReader,
    /// The place of each known column in the table.
    known: Vec<(usize, ColumnName)>,
}

impl Unpacking {
    fn new(table: &Table) -> Result<Self, BadTable> {
        let columns = table.columns.iter().enumerate();
        let known = columns
            .filter_map(|(place, column)| Some((place, ColumnName::find(&column.name)?)))
            .collect();
        Ok(Self { reader: ColumnReader::new(table)?, known })
    }

    fn next_rows(&mut self, rows: usize) -> Result<Columns, BadTable> {
        let mut columns = Columns::default();
        for _ in 0..rows {
            let cells = self.reader.next_row();
            for &(place, column) in &self.known {
                columns.push(column, cells[place])?;
            }
        }
        Ok(columns)
    }
}

impl Columns {
    /// The columns that hold numbers, packed. All must have as many entries as the first.
    pub(super) fn pack(&self) -> Table {
        let columns: Vec<ColumnName> = self.numbered().collect();
        let mut writer = ColumnWriter::default();
        let mut cells = Vec::new();
        for request in 0..self.requests().unwrap_or_default() {
            cells.clear();
            cells.extend(columns.iter().map(|&column| self.number(column, request)));
            writer.push(&cells);
        }
        let names: Vec<String> = columns.iter().map(|column| column.name().to_owned()).collect();
        writer.finish(&names)
    }

    fn number(&self, column: ColumnName, request: usize) -> Option<u64> {
        match column {
            ColumnName::Milestone(milestone) => self.at(milestone, request).map(Span::as_nanos),
            ColumnName::Connection => *self.connection.as_ref()?.get(request)?,
            ColumnName::Worker => *self.worker.as_ref()?.get(request)?,
            ColumnName::Status => self.status.as_ref()?.get(request)?.map(u64::from),
            ColumnName::Bytes => *self.bytes.as_ref()?.get(request)?,
            ColumnName::Error => None,
        }
    }

    /// The columns of a packed table. Columns that this program does not know are left out.
    pub(super) fn unpack(table: &Table) -> Result<Self, BadTable> {
        Unpacking::new(table)?.next_rows(table.rows)
    }

    /// The columns of some requests.
    ///
    /// # Errors
    /// If packed columns are damaged.
    pub fn cut(&self, stretch: Stretch) -> Result<Self, BadTable> {
        let mut part = Self::default();
        self.pieces(|Piece { first, columns }| {
            let filled: Vec<ColumnName> = columns.numbered().collect();
            for place in 0..columns.requests().unwrap_or_default() {
                if stretch.place_of(first + place).is_some() {
                    for &column in &filled {
                        part.push(column, columns.number(column, place))?;
                    }
                }
            }
            Ok::<(), BadTable>(())
        })?;
        part.error = self.error.as_ref().map(|errors| {
            let own = errors.iter().skip(stretch.first as usize);
            own.take(stretch.requests as usize).cloned().collect()
        });
        Ok(part)
    }

    /// The columns of numbers that have entries.
    fn numbered(&self) -> impl Iterator<Item = ColumnName> {
        let is_numbered =
            |column: &ColumnName| *column != ColumnName::Error && self.entries(*column).is_some();
        ColumnName::ALL.into_iter().filter(is_numbered)
    }

    /// Visits the columns: in pieces of some thousand requests where they are packed, else as they are.
    /// Failures are not in a piece of packed columns.
    ///
    /// # Errors
    /// If the table is damaged, or an error of `visit`.
    pub fn pieces<E: From<BadTable>>(
        &self,
        mut visit: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(table) = &self.packed else { return visit(Piece { first: 0, columns: self }) };
        let mut unpacking = Unpacking::new(table)?;
        for first in (0..table.rows).step_by(PIECE) {
            let columns = unpacking.next_rows(PIECE.min(table.rows - first))?;
            visit(Piece { first, columns: &columns })?;
        }
        Ok(())
    }

    /// Adds an entry at the end of a column of numbers.
    fn push(&mut self, column: ColumnName, entry: Option<u64>) -> Result<(), BadTable> {
        match column {
            ColumnName::Milestone(milestone) => {
                push(&mut self.milestones[milestone], entry.map(Span::from_nanos));
            }
            ColumnName::Connection => push(&mut self.connection, entry),
            ColumnName::Worker => push(&mut self.worker, entry),
            ColumnName::Bytes => push(&mut self.bytes, entry),
            ColumnName::Status => {
                let status = entry.map(u16::try_from).transpose();
                let too_large = |_| BadTable::column(column.name(), "a status is below 65536");
                push(&mut self.status, status.map_err(too_large)?);
            }
            ColumnName::Error => {
                return Err(BadTable::column(column.name(), "a failure is no number"));
            }
        }
        Ok(())
    }
}

fn push<T>(column: &mut Option<TraceColumn<T>>, entry: Option<T>) {
    column.get_or_insert_default().push(entry);
}
