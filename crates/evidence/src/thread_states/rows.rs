//! Which thread wrote which request, and when it was in flight.

use std::collections::BTreeMap;

use model::socket::{SocketRequest, SocketWitness, ThreadPlace};
use model::time::Span;

use crate::join::Joined;
use crate::openings::Opening;

/// A request as its thread wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenRequest {
    /// The thread.
    pub thread: ThreadPlace,
    /// When it began: its connection, if one was opened for it, otherwise its first byte.
    pub start: Span,
    /// Whether a connection was opened for it.
    pub opened: bool,
    /// When its last byte was handed over.
    pub sent: Span,
    /// When the first byte of its response was read.
    pub first_byte: Option<Span>,
    /// When the last byte of its response was read; the end of time for one that was not answered.
    pub end: Span,
}

/// All requests of a trial, in the order of their starts.
pub(super) fn all(socket: &SocketWitness, openings: &[Option<Opening<'_>>]) -> Vec<WrittenRequest> {
    let rows = socket.requests.iter().zip(openings);
    let mut all: Vec<WrittenRequest> =
        rows.map(|(row, opening)| WrittenRequest::new(row, opening.as_ref())).collect();
    all.sort_by_key(|row| (row.start, row.sent, row.thread));
    all
}

/// The request that made the response of each item.
pub(super) fn by_item(joined: &[Joined<'_>]) -> Vec<Option<WrittenRequest>> {
    let written =
        |joined: &Joined<'_>| Some(WrittenRequest::new(joined.socket?, joined.opening.as_ref()));
    joined.iter().map(written).collect()
}

/// The end of a request that was never answered.
const NEVER: Span = Span::from_nanos(u64::MAX);

impl WrittenRequest {
    fn new(row: &SocketRequest, opening: Option<&Opening<'_>>) -> Self {
        let opened = opening.and_then(Opening::connecting);
        Self {
            thread: row.thread,
            start: opened.map_or(row.writing, |opened| opened.min(row.writing)),
            opened: opened.is_some(),
            sent: row.sent,
            first_byte: row.first_byte,
            end: row.last_byte.unwrap_or(NEVER),
        }
    }

    /// When the last thing of it was seen.
    fn last_sign(&self) -> Span {
        if self.end < NEVER { self.end } else { self.first_byte.unwrap_or(self.sent) }
    }
}

/// The written requests of a trial, sorted for questions about moments.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// All requests, in the order of their starts.
    all: Vec<WrittenRequest>,
    /// When they ended, in order.
    ends: Vec<Span>,
    /// The requests of each thread, in the order of their starts, and their ends in order.
    by_thread: BTreeMap<ThreadPlace, ThreadRows>,
}

#[derive(Clone, Debug, Default)]
struct ThreadRows {
    rows: Vec<WrittenRequest>,
    ends: Vec<Span>,
}

impl Rows {
    pub(super) fn new(all: Vec<WrittenRequest>) -> Self {
        let mut by_thread = BTreeMap::<ThreadPlace, ThreadRows>::new();
        for &row in &all {
            let of_thread = by_thread.entry(row.thread).or_default();
            of_thread.rows.push(row);
            of_thread.ends.push(row.end);
        }
        for of_thread in by_thread.values_mut() {
            of_thread.ends.sort_unstable();
        }
        let mut ends: Vec<Span> = all.iter().map(|row| row.end).collect();
        ends.sort_unstable();
        Self { all, ends, by_thread }
    }

    /// All requests, in the order of their starts.
    pub fn all(&self) -> &[WrittenRequest] {
        &self.all
    }

    /// The requests of a thread, in the order of their starts.
    pub fn of_thread(&self, thread: ThreadPlace) -> &[WrittenRequest] {
        self.by_thread.get(&thread).map_or(&[], |of_thread| &of_thread.rows)
    }

    /// When the request before this one on the same thread ended.
    pub fn end_before(&self, row: WrittenRequest) -> Option<Span> {
        let ends = &self.by_thread.get(&row.thread)?.ends;
        ends[..ends.partition_point(|end| *end <= row.start)].last().copied()
    }

    /// How many requests had ended by a moment.
    pub fn ended_by(&self, moment: Span) -> usize {
        self.ends.partition_point(|end| *end <= moment)
    }

    /// When the last request that had ended by a moment did.
    pub fn last_end_by(&self, moment: Span) -> Option<Span> {
        self.ends[..self.ended_by(moment)].last().copied()
    }

    /// How many requests were in flight at a moment.
    pub fn in_flight_at(&self, moment: Span) -> usize {
        let started = self.all.partition_point(|row| row.start <= moment);
        started.saturating_sub(self.ended_by(moment))
    }

    /// The most requests that were in flight at once in a stretch.
    pub fn most_in_flight(&self, from: Span, to: Span) -> usize {
        let first = self.all.partition_point(|row| row.start <= from);
        let end = self.all.partition_point(|row| row.start < to).max(first);
        let starts = self.all[first..end].iter().map(|row| row.start);
        starts.chain([from]).map(|moment| self.in_flight_at(moment)).max().unwrap_or(0)
    }

    /// Whether a thread wrote a request while another of its own was in flight. One that was never
    /// answered was given up when the next was written.
    pub(super) fn overlap(&self, thread: ThreadPlace) -> bool {
        let mut last = Span::ZERO;
        self.of_thread(thread).iter().any(|row| {
            let overlaps = row.start < last;
            last = last.max(row.last_sign());
            overlaps
        })
    }
}
