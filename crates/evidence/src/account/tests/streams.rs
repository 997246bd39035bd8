//! Batches over HTTP/2: requests that share a connection as streams.

use super::*;
use model::http_version::HttpVersion;
use model::witness::{LinkEnd, LossRow, StreamCounts, TlsAgreement};
use test_support::sample::stream_row;

/// A connection over TLS that was accepted at 2 ms and secured at 12 ms, on which the server allows `limit` streams at once.
fn secured(limit: u64) -> ConnectionRow {
    let tls = TlsAgreement { version: "TLSv1.3".to_owned(), resumed: false, alpn: None };
    ConnectionRow {
        accepted: ms(2),
        first_byte_in: Some(ms(3)),
        handshake_out: Some(ms(11)),
        handshake_in: Some(ms(12)),
        tls: Some(tls),
        streams: Some(StreamCounts { http: HttpVersion::Http2, opened: 2, most: 2, limit }),
        ..connection_row(0, false)
    }
}

/// A stream whose HEADERS arrived at `arrived`, as the `open`th that was open then.
fn stream(number: u64, open: u64, arrived: u64, answered: u64) -> RequestRow {
    let stream = StreamRow { headers_in: ms(arrived), open, ..stream_row(2 * number - 1) };
    RequestRow { stream: Some(stream), ..row(number, (0, number - 1), arrived, answered) }
}

/// Both requests were handed over at the start and done at these times.
fn both(done: &[u64]) -> Columns {
    columns(&[
        (Milestone::Submitted, &[0, 0]),
        (Milestone::Started, &[0, 0]),
        (Milestone::Done, done),
    ])
}

#[test]
fn a_stream_waits_for_the_connection_that_was_opened_for_another() {
    let rows = vec![stream(1, 1, 13, 20), stream(2, 2, 14, 30)];
    let recording = batch(2, 30, both(&[20, 30]), witness(vec![secured(100)], rows));
    let recording = recording.end(StopReason::Blocks);
    // The second request is the last to end, and the opening belongs to the first one.
    let expected = [
        (Charge::Exchange, 16),
        (Charge::Setup, 9),
        (Charge::Preparation, 1),
        (Charge::Start, 2),
        (Charge::Client, 2),
    ];
    assert_eq!(charges(&recording), expected);
}

#[test]
fn a_stream_beyond_the_limit_waits_for_one_to_end() {
    let rows = vec![stream(1, 1, 13, 20), stream(2, 1, 21, 30)];
    let charged = |limit| {
        let seen = witness(vec![secured(limit)], rows.clone());
        let found = charges(&batch(2, 30, both(&[20, 30]), seen).end(StopReason::Blocks));
        found.into_iter().find(|(charge, _)| *charge == Charge::Waves)
    };
    // From the end of the first response: the wait for its stream, and the exchange.
    assert_eq!(charged(1), Some((Charge::Waves, 10)));
    // A stream that was opened alone may have waited for the one before it too.
    assert_eq!(charged(100), Some((Charge::Waves, 9)));
}

#[test]
fn a_stream_beside_others_did_not_wait_for_an_earlier_one() {
    let three = |done: &[u64]| {
        columns(&[
            (Milestone::Submitted, &[0, 0, 0]),
            (Milestone::Started, &[0, 0, 0]),
            (Milestone::Done, done),
        ])
    };
    let rows = vec![stream(1, 1, 13, 20), stream(2, 2, 14, 40), stream(3, 2, 21, 45)];
    let seen = witness(vec![secured(100)], rows);
    let found = charges(&batch(3, 45, three(&[20, 40, 45]), seen).end(StopReason::Blocks));
    assert!(found.iter().all(|(charge, _)| *charge != Charge::Waves), "{found:?}");
}

#[test]
fn the_time_for_which_the_window_was_full_is_charged_to_it() {
    let mut response = stream(1, 1, 13, 20);
    response.last_byte_out = Some(ms(60));
    let blocked = |response: &mut RequestRow, span| {
        response.stream.as_mut().expect("is a stream").blocked_by_connection = span;
    };
    blocked(&mut response, ms(25));
    let done = columns(&[(Milestone::Started, &[0]), (Milestone::Done, &[60])]);
    let seen = witness(vec![secured(100)], vec![response]);
    let found = charges(&batch(1, 60, done, seen).end(StopReason::Blocks));
    assert!(found.contains(&(Charge::Window, 25)), "{found:?}");
}

/// A connection of QUIC that was accepted at 2 ms and secured at 12 ms.
fn quic() -> ConnectionRow {
    let streams = StreamCounts { http: HttpVersion::Http3, opened: 1, most: 1, limit: 100 };
    ConnectionRow { streams: Some(streams), ..secured(100) }
}

fn lost(to: LinkEnd, at: u64) -> LossRow {
    LossRow { connection: 0, to, at: ms(at) }
}

/// What is charged to losses in a batch of one request, which was written at 12 ms.
fn charged_to_losses(row: RequestRow, connection: ConnectionRow, losses: Vec<LossRow>) -> u64 {
    let columns = columns(&[
        (Milestone::Started, &[0]),
        (Milestone::Securing, &[2]),
        (Milestone::Secured, &[12]),
        (Milestone::Writing, &[12]),
        (Milestone::Sent, &[12]),
        (Milestone::Done, &[60]),
    ]);
    let seen = Witness { losses, ..witness(vec![connection], vec![row]) };
    let found = charges(&batch(1, 60, columns, seen).end(StopReason::Blocks));
    let to_losses = found.into_iter().find(|(charge, _)| *charge == Charge::Loss);
    to_losses.map_or(0, |(_, millis)| millis)
}

#[test]
fn a_request_waits_from_its_loss_until_it_arrives() {
    let row = stream(1, 1, 40, 50);
    let charged = |losses| charged_to_losses(row.clone(), quic(), losses);
    assert_eq!(charged(vec![lost(LinkEnd::Server, 13)]), 27);
    assert_eq!(charged(vec![lost(LinkEnd::Server, 13), lost(LinkEnd::Server, 20)]), 27);
    // After its arrival, on the way to the client, on another connection, before it was written.
    let other = LossRow { connection: 1, ..lost(LinkEnd::Server, 13) };
    let others = vec![other, lost(LinkEnd::Client, 14), lost(LinkEnd::Server, 45)];
    assert_eq!(charged(others), 0);
    assert_eq!(charged(vec![]), 0);
}

#[test]
fn a_response_waits_only_for_what_was_lost() {
    let mut row = stream(1, 1, 12, 50);
    row.first_byte_out = Some(ms(20));
    let losses = || vec![lost(LinkEnd::Client, 25)];
    assert_eq!(
        charged_to_losses(row.clone(), quic(), losses()),
        0,
        "a later part was missing as long"
    );
    row.stream = row.stream.map(|stream| StreamRow { sent_once: Some(ms(30)), ..stream });
    assert_eq!(charged_to_losses(row, quic(), losses()), 20);
}

#[test]
fn a_handshake_waits_until_its_next_flight() {
    let late = ConnectionRow { first_byte_in: Some(ms(9)), ..quic() };
    let row = stream(1, 1, 12, 50);
    assert_eq!(charged_to_losses(row, late, vec![lost(LinkEnd::Server, 2)]), 7);
}
