//! A list of rows that stays packed where it is too long to be held.

use std::ops::{Deref, DerefMut};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::rows::{self, Rows, WrittenRows};
use super::{BadTable, MOST_UNPACKED, Table, read_rows};

/// Rows, which are read like a `Vec`. A list that came as a table of more than [`MOST_UNPACKED`] rows looks
/// empty: [`RowList::is_unread`] tells, and [`RowList::read`] reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowList<T> {
    rows: Vec<T>,
    unread: Option<Box<Table>>,
}

impl<T> RowList<T> {
    /// Whether its rows are still packed.
    pub const fn is_unread(&self) -> bool {
        self.unread.is_some()
    }
}

impl<T: DeserializeOwned> RowList<T> {
    /// Unpacks the rows, if they are packed.
    ///
    /// # Errors
    /// If the table is damaged.
    pub fn read(&mut self) -> Result<(), BadTable> {
        if let Some(table) = self.unread.take() {
            self.rows = read_rows(&table)?;
        }
        Ok(())
    }
}

impl<T> Default for RowList<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T> From<Vec<T>> for RowList<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, unread: None }
    }
}

impl<T> FromIterator<T> for RowList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        Vec::from_iter(rows).into()
    }
}

impl<T> Deref for RowList<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.rows
    }
}

impl<T> DerefMut for RowList<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.rows
    }
}

impl<'a, T> IntoIterator for &'a RowList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut RowList<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter_mut()
    }
}

impl<T: Serialize> Serialize for RowList<T> {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        match &self.unread {
            Some(table) => table.serialize(into),
            None => rows::serialize(&self.rows, into),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for RowList<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match WrittenRows::deserialize(from)? {
            WrittenRows::Packed(table) if table.rows > MOST_UNPACKED => {
                Self { rows: Vec::new(), unread: Some(Box::new(table)) }
            }
            WrittenRows::Packed(table) => {
                read_rows(&table).map_err(serde::de::Error::custom)?.into()
            }
            WrittenRows::Plain(rows) => rows.into(),
        })
    }
}

impl<T: JsonSchema> JsonSchema for RowList<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Rows::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Rows<T>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::write_rows;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        number: u64,
    }

    fn list(rows: usize) -> RowList<Row> {
        (0..rows as u64).map(|number| Row { number }).collect()
    }

    #[test]
    fn a_very_long_list_stays_packed_until_it_is_read() {
        let whole = list(MOST_UNPACKED + 1);
        let text = serde_json::to_string(&whole).expect("is JSON");
        let mut read: RowList<Row> = serde_json::from_str(&text).expect("reads");
        assert!(read.is_unread() && read.is_empty());
        assert_eq!(serde_json::to_string(&read).expect("is JSON"), text);
        read.read().expect("is whole");
        assert_eq!(read, whole);
    }

    #[test]
    fn shorter_lists_are_read_at_once() {
        for rows in [0, 3, 2000, MOST_UNPACKED] {
            let text = serde_json::to_string(&list(rows)).expect("is JSON");
            let read: RowList<Row> = serde_json::from_str(&text).expect("reads");
            assert_eq!(read, list(rows));
        }
    }

    #[test]
    fn a_damaged_list_is_refused_when_it_is_read() {
        let mut table = write_rows(&list(MOST_UNPACKED + 1).rows).expect("has cells");
        table.columns[0].packed = String::new();
        let text = serde_json::to_string(&table).expect("is JSON");
        let mut read: RowList<Row> = serde_json::from_str(&text).expect("is a table");
        assert!(read.read().is_err());
    }
}
