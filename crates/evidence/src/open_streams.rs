//! How many streams were open on a connection at once, as its client sees it: from the HEADERS of the request until
//! the last byte of the response has come. The endpoint itself counts until it has answered, and the link delays what
//! it answers.

use std::collections::BTreeMap;

use model::time::Span;
use model::witness::RequestRow;

/// The beginnings and ends of the streams of one connection.
#[derive(Default)]
struct Streams {
    opened: Vec<Span>,
    ended: Vec<Span>,
}

/// How many streams were open when each of these was opened, itself and those that came with it included, in the order
/// of the rows; 0 for a request that was no stream.
pub fn open_streams<'a>(rows: impl Iterator<Item = Option<&'a RequestRow>> + Clone) -> Vec<u64> {
    let mut by_connection: BTreeMap<u64, Streams> = BTreeMap::new();
    for row in rows.clone().flatten() {
        let Some(stream) = row.stream else { continue };
        let streams = by_connection.entry(row.connection).or_default();
        streams.opened.push(stream.headers_in);
        streams.ended.extend(row.last_byte_out);
    }
    for streams in by_connection.values_mut() {
        streams.opened.sort_unstable();
        streams.ended.sort_unstable();
    }
    let open = |row: Option<&RequestRow>| {
        let (row, stream) = (row?, row?.stream?);
        let Streams { opened, ended } = by_connection.get(&row.connection)?;
        let at = stream.headers_in;
        let opened = opened.partition_point(|&opened| opened <= at);
        let ended = ended.partition_point(|&ended| ended <= at);
        Some(stream.open.max(opened.saturating_sub(ended) as u64))
    };
    rows.map(open).map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::witness::StreamRow;
    use test_support::sample::{request_row, stream_row};

    /// A stream from one millisecond to another, which the endpoint saw alone.
    fn row(connection: u64, from: u64, to: u64) -> RequestRow {
        let stream = StreamRow { headers_in: Span::from_millis(from), open: 1, ..stream_row(1) };
        RequestRow {
            connection,
            stream: Some(stream),
            last_byte_out: Some(Span::from_millis(to)),
            ..request_row()
        }
    }

    #[test]
    fn a_stream_is_open_until_its_response_has_come() {
        let rows = [row(0, 1, 21), row(0, 1, 22), row(0, 2, 30), row(0, 21, 40), row(1, 5, 9)];
        let open = open_streams(rows.iter().map(Some));
        assert_eq!(open, [2, 2, 3, 3, 1]);
        let plain = request_row();
        assert_eq!(open_streams([None, Some(&plain)].into_iter()), [0, 0]);
    }

    #[test]
    fn what_the_endpoint_counts_is_the_least() {
        let mut one = row(0, 1, 2);
        one.stream.as_mut().expect("is a stream").open = 7;
        assert_eq!(open_streams([Some(&one)].into_iter()), [7]);
    }
}
