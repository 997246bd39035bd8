//! The trace: what the client reports of each request of a trial, as columns of timestamps.
//!
//! Timestamps, never durations, in nanoseconds after the start of the trial. A milestone that was
//! not observed is null; it is never computed from its neighbours.

mod columns;

use crate::list::ClosedList;

pub use columns::{BadColumns, Columns, Piece, TraceColumn};

crate::closed_list! {
    /// A point in a request's life that a client can observe, in the order in which they pass.
    pub enum Milestone with PerMilestone {
        /// The request was handed over: at its turn when sequential, else at the batch's start.
        Submitted = "submitted",
        /// A worker or a permit took it.
        Started = "started",
        /// The lookup of the host's name began.
        Resolving = "resolving",
        /// The lookup ended.
        Resolved = "resolved",
        /// The opening of a TCP connection began.
        Connecting = "connecting",
        /// The TCP connection was open.
        Connected = "connected",
        /// The first byte of the TLS handshake was handed to the connection.
        Securing = "securing",
        /// The TLS handshake was over.
        Secured = "secured",
        /// The request's first byte was handed to the connection, on the plaintext side.
        Writing = "writing",
        /// The request's last byte was handed to the connection: stamped before the call that does
        /// it, for the server may have the byte before the call returns.
        Sent = "sent",
        /// The first plaintext byte of the final response arrived; interim responses and TLS tickets
        /// do not count.
        FirstByte = "first_byte",
        /// The body was read to its end and checked.
        Done = "done",
    }
}

/// The name of a column, as a driver lists the columns that it can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ColumnName {
    /// When each request passed a milestone.
    Milestone(Milestone),
    /// The connection that carried the request.
    Connection,
    /// The worker that made the request.
    Worker,
    /// The response's status.
    Status,
    /// How many bytes of the body were read.
    Bytes,
    /// How the request failed.
    Error,
}

impl ColumnName {
    /// How many columns there are.
    pub const COUNT: usize = Milestone::COUNT + 5;

    /// Every column: the milestones in their order, then the rest.
    pub const ALL: [Self; Self::COUNT] = {
        let mut all = [Self::Error; Self::COUNT];
        let mut place = 0;
        while place < Milestone::COUNT {
            all[place] = Self::Milestone(Milestone::ALL[place]);
            place += 1;
        }
        let rest = [Self::Connection, Self::Worker, Self::Status, Self::Bytes, Self::Error];
        while place < Self::COUNT {
            all[place] = rest[place - Milestone::COUNT];
            place += 1;
        }
        all
    };

    const NAMES: [&'static str; Self::COUNT] = {
        let mut names = [""; Self::COUNT];
        let mut place = 0;
        while place < Self::COUNT {
            names[place] = Self::ALL[place].name();
            place += 1;
        }
        names
    };

    /// The column's name, as the protocol and recordings write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Milestone(milestone) => milestone.name(),
            Self::Connection => "connection",
            Self::Worker => "worker",
            Self::Status => "status",
            Self::Bytes => "bytes",
            Self::Error => "error",
        }
    }
}

impl ClosedList for ColumnName {
    const LIST: &'static str = "ColumnName";
    const ABOUT: &'static str =
        "The name of a column, as a driver lists the columns that it can fill.";
    const ENTRIES: &'static [Self] = &Self::ALL;
    const NAMES: &'static [&'static str] = &Self::NAMES;

    fn place(self) -> usize {
        match self {
            Self::Milestone(milestone) => milestone.index(),
            Self::Connection => Milestone::COUNT,
            Self::Worker => Milestone::COUNT + 1,
            Self::Status => Milestone::COUNT + 2,
            Self::Bytes => Milestone::COUNT + 3,
            Self::Error => Milestone::COUNT + 4,
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Milestone(milestone) => milestone.about(),
            Self::Connection => {
                "The connection that carried the request, as an ordinal from 0 on, unique in the \
                 driver's process."
            }
            Self::Worker => "The worker that made the request, as an ordinal from 0 on.",
            Self::Status => "The response's status.",
            Self::Bytes => "How many bytes of the body were read.",
            Self::Error => "How the request failed; null for one that did not.",
        }
    }
}

crate::by_name!(ColumnName);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list;

    #[test]
    fn every_column_is_found_by_its_own_name() {
        for (place, column) in ColumnName::ALL.into_iter().enumerate() {
            assert_eq!((column.place(), column.entry_name()), (place, column.name()));
            assert_eq!(list::parse(column.name()), Ok(column));
        }
    }
}
