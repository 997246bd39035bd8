//! The columns of a trace: one entry for each request of a trial.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ColumnName, Milestone, PerMilestone};
use crate::failure::Failure;
use crate::list::ClosedList;
use crate::time::Span;

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
        fill(&mut self.error, more.error, ColumnName::Error)
    }

    /// Checks that every column has an entry for each of `requests` requests.
    ///
    /// # Errors
    /// Names the first column that has more or fewer.
    pub fn check_length(&self, requests: usize) -> Result<(), BadColumns> {
        let wrong = |column: ColumnName| {
            let entries = self.extent(column)?.entries;
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
        let is_filled = |column| self.extent(column).is_some_and(|extent| extent.filled > 0);
        ColumnName::ALL.into_iter().filter(move |&column| is_filled(column))
    }

    /// The failures of the trial, in the order of its requests.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.error.iter().flatten().flatten()
    }

    fn extent(&self, column: ColumnName) -> Option<Extent> {
        match column {
            ColumnName::Milestone(milestone) => self.milestone(milestone).map(Extent::new),
            ColumnName::Connection => self.connection.as_ref().map(Extent::new),
            ColumnName::Worker => self.worker.as_ref().map(Extent::new),
            ColumnName::Status => self.status.as_ref().map(Extent::new),
            ColumnName::Bytes => self.bytes.as_ref().map(Extent::new),
            ColumnName::Error => self.error.as_ref().map(Extent::new),
        }
    }
}

/// How much a column holds.
struct Extent {
    entries: usize,
    /// How many entries are not null.
    filled: usize,
}

impl Extent {
    fn new<T>(column: &TraceColumn<T>) -> Self {
        Self { entries: column.len(), filled: column.iter().flatten().count() }
    }
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

impl Serialize for Columns {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let present =
            ColumnName::ALL.into_iter().filter(|&column| self.extent(column).is_some()).count();
        let mut object = into.serialize_map(Some(present))?;
        for column in ColumnName::ALL {
            match column {
                ColumnName::Milestone(milestone) => {
                    entry(&mut object, column, self.milestone(milestone))
                }
                ColumnName::Connection => entry(&mut object, column, self.connection.as_ref()),
                ColumnName::Worker => entry(&mut object, column, self.worker.as_ref()),
                ColumnName::Status => entry(&mut object, column, self.status.as_ref()),
                ColumnName::Bytes => entry(&mut object, column, self.bytes.as_ref()),
                ColumnName::Error => entry(&mut object, column, self.error.as_ref()),
            }?;
        }
        object.end()
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
        while let Some(Key(name)) = object.next_key()? {
            let part = match name {
                Some(name) => read(name, &mut object)?,
                // A newer driver or recording may have columns that this program does not know.
                None => {
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

/// A key of the object: a column's name, or nothing where it is none that is known.
struct Key(Option<ColumnName>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a column")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key(ColumnName::find(name)))
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
