//! A field that is a list of rows: written row by row while it is short, else as a [`Table`].
//!
//! Use it as `#[serde(with = "crate::packed::rows")]` with `#[schemars(with = "Rows<Row>")]`.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{LEAST_PACKED, Table, read_rows, write_rows};

/// How a list of rows is written.
#[derive(Debug, JsonSchema)]
#[serde(untagged)]
pub enum Rows<T> {
    /// A short list.
    Plain(Vec<T>),
    /// A long one.
    Packed(Table),
}

/// Writes a list of rows.
///
/// # Errors
/// If the rows have no cells, or an error of `into`.
pub fn serialize<T: Serialize, S: Serializer>(rows: &[T], into: S) -> Result<S::Ok, S::Error> {
    if rows.len() < LEAST_PACKED {
        return rows.serialize(into);
    }
    write_rows(rows).map_err(S::Error::custom)?.serialize(into)
}

/// Reads a list of rows, written in either way.
///
/// # Errors
/// If a row does not fit its type, or the table is damaged.
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    match WrittenRows::deserialize(from)? {
        WrittenRows::Plain(rows) => Ok(rows),
        WrittenRows::Packed(table) => read_rows(&table).map_err(D::Error::custom),
    }
}

/// A list as it was written.
pub(crate) enum WrittenRows<T> {
    Plain(Vec<T>),
    Packed(Table),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for WrittenRows<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(RowsVisitor(PhantomData))
    }
}

struct RowsVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for RowsVisitor<T> {
    type Value = WrittenRows<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows, or a packed table")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<WrittenRows<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(rows)).map(WrittenRows::Plain)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<WrittenRows<T>, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(table)).map(WrittenRows::Packed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;
    use crate::witness::{Closer, RequestRow, StreamRow, TlsAgreement};

    /// A row with a field of each kind.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Row {
        at: Span,
        small: Option<u16>,
        is_held: bool,
        closer: Option<Closer>,
        path: String,
        method: Option<String>,
        tls: Option<TlsAgreement>,
        stream: Option<StreamRow>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(with = "super")]
        rows: Vec<Row>,
    }

    fn holder(rows: usize) -> Holder {
        let row = |number: usize| Row {
            at: Span::from_nanos(number as u64 * 1000),
            small: number.is_multiple_of(3).then_some(7),
            is_held: number.is_multiple_of(2),
            closer: (number % 5 == 1).then_some(Closer::Reset),
            path: if number == 9 { String::new() } else { format!("/todos/{number}?a=b") },
            method: (!number.is_multiple_of(4)).then(|| "GET".to_owned()),
            tls: (number % 6 == 2).then(|| TlsAgreement {
                version: "TLSv1.3".to_owned(),
                resumed: number.is_multiple_of(4),
                alpn: None,
            }),
            stream: (number > 900).then_some(StreamRow {
                id: number as u64,
                headers_in: Span::ZERO,
                open: 3,
                blocked_by_stream: Span::ZERO,
                blocked_by_connection: Span::from_nanos(number as u64),
                sent_once: None,
                reset: None,
            }),
        };
        Holder { rows: (0..rows).map(row).collect() }
    }

    #[test]
    fn long_lists_are_packed_and_read_back() {
        for rows in [0, LEAST_PACKED - 1, LEAST_PACKED, 3 * LEAST_PACKED] {
            let holder = holder(rows);
            let text = serde_json::to_string(&holder).expect("is JSON");
            assert_eq!(text.contains("packed"), rows >= LEAST_PACKED);
            assert_eq!(serde_json::from_str::<Holder>(&text).expect("reads"), holder);
        }
    }

    /// Rows and their table, as the tests of other languages read them.
    #[derive(Debug, Serialize, Deserialize)]
    struct Example {
        rows: Vec<Row>,
        table: Table,
    }

    #[test]
    fn the_example_for_readers_in_other_languages_is_what_is_packed() {
        let file =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/python/tests/fixtures/packed.json");
        let mut rows = holder(1200).rows.split_off(880);
        rows[3].at = Span::from_nanos(u64::MAX);
        let table = write_rows(&rows).expect("has cells");
        let text = serde_json::to_string(&Example { rows, table }).expect("is JSON");
        if std::env::var_os("UPDATE_SCHEMAS").is_some_and(|value| value == "1") {
            std::fs::write(file, &text).expect("can be written");
        }
        let committed = std::fs::read_to_string(file).expect("can be read");
        assert_eq!(committed, text, "run this test with UPDATE_SCHEMAS=1");
    }

    #[test]
    fn a_packed_row_takes_a_few_bytes() {
        let text = serde_json::to_string(&holder(3000)).expect("is JSON");
        assert!(text.len() < 3000 * 8, "{} bytes", text.len());
    }

    #[test]
    fn refuses_a_table_whose_rows_do_not_fit() {
        let table = write_rows(&holder(2).rows).expect("has cells");
        let error = read_rows::<RequestRow>(&table).expect_err("is refused").to_string();
        assert!(error.contains("missing field"), "{error}");
        let mut table = table;
        table.texts[0].forms.clear();
        let error = read_rows::<Row>(&table).expect_err("is refused").to_string();
        assert!(error.contains("unknown form"), "{error}");
    }

    #[test]
    fn refuses_rows_without_cells() {
        assert!(write_rows([3_u64]).is_err());
        assert!(write_rows([vec![3_u64]]).is_err());
    }
}
