//! What both witnesses tell of a made-up trial over TLS, at a round trip of 11 ms.

use model::time::Span;
use model::trace::{Column, Columns, Milestone};
use model::witness::{ConnectionRow, RequestRow, Witness};

use super::{connection_row, request_row};

/// How long a request takes that opens its connection, in microseconds.
const FIRST: u64 = 34_700;

/// How long one takes that finds it open.
const LATER: u64 = 11_400;

/// The two sides of one trial, which agree.
pub(super) struct Told {
    pub(super) columns: Columns,
    pub(super) witness: Witness,
}

impl Told {
    /// One request after another on one connection, the last of them done at `end`.
    pub(super) fn in_turn(requests: u64, end: Span) -> Self {
        let length = FIRST + LATER * requests.saturating_sub(1);
        let mut told = Self::nothing();
        let mut begun = (end.as_nanos() / 1000).saturating_sub(length);
        for ordinal in 0..requests {
            told.request(begun, begun, Place { connection: 0, ordinal });
            begun += if ordinal == 0 { FIRST } else { LATER };
        }
        told
    }

    /// All requests at once, each on a connection of its own and a little after the one before,
    /// the last of them done at `end`.
    pub(super) fn at_once(requests: u64, end: Span) -> Self {
        const APART: u64 = 100;
        let length = FIRST + APART * requests.saturating_sub(1);
        let mut told = Self::nothing();
        let submitted = (end.as_nanos() / 1000).saturating_sub(length);
        for connection in 0..requests {
            let place = Place { connection, ordinal: 0 };
            told.request(submitted, submitted + APART * connection, place);
        }
        told
    }

    fn nothing() -> Self {
        let witness = Witness { drained: true, ..Witness::default() };
        Self { columns: Columns::default(), witness }
    }

    /// Adds a request that was submitted and started then, in microseconds.
    fn request(&mut self, submitted: u64, started: u64, place: Place) {
        let opened = (place.ordinal == 0).then_some(started);
        let after = |moment: Option<u64>, later| moment.map(|moment| micros(moment + later));
        let writing = started + if opened.is_some() { 23_400 } else { 100 };
        let milestones = [
            (Milestone::Submitted, Some(micros(submitted))),
            (Milestone::Started, Some(micros(started))),
            (Milestone::Resolving, after(opened, 20)),
            (Milestone::Resolved, after(opened, 40)),
            (Milestone::Connecting, after(opened, 60)),
            (Milestone::Connected, after(opened, 160)),
            (Milestone::Securing, after(opened, 260)),
            (Milestone::Secured, after(opened, 23_300)),
            (Milestone::Writing, Some(micros(writing))),
            (Milestone::Sent, Some(micros(writing))),
            (Milestone::FirstByte, Some(micros(writing + 11_200))),
            (Milestone::Done, Some(micros(writing + 11_300))),
        ];
        for (milestone, at) in milestones {
            self.columns.milestone_mut(milestone).get_or_insert_default().push(at);
        }
        push(&mut self.columns.connection, place.connection);
        push(&mut self.columns.status, 200);
        push(&mut self.columns.bytes, request_row().body_bytes);
        if let Some(opened) = opened {
            self.accept(place.connection, opened);
        }
        self.answer(writing, place);
    }

    fn accept(&mut self, id: u64, opened: u64) {
        self.witness.connections.push(ConnectionRow {
            accepted: micros(opened + 170),
            first_byte_in: Some(micros(opened + 270)),
            first_byte_hold: Some(micros(16_500)),
            handshake_out: Some(micros(opened + 23_000)),
            handshake_in: Some(micros(opened + 23_310)),
            requests: 0,
            ..connection_row(id, false)
        });
    }

    fn answer(&mut self, writing: u64, Place { connection, ordinal }: Place) {
        let path = format!("/todos/{}", self.witness.requests.len() + 1);
        self.witness.requests.push(RequestRow {
            connection,
            ordinal,
            path,
            last_byte_in: micros(writing + 20),
            first_byte_out: Some(micros(writing + 11_170)),
            last_byte_out: Some(micros(writing + 11_180)),
            ..request_row()
        });
        for row in &mut self.witness.connections {
            row.requests += u64::from(row.id == connection);
        }
    }
}

/// Which request of which connection.
#[derive(Clone, Copy)]
struct Place {
    connection: u64,
    ordinal: u64,
}

const fn micros(micros: u64) -> Span {
    Span::from_nanos(micros * 1000)
}

fn push<T>(column: &mut Option<Column<T>>, entry: T) {
    column.get_or_insert_default().push(Some(entry));
}
