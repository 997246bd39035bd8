//! A minimal client: it writes text and reads responses.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a read waits before a test fails, so that a broken endpoint fails tests and does not
/// hang them.
const READ_DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("connects");
    stream.set_read_timeout(Some(READ_DEADLINE)).expect("takes a deadline");
    stream
}

/// A GET request that keeps the connection open.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}

/// Requests a path; gives the status and the body.
pub(crate) fn fetch(stream: &mut (impl Read + Write), path: &str) -> (u16, String) {
    stream.write_all(get(path).as_bytes()).expect("writes");
    answer(stream)
}

/// Reads one response with a length; gives the status and the body.
pub(crate) fn answer(stream: &mut impl Read) -> (u16, String) {
    let head = head(stream);
    let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
    let length = field(&head, "content-length").expect("the field").parse().expect("a number");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    (status, String::from_utf8(body).expect("text"))
}

/// Reads the head of one response, in lower case.
pub(crate) fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.extend(byte);
    }
    String::from_utf8(head).expect("text").to_lowercase()
}

/// The value of a header field.
pub(crate) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().filter_map(|line| line.split_once(": "));
    fields.filter(|(found, _)| *found == name).map(|(_, value)| value).next()
}

/// Sends `text`, and reads until the endpoint closes.
pub(crate) fn converse(port: u16, text: &[u8]) -> String {
    let mut stream = connect(port);
    stream.write_all(text).expect("writes");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("reads to the end");
    String::from_utf8_lossy(&answer).into_owned()
}
