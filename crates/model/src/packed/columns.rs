//! Columns of whole numbers, written and read row by row.
//!
//! A number is written as the difference to what predicts it best in the first rows: the number before it
//! in its column, or one of the same row. The time of an answer is near that of its request.

use super::integers::{IntegerPacker, IntegerUnpacker, zigzag};
use super::table::{PackedColumn, Table};
use super::{BadTable, MOST_ROWS};

/// How many rows decide what predicts a column.
const FIRST_ROWS: usize = 512;

/// A row: the cell of each column, in their order. Cells that are missing at its end hold nothing.
type Cells = [Option<u64>];

/// Writes the columns of a table.
#[derive(Debug, Default)]
pub struct ColumnWriter {
    rows: usize,
    columns: Vec<Packing>,
    /// The first rows, until they decide what predicts each column.
    first: Vec<Vec<Option<u64>>>,
    is_decided: bool,
}

/// A column that is being packed.
#[derive(Debug, Default)]
struct Packing {
    /// The column that predicts it, where it is not its own last number.
    since: Option<usize>,
    last: u64,
    packer: IntegerPacker,
}

impl Packing {
    fn push(&mut self, column: usize, cells: &Cells) {
        let value = cell(cells, column);
        let predicted = self.since.and_then(|since| cell(cells, since)).unwrap_or(self.last);
        self.packer.push(value.map(|value| value.wrapping_sub(predicted)));
        self.last = value.unwrap_or(self.last);
    }
}

fn cell(cells: &Cells, column: usize) -> Option<u64> {
    cells.get(column).copied().flatten()
}

impl ColumnWriter {
    /// Adds a row.
    pub fn push(&mut self, cells: &Cells) {
        if self.is_decided {
            self.pack(cells);
            return;
        }
        self.first.push(cells.to_vec());
        if self.first.len() == FIRST_ROWS {
            self.decide();
        }
    }

    /// Packs the first rows.
    fn decide(&mut self) {
        let first = std::mem::take(&mut self.first);
        let columns = first.iter().map(Vec::len).max().unwrap_or_default();
        self.columns = (0..columns)
            .map(|column| Packing { since: best_predictor(column, &first), ..Packing::default() })
            .collect();
        self.is_decided = true;
        first.iter().for_each(|cells| self.pack(cells));
    }

    fn pack(&mut self, cells: &Cells) {
        while self.columns.len() < cells.len() {
            let mut late = Packing::default();
            (0..self.rows).for_each(|_| late.packer.push(None));
            self.columns.push(late);
        }
        for (column, packing) in self.columns.iter_mut().enumerate() {
            packing.push(column, cells);
        }
        self.rows += 1;
    }

    /// The table, with a name for each column.
    pub fn finish(mut self, names: &[String]) -> Table {
        if !self.is_decided {
            self.decide();
        }
        let columns = names.iter().zip(self.columns).map(|(name, packing)| PackedColumn {
            name: name.clone(),
            since: packing.since.and_then(|since| names.get(since)).cloned(),
            packed: packing.packer.finish(),
        });
        Table { rows: self.rows, columns: columns.collect(), texts: Vec::new() }
    }
}

/// The earlier column to whose numbers those of a column have the smallest differences; nothing where the
/// column's own last number is nearer.
fn best_predictor(column: usize, first: &[Vec<Option<u64>>]) -> Option<usize> {
    let candidates = std::iter::once(None).chain((0..column).map(Some));
    candidates.min_by_key(|&since| bits(column, since, first)).flatten()
}

/// How many bits the differences of a column take.
fn bits(column: usize, since: Option<usize>, first: &[Vec<Option<u64>>]) -> u64 {
    let mut last = 0;
    let mut bits = 0;
    for cells in first {
        let Some(value) = cell(cells, column) else { continue };
        let predicted = since.and_then(|since| cell(cells, since)).unwrap_or(last);
        bits += u64::from(u64::BITS - zigzag(value.wrapping_sub(predicted)).leading_zeros());
        last = value;
    }
    bits
}

/// Reads the columns of a table.
#[derive(Debug)]
pub struct ColumnReader {
    columns: Vec<Unpacking>,
    cells: Vec<Option<u64>>,
}

/// A column that is being unpacked.
#[derive(Debug)]
struct Unpacking {
    since: Option<usize>,
    last: u64,
    unpacker: IntegerUnpacker,
}

impl ColumnReader {
    /// Reads a table from its first row on.
    ///
    /// # Errors
    /// Names the column that is damaged.
    pub fn new(table: &Table) -> Result<Self, BadTable> {
        if table.rows > MOST_ROWS {
            return Err(BadTable::TooLong(table.rows));
        }
        let unpack = |(place, column): (usize, &PackedColumn)| {
            let bad = |reason| BadTable::column(&column.name, reason);
            let unpacker = IntegerUnpacker::new(&column.packed, table.rows).map_err(bad)?;
            let since = column.since.as_ref().map(|since| {
                let before = table.columns.iter().take(place);
                before
                    .map(|earlier| &earlier.name)
                    .position(|name| name == since)
                    .ok_or_else(|| bad("it has no column of its `since` before it"))
            });
            Ok(Unpacking { since: since.transpose()?, last: 0, unpacker })
        };
        let columns: Vec<Unpacking> =
            table.columns.iter().enumerate().map(unpack).collect::<Result<_, _>>()?;
        Ok(Self { cells: vec![None; columns.len()], columns })
    }

    /// The next row: the cell of each column.
    pub fn next_row(&mut self) -> &[Option<u64>] {
        for (column, unpacking) in self.columns.iter_mut().enumerate() {
            let predicted = unpacking.since.and_then(|since| self.cells[since]);
            let predicted = predicted.unwrap_or(unpacking.last);
            let difference = unpacking.unpacker.next_difference();
            self.cells[column] = difference.map(|difference| predicted.wrapping_add(difference));
            unpacking.last = self.cells[column].unwrap_or(unpacking.last);
        }
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(columns: usize) -> Vec<String> {
        (0..columns).map(|column| column.to_string()).collect()
    }

    proptest! {
        #[test]
        fn reads_back_what_was_written(
            rows in proptest::collection::vec(
                proptest::collection::vec(proptest::option::of(any::<u64>()), 3), 0..30),
            repeated in 1_usize..60,
        ) {
            let rows: Vec<Vec<Option<u64>>> =
                std::iter::repeat_n(rows, repeated).flatten().collect();
            let mut writer = ColumnWriter::default();
            rows.iter().for_each(|cells| writer.push(cells));
            let mut reader = ColumnReader::new(&writer.finish(&names(3))).expect("is whole");
            for cells in &rows {
                prop_assert_eq!(reader.next_row(), cells);
            }
        }
    }

    #[test]
    fn a_time_is_written_as_the_difference_to_the_nearest_one_of_its_row() {
        let mut writer = ColumnWriter::default();
        // The requests are not in the order of time, but each is answered 5 after it is sent.
        for row in 0..2000_u64 {
            let sent = row * 7919 % 100_003 * 1000;
            writer.push(&[Some(row), Some(sent), Some(sent + 5)]);
        }
        let table = writer.finish(&names(3));
        let since: Vec<Option<&str>> =
            table.columns.iter().map(|column| column.since.as_deref()).collect();
        assert_eq!(since, [None, None, Some("1")]);
        let lengths: Vec<usize> = table.columns.iter().map(|column| column.packed.len()).collect();
        assert!(lengths[0] < 60 && lengths[2] < 60, "{lengths:?}");
    }

    #[test]
    fn a_column_may_begin_after_the_first_rows() {
        let mut writer = ColumnWriter::default();
        let last = FIRST_ROWS as u64 + 3;
        (0..last).for_each(|row| writer.push(&[Some(row)]));
        writer.push(&[Some(last), Some(7)]);
        let table = writer.finish(&names(2));
        let mut reader = ColumnReader::new(&table).expect("is whole");
        (0..last).for_each(|row| assert_eq!(reader.next_row(), [Some(row), None]));
        assert_eq!(reader.next_row(), [Some(last), Some(7)]);
    }

    #[test]
    fn refuses_a_table_that_is_damaged() {
        let mut writer = ColumnWriter::default();
        writer.push(&[Some(1), Some(2)]);
        let table = writer.finish(&names(2));
        let refusal = |table: &Table| ColumnReader::new(table).expect_err("is refused").to_string();
        let mut later = table.clone();
        later.columns[0].since = Some("1".to_owned());
        assert!(refusal(&later).starts_with("the packed column 0 is damaged"));
        let longer = Table { rows: 2, ..table.clone() };
        assert!(refusal(&longer).contains("does not fit"));
        let huge = Table { rows: usize::MAX, ..table };
        assert!(refusal(&huge).contains("too long"));
    }
}
