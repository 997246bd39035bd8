//! The columns of a trace: one entry for each request of a trial.

mod packing;

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ColumnName, Milestone, PerMilestone};
use crate::failure::Failure;
use crate::list::ClosedList;
use crate::packed::{LEAST_PACKED, MOST_UNPACKED, Table};
use crate::time::Span;

pub use packing::Piece;

/// A column: one entry per request, null if nothing was observed.
pub type TraceColumn<T> = Vec<Option<T>>;

/// What a client reports of the requests of one trial.
///
/// A missing column means that every entry is null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// When each request passed each milestone, in nanoseconds after the trial's start.
    pub milestones: PerMilestone<Option<TraceColumn<Span>>>,
    /// The connection that carried the request, as an ordinal from 0 on, unique in the driver's
    /// process.
    pub connection: Option<TraceColumn<u64>>,
    /// The worker that made the request, as an ordinal from 0 on.
    pub worker: Option<TraceColumn<u64>>,
    /// The response's status.
    pub status: Option<TraceColumn<u16>>,
    /// How many bytes of the body were read.
    pub bytes: Option<TraceColumn<u64>>,
    /// How the request failed; null for one that did not.
    pub error: Option<TraceColumn<Failure>>,
    /// All columns of numbers of a batch that is too large to be held: they stay packed, and look as if
    /// they were missing. [`Columns::pieces`] reads them.
    pub packed: Option<Box<Table>>,
}

/// Why columns cannot belong to one trial.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadColumns {
    /// A column came twice.
    #[error("the column {0} came twice")]
    Twice(&'static str),
    /// A column has too few or too many entries.
    #[error("the column {column} has {entries} entries for {requests} requests")]
    Length {
        /// The column.
        column: &'static str,
        /// How many entries it has.
        entries: usize,
        /// How many it should have.
        requests: usize,
    },
}

impl Columns {
    /// The column of a milestone, where it was filled.
    pub fn milestone(&self, milestone: Milestone) -> Option<&TraceColumn<Span>> {
        self.milestones[milestone].as_ref()
    }

    /// The same columns with one for `milestone`.
    #[must_use]
    pub fn with(mut self, milestone: Milestone, column: TraceColumn<Span>) -> Self {
        self.milestones[milestone] = Some(column);
        self
    }

    /// When `request` passed `milestone`, where that was observed.
    pub fn at(&self, milestone: Milestone, request: usize) -> Option<Span> {
        self.milestone(milestone)?.get(request).copied().flatten()
    }

    /// Takes over the columns of a further message.
    ///
    /// # Errors
    /// When a column is there already.
    pub fn absorb(&mut self, more: Self) -> Result<(), BadColumns> {
        for (milestone, column) in more.milestones {
            fill(&mut self.milestones[milestone], column, ColumnName::Milestone(milestone))?;
        }
        fill(&mut self.connection, more.connection, ColumnName::Connection)?;
        fill(&mut self.worker, more.worker, ColumnName::Worker)?;
        fill(&mut self.status, more.status, ColumnName::Status)?;
        fill(&mut self.bytes, more.bytes, ColumnName::Bytes)?;
        fill(&mut self.error, more.error, ColumnName::Error)?;
        if more.packed.is_some() && self.packed.is_some() {
            return Err(BadColumns::Twice(PACKED));
        }
        self.packed = self.packed.take().or(more.packed);
        Ok(())
    }

    /// Checks that every column has an entry for each of `requests` requests.
    ///
    /// # Errors
    /// Names the first column that has more or fewer.
    pub fn check_length(&self, requests: usize) -> Result<(), BadColumns> {
        if let Some(table) = self.packed.as_ref().filter(|table| table.rows != requests) {
            return Err(BadColumns::Length { column: PACKED, entries: table.rows, requests });
        }
        let wrong = |column: ColumnName| {
            let entries = self.entries(column)?;
            (entries != requests).then_some((column, entries))
        };
        match ColumnName::ALL.into_iter().find_map(wrong) {
            Some((column, entries)) => {
                Err(BadColumns::Length { column: column.name(), entries, requests })
            }
            None => Ok(()),
        }
    }

    /// The columns that hold anything but nulls.
    pub fn filled(&self) -> impl Iterator<Item = ColumnName> {
        let is_filled = |column| self.holds_anything(column);
        ColumnName::ALL.into_iter().filter(move |&column| is_filled(column))
    }

    /// The failures of the trial, in the order of its requests.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.error.iter().flatten().flatten()
    }

    /// How many entries each column has; none where there is no column, or they differ.
    pub fn requests(&self) -> Option<usize> {
        let mut entries = ColumnName::ALL.into_iter().filter_map(|column| self.entries(column));
        let requests = entries.next()?;
        entries.all(|entries| entries == requests).then_some(requests)
    }

    fn entries(&self, column: ColumnName) -> Option<usize> {
        match column {
            ColumnName::Milestone(milestone) => self.milestone(milestone).map(Vec::len),
            ColumnName::Connection => self.connection.as_ref().map(Vec::len),
            ColumnName::Worker => self.worker.as_ref().map(Vec::len),
            ColumnName::Status => self.status.as_ref().map(Vec::len),
            ColumnName::Bytes => self.bytes.as_ref().map(Vec::len),
            ColumnName::Error => self.error.as_ref().map(Vec::len),
        }
    }

    fn holds_anything(&self, column: ColumnName) -> bool {
        match column {
            ColumnName::Milestone(milestone) => is_filled(self.milestone(milestone)),
            ColumnName::Connection => is_filled(self.connection.as_ref()),
            ColumnName::Worker => is_filled(self.worker.as_ref()),
            ColumnName::Status => is_filled(self.status.as_ref()),
            ColumnName::Bytes => is_filled(self.bytes.as_ref()),
            ColumnName::Error => is_filled(self.error.as_ref()),
        }
    }
}

/// Whether a column holds anything but nulls.
fn is_filled<T>(column: Option<&TraceColumn<T>>) -> bool {
    column.into_iter().flatten().any(Option::is_some)
}

fn fill<T>(place: &mut Option<T>, column: Option<T>, name: ColumnName) -> Result<(), BadColumns> {
    match column {
        Some(_) if place.is_some() => Err(BadColumns::Twice(name.name())),
        Some(_) => {
            *place = column;
            Ok(())
        }
        None => Ok(()),
    }
}

/// The key of the table that holds the columns of numbers where they are long.
const PACKED: &str = "packed";

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let is_long = self.requests().is_some_and(|requests| requests >= LEAST_PACKED);
        let table = self.packed.as_deref().map(Cow::Borrowed);
        if let Some(table) = table.or_else(|| is_long.then(|| Cow::Owned(self.pack()))) {
            let mut object = into.serialize_map(None)?;
            object.serialize_entry(PACKED, &table)?;
            let is_packed = |column: &ColumnName| is_long && *column != ColumnName::Error;
            let rest = ColumnName::ALL.into_iter().filter(|column| !is_packed(column));
            self.write(rest, &mut object)?;
            return object.end();
        }
        let present =
            ColumnName::ALL.into_iter().filter(|&column| self.entries(column).is_some()).count();
        let mut object = into.serialize_map(Some(present))?;
        self.write(ColumnName::ALL.into_iter(), &mut object)?;
        object.end()
    }
}

impl Columns {
    /// Writes some columns as arrays.
    fn write<M: SerializeMap>(
        &self,
        columns: impl Iterator<Item = ColumnName>,
        object: &mut M,
    ) -> Result<(), M::Error> {
        for column in columns {
            match column {
                ColumnName::Milestone(milestone) => {
                    entry(object, column, self.milestone(milestone))
                }
                ColumnName::Connection => entry(object, column, self.connection.as_ref()),
                ColumnName::Worker => entry(object, column, self.worker.as_ref()),
                ColumnName::Status => entry(object, column, self.status.as_ref()),
                ColumnName::Bytes => entry(object, column, self.bytes.as_ref()),
                ColumnName::Error => entry(object, column, self.error.as_ref()),
            }?;
        }
        Ok(())
    }
}

/// Writes a column unless it is missing.
fn entry<M: SerializeMap, T: Serialize>(
    object: &mut M,
    name: ColumnName,
    column: Option<&TraceColumn<T>>,
) -> Result<(), M::Error> {
    match column {
        Some(column) => object.serialize_entry(name.name(), column),
        None => Ok(()),
    }
}

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ColumnsVisitor)
    }
}

struct ColumnsVisitor;

impl<'de> Visitor<'de> for ColumnsVisitor {
    type Value = Columns;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with a column for each name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Columns, A::Error> {
        let mut columns = Columns::default();
        while let Some(key) = object.next_key()? {
            let part = match key {
                Key::Column(name) => read(name, &mut object)?,
                Key::Packed => {
                    let table: Table = object.next_value()?;
                    if table.rows > MOST_UNPACKED {
                        Columns { packed: Some(Box::new(table)), ..Columns::default() }
                    } else {
                        Columns::unpack(&table).map_err(A::Error::custom)?
                    }
                }
                // A newer driver or recording may have columns that this program does not know.
                Key::Unknown => {
                    object.next_value::<serde::de::IgnoredAny>()?;
                    continue;
                }
            };
            columns.absorb(part).map_err(A::Error::custom)?;
        }
        Ok(columns)
    }
}

/// Reads one column.
fn read<'de, A: MapAccess<'de>>(name: ColumnName, object: &mut A) -> Result<Columns, A::Error> {
    let mut columns = Columns::default();
    match name {
        ColumnName::Milestone(milestone) => columns.milestones[milestone] = object.next_value()?,
        ColumnName::Connection => columns.connection = object.next_value()?,
        ColumnName::Worker => columns.worker = object.next_value()?,
        ColumnName::Status => columns.status = object.next_value()?,
        ColumnName::Bytes => columns.bytes = object.next_value()?,
        ColumnName::Error => columns.error = object.next_value()?,
    }
    Ok(columns)
}

/// A key of the object.
enum Key {
    Column(ColumnName),
    Packed,
    Unknown,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a column")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(match ColumnName::find(name) {
                    Some(column) => Key::Column(column),
                    None if name == PACKED => Key::Packed,
                    None => Key::Unknown,
                })
            }
        }

        from.deserialize_identifier(KeyVisitor)
    }
}

impl JsonSchema for Columns {
    fn schema_name() -> Cow<'static, str> {
        "Columns".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for column in ColumnName::ALL {
            let mut schema = match column {
                ColumnName::Milestone(_) => generator.subschema_for::<Option<TraceColumn<Span>>>(),
                ColumnName::Connection | ColumnName::Worker | ColumnName::Bytes => {
                    generator.subschema_for::<Option<TraceColumn<u64>>>()
                }
                ColumnName::Status => generator.subschema_for::<Option<TraceColumn<u16>>>(),
                ColumnName::Error => generator.subschema_for::<Option<TraceColumn<Failure>>>(),
            };
            schema.insert("description".to_owned(), column.about().into());
            properties.insert(column.name().to_owned(), schema.to_value());
        }
        let mut packed = generator.subschema_for::<Table>();
        let about =
            "The columns of numbers, packed: instead of an array for each where they are long.";
        packed.insert("description".to_owned(), about.into());
        properties.insert(PACKED.to_owned(), packed.to_value());
        json_schema!({
            "description": "What a client reports of the requests of one trial. Milestones are \
                            nanoseconds after the trial's start. A missing column means that \
                            every entry is null.",
            "type": "object",
            "properties": properties,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packed::BadTable;

    #[test]
    fn columns_come_in_parts_but_each_only_once() {
        let part = |json: &str| serde_json::from_str::<Columns>(json).expect("parses");
        let mut columns = part(r#"{"submitted":[0,5],"status":[200,null]}"#);
        columns.absorb(part(r#"{"done":[10,null]}"#)).expect("new columns");
        assert_eq!(columns.at(Milestone::Submitted, 1), Some(Span::from_nanos(5)));
        assert_eq!(columns.at(Milestone::Done, 1), None);
        assert_eq!(columns.at(Milestone::Sent, 0), None);
        assert_eq!(columns.absorb(part(r#"{"done":[1,2]}"#)), Err(BadColumns::Twice("done")));
    }

    #[test]
    fn a_column_of_the_wrong_length_is_named() {
        let columns = Columns { bytes: Some(vec![Some(1)]), ..Columns::default() };
        assert_eq!(columns.check_length(1), Ok(()));
        let error = columns.check_length(2).expect_err("is refused").to_string();
        assert_eq!(error, "the column bytes has 1 entries for 2 requests");
    }

    #[test]
    fn the_columns_that_hold_anything_are_filled() {
        let json = r#"{"first_byte":[null,3],"sent":[null,null],"connection":[0,1],"later":[1]}"#;
        let columns: Columns = serde_json::from_str(json).expect("unknown columns are skipped");
        let filled = [ColumnName::Milestone(Milestone::FirstByte), ColumnName::Connection];
        assert_eq!(columns.filled().collect::<Vec<_>>(), filled);
        let written = serde_json::to_string(&columns).expect("is JSON");
        assert_eq!(written, r#"{"sent":[null,null],"first_byte":[null,3],"connection":[0,1]}"#);
    }

    #[test]
    fn long_columns_are_packed_and_read_back() {
        let requests = LEAST_PACKED + 7;
        let nanos = |request: usize| Some(Span::from_nanos(request as u64 * 1000 + 5));
        let mut columns = Columns::default()
            .with(Milestone::Submitted, vec![Some(Span::ZERO); requests])
            .with(Milestone::Sent, (0..requests).map(nanos).collect());
        columns.status = Some((0..requests).map(|at| (at != 3).then_some(200)).collect());
        columns.worker = Some(vec![None; requests]);
        let text = serde_json::to_string(&columns).expect("is JSON");
        assert!(text.len() < 1000, "{} bytes", text.len());
        assert_eq!(serde_json::from_str::<Columns>(&text).expect("reads"), columns);
        let message = "it ended".to_owned();
        let failure = Failure { kind: crate::failure::FailureKind::Reset, message };
        columns.error = Some((0..requests).map(|at| (at == 3).then(|| failure.clone())).collect());
        let text = serde_json::to_string(&columns).expect("is JSON");
        assert_eq!(serde_json::from_str::<Columns>(&text).expect("reads"), columns);
    }

    #[test]
    fn very_long_columns_stay_packed_and_are_read_in_pieces() {
        let requests = MOST_UNPACKED + 1;
        let whole = Columns {
            status: Some((0..requests).map(|at| (at != 3).then_some(200)).collect()),
            ..Columns::default()
        };
        let text = serde_json::to_string(&whole).expect("is JSON");
        let columns: Columns = serde_json::from_str(&text).expect("reads");
        assert_eq!((columns.status.as_ref(), columns.check_length(requests)), (None, Ok(())));
        assert!(columns.check_length(requests + 1).is_err());
        assert_eq!(serde_json::to_string(&columns).expect("is JSON"), text);
        let read = |columns: &Columns| {
            let mut statuses = Vec::new();
            columns
                .pieces(|piece| {
                    assert_eq!(piece.first, statuses.len());
                    statuses.extend(piece.columns.status.clone().expect("is there"));
                    Ok::<(), BadTable>(())
                })
                .expect("is whole");
            statuses
        };
        assert_eq!(Some(read(&columns)), whole.status);
        assert_eq!(read(&columns), read(&whole));
    }

    #[test]
    fn a_packed_number_that_does_not_fit_its_column_is_refused() {
        let bytes = Some(vec![Some(70_000); LEAST_PACKED]);
        let columns = Columns { bytes, ..Columns::default() };
        let text = serde_json::to_string(&columns).expect("is JSON").replace("bytes", "status");
        let error = serde_json::from_str::<Columns>(&text).expect_err("is refused").to_string();
        assert!(error.contains("status"), "{error}");
    }

    #[test]
    fn every_milestone_is_a_column_of_its_own() {
        for (place, milestone) in Milestone::ALL.into_iter().enumerate() {
            assert_eq!(milestone.index(), place);
            assert_eq!(serde_json::to_value(milestone).expect("serialises"), milestone.name());
            let mut columns = Columns::default();
            columns.milestones[milestone] = Some(vec![Some(Span::from_nanos(7))]);
            assert_eq!(columns.at(milestone, 0), Some(Span::from_nanos(7)));
            let others = Milestone::ALL.into_iter().filter(|&other| other != milestone);
            assert!(others.into_iter().all(|other| columns.milestone(other).is_none()));
        }
    }
}
