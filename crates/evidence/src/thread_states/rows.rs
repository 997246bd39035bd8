//! Which thread wrote which request, and when it was in flight.

use model::socket::{SocketRequest, SocketWitness, ThreadPlace};
use model::time::Span;

/// A request as its thread wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenRequest {
    /// The thread.
    pub thread: ThreadPlace,
    /// When it began: its connection, if one was opened for it, otherwise its first byte.
    pub start: Span,
    /// When its last byte was handed over.
    pub sent: Span,
    /// When the first byte of its response was read.
    pub first_byte: Option<Span>,
    /// When the last byte of its response was read; the end of time for one that was not answered.
    pub end: Span,
}

/// All requests of a trial, in the order of their starts.
pub(super) fn all(socket: &SocketWitness) -> Vec<WrittenRequest> {
    let mut all: Vec<WrittenRequest> =
        socket.requests.iter().map(|row| written(socket, row)).collect();
    all.sort_by_key(|row| (row.start, row.sent, row.thread));
    all
}

/// The last request that was made for each item. One that was made before it was redirected or
/// refused.
pub(super) fn by_item(socket: &SocketWitness, requests: usize) -> Vec<Option<WrittenRequest>> {
    let mut by_item: Vec<Option<WrittenRequest>> = vec![None; requests];
    for row in &socket.requests {
        let item = row.item.and_then(|item| usize::try_from(item).ok());
        if let Some(place) = item.and_then(|item| by_item.get_mut(item)) {
            *place = Some(written(socket, row));
        }
    }
    by_item
}

fn written(socket: &SocketWitness, row: &SocketRequest) -> WrittenRequest {
    let connection = socket.connection(row.connection).filter(|_| row.ordinal == 0);
    let opened = connection.and_then(|connection| connection.connecting);
    WrittenRequest {
        thread: row.thread,
        start: opened.map_or(row.writing, |opened| opened.min(row.writing)),
        sent: row.sent,
        first_byte: row.first_byte,
        end: row.last_byte.unwrap_or(Span::from_nanos(u64::MAX)),
    }
}

/// Whether a thread wrote a request while another of its own was in flight.
pub(super) fn overlap(all: &[WrittenRequest], thread: ThreadPlace) -> bool {
    let mut own = all.iter().filter(|row| row.thread == thread);
    let Some(mut last) = own.next().map(|row| row.end) else { return false };
    own.any(|row| {
        let overlaps = row.start < last;
        last = last.max(row.end);
        overlaps
    })
}
