//! Writes rows of a type as a table, with a column for each field that is a number or a text.

use serde::ser::{Error, Impossible, Serialize, SerializeStruct, Serializer};

use super::BadTable;
use super::columns::ColumnWriter;
use super::table::{Table, TextColumn};
use super::texts::{Forms, SplitText};

/// The table of some rows.
///
/// # Errors
/// If the rows are no structures of whole numbers, texts, truth values, unit variants and such structures.
pub fn write_rows(rows: impl IntoIterator<Item: Serialize>) -> Result<Table, BadTable> {
    let mut writer = RowWriter::default();
    for row in rows {
        row.serialize(CellWriter { writer: &mut writer, place: None })?;
        writer.end_row();
    }
    Ok(writer.finish())
}

/// The place of a field among those that were seen.
type Place = usize;

/// A field of the rows: of the row itself or of a structure in it.
#[derive(Debug)]
struct Field {
    parent: Option<Place>,
    key: &'static str,
    column: FieldColumn,
}

/// The column of a field; none before it has held anything.
#[derive(Debug)]
enum FieldColumn {
    None,
    Number(usize),
    Text { form: usize, number: usize, forms: Forms },
}

/// A table while its rows are written.
#[derive(Debug, Default)]
struct RowWriter {
    fields: Vec<Field>,
    /// The field after the one that was last found: the next one to be looked for in most rows.
    next: Place,
    names: Vec<String>,
    cells: Vec<Option<u64>>,
    columns: ColumnWriter,
}

impl RowWriter {
    fn field(&mut self, parent: Option<Place>, key: &'static str) -> Place {
        let is_it = |field: &Field| field.parent == parent && field.key == key;
        let found = if self.fields.get(self.next).is_some_and(is_it) {
            Some(self.next)
        } else {
            self.fields.iter().position(is_it)
        };
        let place = found.unwrap_or_else(|| {
            self.fields.push(Field { parent, key, column: FieldColumn::None });
            self.fields.len() - 1
        });
        self.next = place + 1;
        place
    }

    fn name(&self, place: Place) -> String {
        let field = &self.fields[place];
        match field.parent {
            Some(parent) => format!("{}.{}", self.name(parent), field.key),
            None => field.key.to_owned(),
        }
    }

    fn add_column(&mut self, name: String) -> usize {
        self.names.push(name);
        self.cells.push(None);
        self.cells.len() - 1
    }

    fn write_number(&mut self, place: Option<Place>, value: u64) -> Result<(), BadTable> {
        let place = place.ok_or_else(no_cells)?;
        if matches!(self.fields[place].column, FieldColumn::None) {
            self.fields[place].column = FieldColumn::Number(self.add_column(self.name(place)));
        }
        let FieldColumn::Number(column) = self.fields[place].column else {
            return Err(self.mixed(place));
        };
        self.cells[column] = Some(value);
        Ok(())
    }

    fn write_text(&mut self, place: Option<Place>, text: &str) -> Result<(), BadTable> {
        let place = place.ok_or_else(no_cells)?;
        if matches!(self.fields[place].column, FieldColumn::None) {
            let name = self.name(place);
            let form = self.add_column(format!("{name}.form"));
            let number = self.add_column(format!("{name}.number"));
            self.fields[place].column = FieldColumn::Text { form, number, forms: Forms::default() };
        }
        let FieldColumn::Text { form, number, forms } = &mut self.fields[place].column else {
            return Err(self.mixed(place));
        };
        let SplitText { form: its_form, number: its_number } = forms.split(text);
        self.cells[*form] = Some(its_form);
        self.cells[*number] = its_number;
        Ok(())
    }

    fn mixed(&self, place: Place) -> BadTable {
        BadTable::column(&self.name(place), "it has both numbers and texts")
    }

    fn end_row(&mut self) {
        self.columns.push(&self.cells);
        self.cells.fill(None);
        self.next = 0;
    }

    fn finish(self) -> Table {
        let texts = (0..self.fields.len())
            .filter(|&place| matches!(self.fields[place].column, FieldColumn::Text { .. }))
            .map(|place| self.name(place))
            .collect::<Vec<_>>();
        let forms = self.fields.into_iter().filter_map(|field| match field.column {
            FieldColumn::Text { forms, .. } => Some(forms.into_all()),
            FieldColumn::None | FieldColumn::Number(_) => None,
        });
        let texts = texts.into_iter().zip(forms).map(|(name, forms)| TextColumn { name, forms });
        let texts = texts.collect();
        Table { texts, ..self.columns.finish(&self.names) }
    }
}

fn no_cells() -> BadTable {
    BadTable::custom("a row of a table must be a structure")
}

fn unsupported(what: &str) -> BadTable {
    BadTable::custom(format!("a cell of a table cannot hold {what}"))
}

/// Writes a value into the cell of a field, or a structure into the cells of its fields.
struct CellWriter<'w> {
    writer: &'w mut RowWriter,
    /// The field; none for the row itself.
    place: Option<Place>,
}

/// Writes the fields of a structure.
struct FieldsWriter<'w> {
    writer: &'w mut RowWriter,
    parent: Option<Place>,
}

impl SerializeStruct for FieldsWriter<'_> {
    type Ok = ();
    type Error = BadTable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), BadTable> {
        let place = self.writer.field(self.parent, key);
        value.serialize(CellWriter { writer: self.writer, place: Some(place) })
    }

    fn end(self) -> Result<(), BadTable> {
        Ok(())
    }
}

type No = Impossible<(), BadTable>;

impl<'w> Serializer for CellWriter<'w> {
    type Ok = ();
    type Error = BadTable;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = FieldsWriter<'w>;
    type SerializeStructVariant = No;

    fn serialize_u64(self, value: u64) -> Result<(), BadTable> {
        self.writer.write_number(self.place, value)
    }

    fn serialize_u32(self, value: u32) -> Result<(), BadTable> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), BadTable> {
        self.serialize_u64(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<(), BadTable> {
        self.serialize_u64(value.into())
    }

    fn serialize_bool(self, value: bool) -> Result<(), BadTable> {
        self.serialize_u64(value.into())
    }

    fn serialize_str(self, text: &str) -> Result<(), BadTable> {
        self.writer.write_text(self.place, text)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), BadTable> {
        self.serialize_str(variant)
    }

    fn serialize_none(self) -> Result<(), BadTable> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), BadTable> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), BadTable> {
        value.serialize(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<FieldsWriter<'w>, BadTable> {
        Ok(FieldsWriter { writer: self.writer, parent: self.place })
    }

    fn serialize_i8(self, _: i8) -> Result<(), BadTable> {
        Err(unsupported("a signed number"))
    }

    fn serialize_i16(self, _: i16) -> Result<(), BadTable> {
        Err(unsupported("a signed number"))
    }

    fn serialize_i32(self, _: i32) -> Result<(), BadTable> {
        Err(unsupported("a signed number"))
    }

    fn serialize_i64(self, _: i64) -> Result<(), BadTable> {
        Err(unsupported("a signed number"))
    }

    fn serialize_f32(self, _: f32) -> Result<(), BadTable> {
        Err(unsupported("a fraction"))
    }

    fn serialize_f64(self, _: f64) -> Result<(), BadTable> {
        Err(unsupported("a fraction"))
    }

    fn serialize_char(self, _: char) -> Result<(), BadTable> {
        Err(unsupported("a letter"))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), BadTable> {
        Err(unsupported("bytes"))
    }

    fn serialize_unit(self) -> Result<(), BadTable> {
        Err(unsupported("a unit"))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), BadTable> {
        Err(unsupported("a unit"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), BadTable> {
        Err(unsupported("a variant with a value"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<No, BadTable> {
        Err(unsupported("a list"))
    }

    fn serialize_tuple(self, _: usize) -> Result<No, BadTable> {
        Err(unsupported("a tuple"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<No, BadTable> {
        Err(unsupported("a tuple"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<No, BadTable> {
        Err(unsupported("a variant with a value"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<No, BadTable> {
        Err(unsupported("a map"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<No, BadTable> {
        Err(unsupported("a variant with a value"))
    }
}
