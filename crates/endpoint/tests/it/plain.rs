//! Plain HTTP, and its rows in the witness.

use std::io::{Read, Write};
use std::net::Shutdown;

use model::witness::Closer;

use crate::client::{answer, connect, converse, fetch, get};
use crate::runner::{Runner, now};

#[test]
fn answers_requests_and_records_them() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off");
    let from = now();
    let mut kept = connect(port);
    for number in 1..=3 {
        let (status, body) = fetch(&mut kept, &format!("/todos/{number}"));
        assert_eq!(status, 200);
        assert!(body.contains(&format!("\"id\": {number},")));
    }
    assert_eq!(fetch(&mut connect(port), "/nowhere").0, 404);
    drop(connect(port));
    let witness = runner.collect(from);
    assert!(witness.drained);
    assert_eq!(witness.connections.len(), 3);
    assert_eq!(witness.used_connections().count(), 2);
    assert_eq!(witness.connections[0].closed_by, None);
    assert_eq!(witness.connections[1].closed_by, Some(Closer::Client));
    assert_eq!(witness.connections[0].peer_port, kept.local_addr().expect("an address").port());
    let rows: Vec<(u64, &str, u16)> =
        witness.requests.iter().map(|row| (row.ordinal, row.path.as_str(), row.status)).collect();
    let expected =
        [(0, "/todos/1", 200), (1, "/todos/2", 200), (2, "/todos/3", 200), (0, "/nowhere", 404)];
    assert_eq!(rows, expected);
    for row in &witness.requests {
        assert!(row.last_byte_in <= row.handled);
        assert!(row.first_byte_out.is_some_and(|out| row.handled <= out));
        assert!(row.first_byte_out <= row.last_byte_out);
    }
}

#[test]
fn the_link_holds_both_directions_and_charges_the_syn_once() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=8ms,tls=off,think=3ms");
    let from = now();
    let mut kept = connect(port);
    for number in [1, 2] {
        assert_eq!(fetch(&mut kept, &format!("/todos/{number}")).0, 200);
    }
    let witness = runner.collect(from);
    assert!(witness.drained);
    // A wake-up can come early by the usual lateness at most. The next hold corrects a late one, so
    // only the sum is certain.
    let millis = |span: model::time::Span| (span.as_secs() * 1e3 + 0.5) as u64;
    let held: Vec<bool> = witness
        .requests
        .iter()
        .zip([12 + 3 + 4, 4 + 3 + 4])
        .map(|(row, held)| {
            millis(row.hold_in + row.think + row.hold_out.unwrap_or_default()) >= held
        })
        .collect();
    assert_eq!(held, [true, true], "{:?}", witness.requests);
    assert_eq!(witness.connections[0].first_byte_hold, Some(witness.requests[0].hold_in));
}

#[test]
fn answers_pipelined_requests_in_order() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=2ms,tls=off,think=1ms");
    let from = now();
    let mut stream = connect(port);
    let texts: String = (1..=5).map(|number| get(&format!("/todos/{number}"))).collect();
    stream.write_all(texts.as_bytes()).expect("writes");
    stream.shutdown(Shutdown::Write).expect("closes its side");
    for number in 1..=5 {
        assert!(answer(&mut stream).1.contains(&format!("\"id\": {number},")));
    }
    assert_eq!(stream.read(&mut [0]).expect("the end"), 0);
    assert_eq!(runner.collect(from).requests.len(), 5);
}

#[test]
fn bodies_have_the_given_size() {
    let mut runner = Runner::start();
    for size in [0, 5, 300_000] {
        let port = runner.listen(&format!("rtt=0,tls=off,body={size}"));
        assert_eq!(fetch(&mut connect(port), "/todos/1").1.len(), size);
    }
}

#[test]
fn rejects_bytes_that_are_not_a_request_and_closes() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=1ms,tls=off");
    let good = get("/todos/1");
    let refused = converse(port, format!("{good}nonsense\r\n\r\n{good}").as_bytes());
    let statuses: Vec<&str> =
        refused.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.split(' ').next()).collect();
    assert_eq!(statuses, ["200", "400"]);
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    assert!(converse(port, &hello).starts_with("HTTP/1.1 400 "));
    let long = format!("GET / HTTP/1.1\r\nhost: h\r\nlong: {}\r\n\r\n", "a".repeat(70_000));
    assert!(converse(port, long.as_bytes()).starts_with("HTTP/1.1 431 "));
    let old = converse(port, b"GET /todos/1 HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.1 200 OK") && old.ends_with('}'));
}

#[test]
fn sends_100_continue_for_an_announced_body() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off");
    let mut stream = connect(port);
    let head =
        "POST /todos HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("writes");
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).expect("an interim response");
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{}").expect("writes");
    assert_eq!(answer(&mut stream).0, 201);
}
