//! `batchmark endpoint`.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{OwnEndpoint, Program};

#[test]
fn prints_its_url_and_answers_there() {
    let program = Program::new();
    let endpoint = OwnEndpoint::start(&program, "rtt=0,tls=off");
    let address = endpoint.url.strip_prefix("http://").expect("is a plain URL");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET /todos/1 HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").expect("has a body");
    let todo: serde_json::Value = serde_json::from_str(body).expect("is JSON");
    let fields: Vec<&String> = todo.as_object().expect("is an object").keys().collect();
    assert_eq!(fields.len(), 4, "{fields:?}");
    assert_eq!(todo["id"], 1);
}

#[test]
fn reports_an_address_in_use() {
    let program = Program::new();
    let endpoint = OwnEndpoint::start(&program, "tls=off");
    let address = endpoint.url.strip_prefix("http://").expect("is a plain URL");
    let ended = program.run(&["endpoint", "--listen", address]);
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("--listen 127.0.0.1:0"), "{}", ended.stderr);
}
