//! Reads rows of a type from a table.

use std::collections::HashMap;

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::BadTable;
use super::columns::ColumnReader;
use super::table::Table;
use super::texts::{SplitText, join};

/// How many dots the name of a column may have: structures are nested far less.
const MOST_DOTS: usize = 8;

/// The rows of a table.
///
/// # Errors
/// If a column is damaged, or a row does not fit its type.
pub fn read_rows<T: DeserializeOwned>(table: &Table) -> Result<Vec<T>, BadTable> {
    let mut rows = Vec::new();
    for_each_row(table, |row| rows.push(row))?;
    Ok(rows)
}

/// Visits the rows of a table one by one.
///
/// # Errors
/// As [`read_rows`].
pub(crate) fn for_each_row<T: DeserializeOwned>(
    table: &Table,
    mut visit: impl FnMut(T),
) -> Result<(), BadTable> {
    let is_deep = |name: &&str| name.matches('.').count() > MOST_DOTS;
    if let Some(name) = table.columns.iter().map(|column| column.name.as_str()).find(is_deep) {
        return Err(BadTable::column(name, "its name has too many parts"));
    }
    let fields = Fields::of_table(table);
    let mut columns = ColumnReader::new(table)?;
    for _ in 0..table.rows {
        let cells = columns.next_row();
        visit(T::deserialize(FieldReader { field: &fields, cells })?);
    }
    Ok(())
}

/// A field of the rows, and where its value is.
#[derive(Debug)]
enum Field<'t> {
    Number(usize),
    Text {
        form: usize,
        /// None where no text of the column has a number.
        number: Option<usize>,
        forms: &'t [(String, String)],
    },
    Structure(Vec<(&'t str, Field<'t>)>),
}

/// Finds the fields of a table.
struct Fields<'t> {
    texts: HashMap<&'t str, &'t [(String, String)]>,
}

impl<'t> Fields<'t> {
    fn of_table(table: &'t Table) -> Field<'t> {
        let texts = table.texts.iter();
        let texts = texts.map(|text| (text.name.as_str(), text.forms.as_slice())).collect();
        let columns: Vec<(&str, usize)> = table
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| (column.name.as_str(), place))
            .collect();
        Self { texts }.field(0, &columns)
    }

    /// The field whose columns have names with `prefix` more bytes before their own.
    fn field(&self, prefix: usize, columns: &[(&'t str, usize)]) -> Field<'t> {
        let mut grouped: Vec<(&str, Vec<(&'t str, usize)>)> = Vec::new();
        for &(name, place) in columns {
            let own = &name[prefix..];
            let key = own.split_once('.').map_or(own, |(key, _)| key);
            match grouped.iter_mut().find(|(of_group, _)| *of_group == key) {
                Some((_, group)) => group.push((name, place)),
                None => grouped.push((key, vec![(name, place)])),
            }
        }
        let member = |(key, group): (&'t str, Vec<(&'t str, usize)>)| {
            (key, self.member(prefix + key.len(), &group))
        };
        Field::Structure(grouped.into_iter().map(member).collect())
    }

    /// The field of columns whose names begin with the same `end` bytes.
    fn member(&self, end: usize, group: &[(&'t str, usize)]) -> Field<'t> {
        let place = |suffix: &str| {
            group.iter().find(|(name, _)| &name[end..] == suffix).map(|&(_, place)| place)
        };
        if let Some(place) = place("") {
            return Field::Number(place);
        }
        let forms = group.first().and_then(|(name, _)| self.texts.get(&name[..end]));
        match (forms, place(".form")) {
            (Some(forms), Some(form)) => Field::Text { form, number: place(".number"), forms },
            _ => self.field(end + 1, group),
        }
    }
}

impl Field<'_> {
    /// Whether the field holds anything in a row.
    fn is_present(&self, cells: &[Option<u64>]) -> bool {
        match self {
            Self::Number(column) | Self::Text { form: column, .. } => cells[*column].is_some(),
            Self::Structure(fields) => fields.iter().any(|(_, field)| field.is_present(cells)),
        }
    }
}

/// Reads a field of one row.
#[derive(Clone, Copy)]
struct FieldReader<'r> {
    field: &'r Field<'r>,
    cells: &'r [Option<u64>],
}

impl FieldReader<'_> {
    fn number(self) -> Result<u64, BadTable> {
        match self.field {
            Field::Number(column) => self.cells[*column],
            Field::Text { .. } | Field::Structure(_) => None,
        }
        .ok_or_else(|| BadTable::custom("a number is missing"))
    }

    fn text(self) -> Result<String, BadTable> {
        let Field::Text { form, number, forms } = self.field else {
            return Err(BadTable::custom("a text is missing"));
        };
        let number = number.and_then(|column| self.cells[column]);
        let text = self.cells[*form].and_then(|form| join(forms, SplitText { form, number }));
        text.ok_or_else(|| BadTable::custom("a text has an unknown form"))
    }
}

impl<'de> Deserializer<'de> for FieldReader<'_> {
    type Error = BadTable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadTable> {
        match self.field {
            Field::Number(_) => visitor.visit_u64(self.number()?),
            Field::Text { .. } => visitor.visit_string(self.text()?),
            Field::Structure(fields) => {
                visitor.visit_map(RowMap { fields, cells: self.cells, value: None })
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadTable> {
        visitor.visit_bool(self.number()? != 0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadTable> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, BadTable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BadTable> {
        let variant: StringDeserializer<BadTable> = self.text()?.into_deserializer();
        visitor.visit_enum(variant)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The fields of a structure that hold anything in a row.
struct RowMap<'r> {
    fields: &'r [(&'r str, Field<'r>)],
    cells: &'r [Option<u64>],
    /// The field whose value comes next.
    value: Option<&'r Field<'r>>,
}

impl<'de> MapAccess<'de> for RowMap<'_> {
    type Error = BadTable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, BadTable> {
        while let Some(((key, field), rest)) = self.fields.split_first() {
            self.fields = rest;
            if field.is_present(self.cells) {
                self.value = Some(field);
                return seed.deserialize((*key).into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, BadTable> {
        let field = self.value.take().ok_or_else(|| BadTable::custom("a value without a key"))?;
        seed.deserialize(FieldReader { field, cells: self.cells })
    }
}
