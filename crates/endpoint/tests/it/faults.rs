//! The faults of the server.

use model::witness::Closer;
use std::io::{Read, Write};

use crate::client::{connect, fetch, field, get, head};
use crate::runner::{Runner, now};

/// Whether the head and the body of each response were written in one write.
fn written_at_once(link: &str) -> Vec<bool> {
    let mut runner = Runner::start();
    let port = runner.listen(link);
    let from = now();
    let mut stream = connect(port);
    for number in 1..=3 {
        assert_eq!(fetch(&mut stream, &format!("/todos/{number}")).0, 200);
    }
    let requests = runner.collect(from).requests;
    requests.iter().map(|row| row.first_byte_out == row.last_byte_out).collect()
}

#[test]
fn nagle_writes_the_head_and_the_body_separately() {
    // Each write has one stamp, taken before it.
    assert_eq!(written_at_once("rtt=0,tls=off"), [true; 3]);
    assert_eq!(written_at_once("rtt=0,tls=off,fault=nagle"), [false; 3]);
}

#[test]
fn slow_adds_think_time_to_every_kth_request() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,fault=slow:3:20ms");
    let from = now();
    let mut stream = connect(port);
    for number in 1..=7 {
        assert_eq!(fetch(&mut stream, &format!("/todos/{number}")).0, 200);
    }
    let slow: Vec<bool> =
        runner.collect(from).requests.iter().map(|row| !row.think.is_zero()).collect();
    assert_eq!(slow, [false, false, true, false, false, true, false]);
}

#[test]
fn throttle_refuses_requests_above_the_limit() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,think=1ms,fault=throttle:2:60m");
    let port_of_another = runner.listen("rtt=0,tls=off,think=2ms,fault=throttle:2:60m");
    let from = now();
    let mut stream = connect(port);
    let statuses = [1, 2, 3].map(|number| fetch(&mut stream, &format!("/todos/{number}")).0);
    assert_eq!(statuses, [200, 200, 429]);
    let mut other = connect(port);
    other.write_all(get("/todos/4").as_bytes()).expect("writes");
    let head = head(&mut other);
    assert!(head.starts_with("http/1.1 429 too many requests\r\n"));
    let seconds: u64 = field(&head, "retry-after").expect("a time").parse().expect("whole seconds");
    assert!((1..=3600).contains(&seconds));
    assert_eq!(fetch(&mut connect(port_of_another), "/todos/5").0, 200);
    let witness = runner.collect(from);
    let rows: Vec<(u16, bool)> =
        witness.requests.iter().map(|row| (row.status, row.think.is_zero())).collect();
    assert_eq!(rows, [(200, false), (200, false), (429, true), (429, true), (200, false)]);
}

#[test]
fn redirect_costs_an_extra_request() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,fault=redirect");
    let from = now();
    let mut stream = connect(port);
    stream.write_all(get("/todos/7").as_bytes()).expect("writes");
    let head = head(&mut stream);
    assert!(head.starts_with("http/1.1 302 found\r\n"));
    let place = field(&head, "location").expect("a place").to_owned();
    stream.read_exact(&mut [0; 2]).expect("a body");
    let (status, body) = fetch(&mut stream, &place);
    assert!(status == 200 && body.contains("\"id\": 7,"));
    let witness = runner.collect(from);
    let rows: Vec<(&str, u16)> =
        witness.requests.iter().map(|row| (row.path.as_str(), row.status)).collect();
    assert_eq!(rows, [("/todos/7", 302), (&*place, 200)]);
}

/// The head and the body length of the second response, after which the server closes.
fn closed_after_the_second(fault: &str) -> (String, usize) {
    let mut runner = Runner::start();
    let port = runner.listen(&format!("rtt=1ms,tls=off,body=1001,fault={fault}"));
    let from = now();
    let mut stream = connect(port);
    assert_eq!(fetch(&mut stream, "/todos/1").0, 200);
    stream.write_all(get("/todos/2").as_bytes()).expect("writes");
    let head = head(&mut stream);
    assert_eq!(field(&head, "connection"), Some("keep-alive"), "the head does not announce it");
    assert_eq!(field(&head, "content-length"), Some("1001"));
    let length = stream.read_to_end(&mut Vec::new()).expect("the end");
    let witness = runner.collect(from);
    assert_eq!(witness.connections[0].closed_by, Some(Closer::Server));
    assert_eq!(witness.requests[1].body_bytes, length as u64);
    (head, length)
}

#[test]
fn early_close_ends_the_connection_without_announcing_it() {
    assert_eq!(closed_after_the_second("early-close:2").1, 1001);
}

#[test]
fn truncate_ends_the_body_after_half() {
    let (head, length) = closed_after_the_second("truncate:2");
    assert!(head.starts_with("http/1.1 200 ok\r\n"));
    assert_eq!(length, 500);
}
