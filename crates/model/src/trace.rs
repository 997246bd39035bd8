//! The trace: what the client says of each request of a trial, as columns of timestamps.
//!
//! Timestamps, never durations, in nanoseconds after the trial's start. A milestone that was not
//! observed is null; nobody may invent one from its neighbours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::time::Span;

/// A column: one entry a request, null where nothing was observed.
pub type Column<T> = Vec<Option<T>>;

/// A point in a request's life that a client can observe, in the order in which they pass.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// The request was handed over: at its turn when sequential, else at the batch's start.
    Submitted,
    /// A worker or a permit took it.
    Started,
    /// The lookup of the host's name began.
    Resolving,
    /// The lookup ended.
    Resolved,
    /// The opening of a TCP connection began.
    Connecting,
    /// The TCP connection was open.
    Connected,
    /// The first byte of the TLS handshake was handed to the connection.
    Securing,
    /// The TLS handshake was over.
    Secured,
    /// The request's first byte was handed to the connection, on the plaintext side.
    Writing,
    /// The request's last byte was handed to the connection: stamped before the call that does it,
    /// for the server may have the byte before the call returns.
    Sent,
    /// The response's first plaintext byte arrived; TLS tickets do not count.
    FirstByte,
    /// The body was read to its end and checked.
    Done,
}

impl Milestone {
    /// How many milestones there are.
    pub const COUNT: usize = 12;

    /// All of them, in the order in which they pass.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Submitted,
        Self::Started,
        Self::Resolving,
        Self::Resolved,
        Self::Connecting,
        Self::Connected,
        Self::Securing,
        Self::Secured,
        Self::Writing,
        Self::Sent,
        Self::FirstByte,
        Self::Done,
    ];

    /// The milestone's place among all.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Started => "started",
            Self::Resolving => "resolving",
            Self::Resolved => "resolved",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Securing => "securing",
            Self::Secured => "secured",
            Self::Writing => "writing",
            Self::Sent => "sent",
            Self::FirstByte => "first_byte",
            Self::Done => "done",
        }
    }
}

/// A column's name, as a driver lists those that it can fill.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of the same name in Columns")]
pub enum ColumnName {
    Submitted,
    Started,
    Resolving,
    Resolved,
    Connecting,
    Connected,
    Securing,
    Secured,
    Writing,
    Sent,
    FirstByte,
    Done,
    Connection,
    Worker,
    Status,
    Bytes,
    Error,
}

/// What a client says of the requests of one trial.
///
/// A column that is missing stands for one that is null throughout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Columns {
    /// When each request was handed over, in nanoseconds after the trial's start, as are all
    /// milestones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted: Option<Column<Span>>,
    /// When a worker or a permit took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Column<Span>>,
    /// When the lookup of the host's name began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolving: Option<Column<Span>>,
    /// When the lookup ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Column<Span>>,
    /// When the opening of a TCP connection began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connecting: Option<Column<Span>>,
    /// When the TCP connection was open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected: Option<Column<Span>>,
    /// When the first byte of the TLS handshake was handed to the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub securing: Option<Column<Span>>,
    /// When the TLS handshake was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secured: Option<Column<Span>>,
    /// When the request's first byte was handed to the connection, on the plaintext side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writing: Option<Column<Span>>,
    /// When the request's last byte was handed to the connection: before the call that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Column<Span>>,
    /// When the response's first plaintext byte arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Column<Span>>,
    /// When the body had been read to its end and checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub done: Option<Column<Span>>,
    /// The connection that carried the request, as an ordinal from 0 on, unique in the driver's
    /// process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Column<u64>>,
    /// The worker that made the request, as an ordinal from 0 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<Column<u64>>,
    /// The response's status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Column<u16>>,
    /// How many bytes of the body were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Column<u64>>,
    /// How the request failed; null for one that did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Column<Failure>>,
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

/// Runs a macro over every field of [`Columns`], so that no column can be forgotten in one place.
macro_rules! for_each_column {
    ($do:ident) => {
        $do!(
            submitted, started, resolving, resolved, connecting, connected, securing, secured,
            writing, sent, first_byte, done, connection, worker, status, bytes, error
        )
    };
}

impl Columns {
    /// The column of a milestone, where it was filled.
    pub fn milestone(&self, milestone: Milestone) -> Option<&Column<Span>> {
        match milestone {
            Milestone::Submitted => &self.submitted,
            Milestone::Started => &self.started,
            Milestone::Resolving => &self.resolving,
            Milestone::Resolved => &self.resolved,
            Milestone::Connecting => &self.connecting,
            Milestone::Connected => &self.connected,
            Milestone::Securing => &self.securing,
            Milestone::Secured => &self.secured,
            Milestone::Writing => &self.writing,
            Milestone::Sent => &self.sent,
            Milestone::FirstByte => &self.first_byte,
            Milestone::Done => &self.done,
        }
        .as_ref()
    }

    /// The place for a milestone's column.
    pub fn milestone_mut(&mut self, milestone: Milestone) -> &mut Option<Column<Span>> {
        match milestone {
            Milestone::Submitted => &mut self.submitted,
            Milestone::Started => &mut self.started,
            Milestone::Resolving => &mut self.resolving,
            Milestone::Resolved => &mut self.resolved,
            Milestone::Connecting => &mut self.connecting,
            Milestone::Connected => &mut self.connected,
            Milestone::Securing => &mut self.securing,
            Milestone::Secured => &mut self.secured,
            Milestone::Writing => &mut self.writing,
            Milestone::Sent => &mut self.sent,
            Milestone::FirstByte => &mut self.first_byte,
            Milestone::Done => &mut self.done,
        }
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
        macro_rules! absorb {
            ($($column:ident),*) => {
                $(if let Some(entries) = more.$column {
                    if self.$column.is_some() {
                        return Err(BadColumns::Twice(stringify!($column)));
                    }
                    self.$column = Some(entries);
                })*
            };
        }
        for_each_column!(absorb);
        Ok(())
    }

    /// Checks that every column has an entry for each of `requests` requests.
    ///
    /// # Errors
    /// Names the first column that has more or fewer.
    pub fn check_length(&self, requests: usize) -> Result<(), BadColumns> {
        macro_rules! check {
            ($($column:ident),*) => {
                $(if let Some(entries) = &self.$column && entries.len() != requests {
                    return Err(BadColumns::Length {
                        column: stringify!($column),
                        entries: entries.len(),
                        requests,
                    });
                })*
            };
        }
        for_each_column!(check);
        Ok(())
    }

    /// The failures of the trial, in the order of its requests.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.error.iter().flatten().flatten()
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
    fn every_milestone_is_a_column_of_its_own() {
        for (place, milestone) in Milestone::ALL.into_iter().enumerate() {
            assert_eq!(milestone.index(), place);
            assert_eq!(serde_json::to_value(milestone).expect("serialises"), milestone.name());
            let mut columns = Columns::default();
            *columns.milestone_mut(milestone) = Some(vec![Some(Span::from_nanos(7))]);
            assert_eq!(columns.at(milestone, 0), Some(Span::from_nanos(7)));
            let others = Milestone::ALL.into_iter().filter(|&other| other != milestone);
            assert!(others.into_iter().all(|other| columns.milestone(other).is_none()));
        }
    }
}
