//! The endpoint protocol: commands, replies, and the end of the input.

use std::io::{Cursor, Write};
use std::net::TcpStream;

use model::endpoint_protocol::{EndpointCommand, EndpointReply, VERSION};
use model::time::Span;

use crate::client::{connect, fetch, get};
use crate::runner::{Runner, now};

fn error(reply: EndpointReply) -> String {
    match reply {
        EndpointReply::Error { message } => message,
        other => panic!("no error: {other:?}"),
    }
}

#[test]
fn answers_an_invalid_command_with_an_error_and_continues() {
    let mut runner = Runner::start();
    runner.write("nonsense\n");
    assert!(error(runner.reply()).starts_with("this is not a command of the endpoint protocol: "));
    runner.write(&format!("{}\n", "x".repeat(100_000)));
    assert_eq!(error(runner.reply()), "a command has at most 65536 bytes");
    let newer = EndpointCommand::Hello { protocol: VERSION + 1 };
    assert_eq!(error(runner.ask(&newer)), "the endpoint speaks version 1 of its protocol, not 2");
    let stray = EndpointCommand::Think { port: 1, time: Span::ZERO };
    assert_eq!(error(runner.ask(&stray)), "no listener has port 1");
    let certificate = runner.ca_certificate();
    assert!(certificate.exists());
    assert!(runner.end().is_ok());
    assert!(!certificate.exists());
}

#[test]
fn a_new_think_time_applies_to_the_next_request() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off");
    let from = now();
    let mut stream = connect(port);
    assert_eq!(fetch(&mut stream, "/todos/1").0, 200);
    let slower = EndpointCommand::Think { port, time: Span::from_millis(2) };
    assert_eq!(runner.ask(&slower), EndpointReply::Thinking);
    assert_eq!(fetch(&mut stream, "/todos/2").0, 200);
    let thinks: Vec<bool> =
        runner.collect(from).requests.iter().map(|row| !row.think.is_zero()).collect();
    assert_eq!(thinks, [false, true]);
}

#[test]
fn the_end_of_the_input_stops_it_whatever_is_in_flight() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=600s,tls=off");
    let mut stream = connect(port);
    stream.write_all(get("/todos/1").as_bytes()).expect("writes");
    let from = now();
    runner.order(&EndpointCommand::Collect { from, to: from });
    assert!(runner.end().is_ok());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn collects_rows_while_a_request_is_unfinished() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,think=600s");
    let from = now();
    let mut stream = connect(port);
    stream.write_all(get("/todos/1").as_bytes()).expect("writes");
    let witness = runner.collect(from);
    assert!(!witness.drained);
    assert_eq!(witness.requests.len(), 1);
    assert_eq!(witness.requests[0].first_byte_out, None);
}

#[test]
fn answers_commands_before_the_end_of_the_input() {
    let mut output = Vec::new();
    let input = Cursor::new("{\"op\":\"hello\",\"protocol\":1}\n\n{\"op\":\"nothing\"}");
    endpoint::serve(&std::env::temp_dir(), input, &mut output).expect("serves");
    let replies: Vec<EndpointReply> = String::from_utf8(output)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a reply"))
        .collect();
    assert!(matches!(replies[..], [EndpointReply::Hello { .. }, EndpointReply::Error { .. }]));
}
