//! What the server does wrong when it is told to.

use std::io::{Read, Write};
use std::time::Duration;

use model::witness::Closer;

use crate::client::{connect, fetch, field, get, head};
use crate::runner::{Runner, now};

#[test]
fn with_nagle_a_body_waits_until_the_head_is_acknowledged() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,fault=nagle");
    let mut stream = connect(port);
    assert_eq!(fetch(&mut stream, "/todos/1").0, 200);
    // The client acknowledges some 40 ms late. That a busy test sleeps for as long is possible, but
    // not time after time.
    let apart = (2..12).any(|number| {
        stream.write_all(get(&format!("/todos/{number}")).as_bytes()).expect("writes");
        stream.peek(&mut [0]).expect("an answer");
        std::thread::sleep(Duration::from_millis(4));
        let there = stream.peek(&mut [0; 1000]).expect("an answer");
        let head = head(&mut stream);
        let length = field(&head, "content-length").expect("a length").parse().expect("a number");
        stream.read_exact(&mut vec![0; length]).expect("a body");
        there == head.len()
    });
    assert!(apart, "every body came with its head");
}

#[test]
fn one_in_so_many_is_thought_about_for_longer() {
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
fn requests_too_many_are_throttled() {
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
    let told: Vec<(u16, bool)> =
        witness.requests.iter().map(|row| (row.status, row.think.is_zero())).collect();
    assert_eq!(told, [(200, false), (200, false), (429, true), (429, true), (200, false)]);
}

#[test]
fn a_redirect_costs_a_request_more() {
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
    let told: Vec<(&str, u16)> =
        witness.requests.iter().map(|row| (row.path.as_str(), row.status)).collect();
    assert_eq!(told, [("/todos/7", 302), (&*place, 200)]);
}

/// The head and the body of the second todo, after which the server closes.
fn closed_after_the_second(fault: &str) -> (String, usize) {
    let mut runner = Runner::start();
    let port = runner.listen(&format!("rtt=1ms,tls=off,body=1001,fault={fault}"));
    let from = now();
    let mut stream = connect(port);
    assert_eq!(fetch(&mut stream, "/todos/1").0, 200);
    stream.write_all(get("/todos/2").as_bytes()).expect("writes");
    let head = head(&mut stream);
    assert_eq!(field(&head, "connection"), Some("keep-alive"), "nothing is said of it");
    assert_eq!(field(&head, "content-length"), Some("1001"));
    let length = stream.read_to_end(&mut Vec::new()).expect("the end");
    let witness = runner.collect(from);
    assert_eq!(witness.connections[0].closed_by, Some(Closer::Server));
    assert_eq!(witness.requests[1].body_bytes, length as u64);
    (head, length)
}

#[test]
fn a_connection_may_end_after_an_answer_without_a_word() {
    assert_eq!(closed_after_the_second("early-close:2").1, 1001);
}

#[test]
fn a_body_may_end_in_the_middle() {
    let (head, length) = closed_after_the_second("truncate:2");
    assert!(head.starts_with("http/1.1 200 ok\r\n"));
    assert_eq!(length, 500);
}
