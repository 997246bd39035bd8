//! `batchmark serve`: recordings in the browser, for reading only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::browser;
use crate::support::{Program, RECORDINGS};

/// A running `batchmark serve`. Dropping it ends the process.
pub(crate) struct Served {
    child: Child,
    /// The address and the port.
    address: String,
}

impl Served {
    pub(crate) fn start(program: &Program, recordings: &[&str]) -> Self {
        let mut child = program
            .command(&[&["serve"][..], recordings].concat())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        let line = BufReader::new(stdout).lines().next().expect("there is a line");
        let line = line.expect("it is text");
        let address = line.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address }
    }

    /// The response to a request for a path, head and body.
    pub(crate) fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address))
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("it answers in UTF-8");
        response
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serves_the_list_and_the_page_of_each_recording() {
    let served = Served::start(&Program::new(), &[RECORDINGS]);
    let list = served.get("/");
    assert!(list.starts_with("HTTP/1.1 200 OK\r\n"), "{list}");
    for header in ["Content-Security-Policy: default-src 'none'", "X-Content-Type-Options: nosniff"]
    {
        assert!(list.contains(header), "{list}");
    }
    assert!(list.contains("href=\"recordings/first\""), "{list}");
    let page = served.get("/recordings/first");
    assert!(page.contains("hyper/async is fastest") && page.contains("Causes and gains"), "{page}");
    let both = served.get("/side-by-side?old=1&new=2");
    assert!(both.contains("src=\"recordings/command\""), "{both}");
    assert!(both.contains("frame-src 'self'"), "{both}");
    let head = served.ask(&format!("HEAD / HTTP/1.1\r\nHost: {}\r\n\r\n", served.address));
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn serves_nothing_else() {
    let served = Served::start(&Program::new(), &[RECORDINGS]);
    for path in [
        "/recordings/../recordings/first.jsonl",
        "/recordings/..%2f..%2fREADME.md",
        "/recordings/first.jsonl",
        "//etc/passwd",
        "/etc/passwd",
        "/side-by-side?old=0&new=1",
        "/side-by-side?old=1&new=99999999999999999999",
    ] {
        let response = served.get(path);
        assert!(response.starts_with("HTTP/1.1 404 Not Found\r\n"), "{path}: {response}");
    }
    let posted = served.ask(&format!("POST / HTTP/1.1\r\nHost: {}\r\n\r\n", served.address));
    assert!(posted.starts_with("HTTP/1.1 405 "), "{posted}");
    let rebound = served.ask("GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 421 "), "{rebound}");
    assert!(!rebound.contains("recordings/first"), "{rebound}");
}

#[test]
fn refuses_what_is_no_recording() {
    let program = Program::new();
    let refusal = |words: &[&str]| {
        let ended = program.run(words);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        ended.stderr
    };
    let text = program.write("notes.txt", "hello\n");
    assert!(refusal(&["serve", &text]).contains("not a recording"));
    let empty = program.file("empty");
    std::fs::create_dir(&empty).expect("is made");
    let empty = empty.to_str().expect("a plain path");
    assert!(refusal(&["serve", empty]).contains("no recording (*.jsonl) in"));
    assert!(refusal(&["serve", "/nonexistent"]).contains("/nonexistent cannot be read"));
    assert!(refusal(&["serve"]).contains("type `batchmark run` first"));
}

#[test]
fn its_pages_are_accessible_and_load_nothing_from_elsewhere() {
    let served = Served::start(&Program::new(), &[RECORDINGS]);
    let urls = ["", "recordings/lines", "side-by-side?old=2&new=3"];
    browser::check(&urls.map(|path| format!("http://{}/{path}", served.address)));
}
