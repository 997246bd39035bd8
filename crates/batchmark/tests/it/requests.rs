//! The requests to a foreign server: method, headers, body and URLs.

use std::collections::BTreeSet;

use crate::provision;
use crate::support::{BARE, Program, Server};

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";

#[test]
fn sends_method_headers_and_body_from_every_client() {
    let server = Server::answering(FINE);
    let url = format!("http://{}/todos/[1-2]", server.address);
    let words = ["-n", "1", "-b", "2", "-X", "put", "-H", "X-Key: secret", "-d", "{\"a\":1}", &url];
    let ended = Program::new().run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let heads: Vec<String> = server.heads.try_iter().collect();
    // Three strategies, a pilot and a block, two requests each.
    assert_eq!(heads.len(), 12);
    for head in &heads {
        let lower = head.to_lowercase();
        assert!(head.starts_with("PUT /todos/"), "{head}");
        assert!(lower.contains("\r\nx-key: secret\r\n"), "{head}");
        assert!(lower.contains("\r\naccept: */*\r\n"), "{head}");
        assert!(
            lower.contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"),
            "{head}"
        );
        assert!(lower.contains("\r\naccept-encoding: identity\r\n"), "{head}");
        assert!(lower.contains("\r\nuser-agent: batchmark/"), "{head}");
        assert!(head.ends_with("\r\n\r\n{\"a\":1}"), "{head}");
    }
}

/// What a run of every client sends as these headers, each combination once.
fn headers_sent(names: [&str; 2], words: &[&str], python: &str) -> BTreeSet<[Option<String>; 2]> {
    const ARMS: &str = "ureq/threads,hyper/async,requests/threads,urllib3/threads,aiohttp/async,\
                        httpx/threads,fetch/concurrent";
    let server = Server::answering(FINE);
    let url = format!("http://{}/", server.address);
    let all = ["-n", "1", "-b", "1", "-s", ARMS, "--python", python, &url];
    let ended = Program::new().run(&[words, &all[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let value = |head: &str, name: &str| {
        let mut headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned())
    };
    server.heads.try_iter().map(|head| names.map(|name| value(&head, name))).collect()
}

#[test]
fn describes_the_body_in_the_same_way_with_every_client() {
    let (Some(python), Some(_)) = (provision::python(), provision::node()) else { return };
    let python = python.to_str().expect("a plain path");
    let sent = |names, words: &[&str]| headers_sent(names, words, python);
    let only = |values: [&str; 2]| BTreeSet::from([values.map(|value| Some(value.to_owned()))]);
    let form = ["application/x-www-form-urlencoded", "7"];
    assert_eq!(sent(["content-type", "content-length"], &["-d", "a=1", "-d", "b=2"]), only(form));
    let json = ["application/json", "application/json"];
    assert_eq!(sent(["content-type", "accept"], &["--json-body", "{}"]), only(json));
}

#[test]
fn sends_the_same_headers_from_every_client() {
    let server = Server::answering(FINE);
    let url = format!("http://{}/", server.address);
    let ended = Program::new().run(&["-n", "1", "-b", "1", &url]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let headers = |head: String| -> BTreeSet<String> {
        head.lines().skip(1).map(str::to_lowercase).collect()
    };
    let different: BTreeSet<_> = server.heads.try_iter().map(headers).collect();
    assert_eq!(different.len(), 1, "{different:?}");
}

#[test]
fn reads_urls_from_a_file() {
    let server = Server::answering(FINE);
    let program = Program::new();
    let file = program.file("urls");
    let urls = format!("http://{0}/a\nhttp://{0}/[7-8]\n", server.address);
    std::fs::write(&file, urls).expect("is written");
    let file = file.to_str().expect("a plain path");
    let words = ["-n", "1", "-b", "3", "-s", "sequential", "--urls", file];
    let ended = program.run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let paths: Vec<String> = server
        .heads
        .try_iter()
        .filter_map(|head| head.split(' ').nth(1).map(str::to_owned))
        .collect();
    assert_eq!(paths, ["/a", "/7", "/8", "/a", "/7", "/8"]);
}
