//! The settings `jitter`, `bandwidth`, `capacity` and `keepalive`.

use std::io::{Read, Write};
use std::net::TcpStream;

use model::time::Span;
use model::witness::{Closer, RequestRow};

use crate::client::{answer, connect, fetch, field, get, head};
use crate::runner::{Runner, nearly, now};

/// Requests one todo on each connection at once, then reads all responses.
fn all_at_once(streams: &mut [TcpStream]) {
    for (number, stream) in (1..).zip(&mut *streams) {
        stream.write_all(get(&format!("/todos/{number}")).as_bytes()).expect("writes");
    }
    for stream in streams {
        assert_eq!(answer(stream).0, 200);
    }
}

#[test]
fn jitter_holds_flights_longer_by_different_times() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=2ms,tls=off,jitter=12ms");
    let from = now();
    let mut kept = connect(port);
    for number in 1..=12 {
        assert_eq!(fetch(&mut kept, &format!("/todos/{number}")).0, 200);
    }
    // The next hold corrects a late one, so only the sum is certain.
    let holds: Vec<Span> = runner
        .collect(from)
        .requests
        .iter()
        .map(|row| row.hold_in + row.hold_out.expect("is written"))
        .collect();
    assert_eq!(holds.len(), 12);
    assert!(holds.iter().all(|hold| *hold >= nearly(Span::from_millis(2))), "{holds:?}");
    // Every run draws the same times.
    assert!(holds.iter().any(|hold| *hold >= Span::from_millis(10)), "{holds:?}");
}

#[test]
fn all_connections_share_the_bandwidth() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,bandwidth=1Mbit,body=10000");
    let from = now();
    all_at_once(&mut [connect(port), connect(port)]);
    let requests = runner.collect(from).requests;
    let [one, two] = &requests[..] else { panic!("two requests: {requests:?}") };
    let begin = one.last_byte_in.min(two.last_byte_in);
    let end = one.last_byte_out.max(two.last_byte_out).expect("both are answered");
    // 20 000 bytes of bodies alone take 160 ms.
    assert!(end.saturating_sub(begin) >= nearly(Span::from_millis(160)), "{requests:?}");
    assert!(one.first_byte_out < two.last_byte_out && two.first_byte_out < one.last_byte_out);
}

#[test]
fn capacity_limits_concurrent_requests() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,think=5ms,capacity=2");
    let mut streams: Vec<TcpStream> = (0..6).map(|_| connect(port)).collect();
    all_at_once(&mut streams);
    let from = now();
    all_at_once(&mut streams);
    let mut requests = runner.collect(from).requests;
    assert_eq!(requests.len(), 6);
    // Requests that arrive together are read in any order.
    requests.sort_by_key(|row| row.handled);
    let ready = |row: &RequestRow| row.handled + row.think;
    for three in requests.windows(3) {
        let [first, second, third] = three else { panic!("three") };
        let free = ready(first).min(ready(second));
        assert!(third.handled >= free, "three at once: {requests:?}");
    }
}

#[test]
fn a_client_that_leaves_the_queue_takes_no_permit() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,think=5ms,capacity=1");
    let from = now();
    let mut streams: Vec<TcpStream> = (0..4).map(|_| connect(port)).collect();
    for (number, stream) in (1..).zip(&mut streams) {
        stream.write_all(get(&format!("/todos/{number}")).as_bytes()).expect("writes");
    }
    let mut last = streams.pop().expect("four");
    drop(streams);
    assert_eq!(answer(&mut last).0, 200);
    // A connection that was still open when its permit came has given it back.
    assert_eq!(fetch(&mut last, "/todos/5").0, 200);
    assert!(runner.collect(from).drained);
}

#[test]
fn keepalive_limits_the_requests_of_a_connection() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=1ms,tls=off,keepalive=2");
    let from = now();
    let mut stream = connect(port);
    assert_eq!(fetch(&mut stream, "/todos/1").0, 200);
    // The third is not answered, even in one flight with the second.
    stream.write_all((get("/todos/2") + &get("/todos/3")).as_bytes()).expect("writes");
    let head = head(&mut stream);
    assert_eq!(field(&head, "connection"), Some("close"));
    let mut body = Vec::new();
    stream.read_to_end(&mut body).expect("the end");
    assert_eq!(field(&head, "content-length"), Some(&*body.len().to_string()));
    let witness = runner.collect(from);
    assert_eq!(witness.requests.len(), 2);
    assert_eq!(witness.connections[0].closed_by, Some(Closer::Server));
}
