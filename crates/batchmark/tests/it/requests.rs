//! The requests to a foreign server: method, headers, body and URLs.

use std::collections::BTreeSet;

use crate::provision;
use crate::support::{BARE, Ended, Program, Server};

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

/// The request lines that reached the server, each once.
fn request_lines(server: &Server) -> BTreeSet<String> {
    let line = |head: String| head.lines().next().unwrap_or_default().to_owned();
    server.heads.try_iter().map(line).collect()
}

/// A function of the user that sends what it gets.
const OWN: &str = "import urllib.request\n\n\
    def fetch(urls, headers):\n    \
    def get(url):\n        \
    request = urllib.request.Request(url, headers=dict(headers))\n        \
    return urllib.request.urlopen(request).read()\n    \
    return [get(url) for url in urls]\n";

/// The strategies of all languages that there are here, with the arguments that they need.
fn all_clients(program: &Program) -> Vec<String> {
    let mut names = "sequential,threads,async".to_owned();
    let mut words = Vec::new();
    if let Some(python) = provision::python() {
        let own = format!("{}:fetch", program.write("own.py", OWN));
        names += ",requests/sequential,urllib3/threads,aiohttp/async,httpx/async,own/fetch";
        words.extend(["--python".into(), python.display().to_string(), "--own".into(), own]);
    }
    if provision::node().is_some() {
        names += ",fetch/sequential";
    }
    if provision::curl().is_some() {
        names += ",command/curl";
        words.extend(["--command".into(), "curl=curl -sS {urls}".into()]);
    }
    words.extend(["-s".into(), names]);
    words
}

fn run_all_clients(url: &str) -> Ended {
    let program = Program::new();
    let clients = all_clients(&program);
    let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
    program.run(&[&clients[..], &["-n", "1", "-b", "1", url], &BARE].concat())
}

#[test]
fn sends_the_same_bytes_for_an_odd_url_from_every_client() {
    let server = Server::answering(FINE);
    for (path, expected) in [
        ("", "/"),
        ("?", "/"),
        ("/ä b?ö=1 2&f[n]=x#end", "/%C3%A4%20b?%C3%B6=1%202&f%5Bn%5D=x"),
        (
            "/%7e%2f%27'!$&()*+,;=:@?a=%20%2B+'|^\"<>`",
            "/~%2F%27%27!$&()*+,;=:@?a=%20%2B+%27%7C%5E%22%3C%3E%60",
        ),
        ("/a/../b//./c/%2e%2e/d?x=../y", "/b//d?x=../y"),
        ("/100%?%zz=%", "/100%25?%25zz=%25"),
    ] {
        let ended = run_all_clients(&format!("HTTP://{}{path}", server.address));
        assert_eq!(ended.code, Some(0), "{path}: {}{}", ended.stdout, ended.stderr);
        let lines = request_lines(&server);
        assert_eq!(lines, BTreeSet::from([format!("GET {expected} HTTP/1.1")]), "{path}");
    }
}

#[test]
fn sends_a_long_url_from_every_client() {
    let server = Server::answering(FINE);
    let path = "a".repeat(8000);
    let ended = run_all_clients(&format!("http://{}/{path}", server.address));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(request_lines(&server), BTreeSet::from([format!("GET /{path} HTTP/1.1")]));
}

#[test]
fn sends_a_user_name_and_password_from_every_client() {
    let server = Server::answering(FINE);
    let ended = run_all_clients(&format!("user:p%40ss%20w@{}", server.address));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let message = format!("a URL has no scheme: http://{}/ is fetched", server.address);
    assert!(ended.stderr.contains(&message), "{}", ended.stderr);
    let headers = |head: String| {
        let lines = head.lines().filter(|line| line.to_lowercase().starts_with("authorization:"));
        lines.map(|line| line.split_once(": ").map(|(_, value)| value.to_owned())).collect()
    };
    let values: BTreeSet<Vec<Option<String>>> = server.heads.try_iter().map(headers).collect();
    let expected = vec![Some("Basic dXNlcjpwQHNzIHc=".to_owned())];
    assert_eq!(values, BTreeSet::from([expected]));
}

#[test]
fn gives_code_that_takes_no_headers_the_url_as_typed() {
    let Some(python) = provision::python() else { return };
    let server = Server::answering(FINE);
    let program = Program::new();
    let noted = program.file("noted");
    let own = format!(
        "def fetch(urls):\n    open({:?}, 'a').writelines(urls)\n    return [b'{{}}!' for url in urls]\n",
        noted.display().to_string()
    );
    let own = format!("{}:fetch", program.write("own.py", &own));
    let python = python.display().to_string();
    let url = format!("http://user:p%40ss@{}/a", server.address);
    let words = ["--own", &own, "--python", &python, "-s", "own/fetch", "-n", "1", "-b", "1", &url];
    let ended = program.run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let noted = std::fs::read_to_string(noted).expect("it was noted");
    assert!(noted.starts_with(&url), "{noted}");
    assert!(!ended.stdout.contains("headers"), "{}", ended.stdout);
}

#[test]
fn prefers_a_given_header_to_the_user_name_of_the_url() {
    let server = Server::answering(FINE);
    let url = format!("http://user:password@{}/", server.address);
    let words = ["-n", "1", "-b", "1", "-H", "authorization: Bearer x", &url];
    let ended = Program::new().run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("-H Authorization is sent, and not the"), "{}", ended.stderr);
    for head in server.heads.try_iter() {
        assert!(head.contains("authorization: Bearer x\r\n"), "{head}");
        assert!(!head.contains("Basic"), "{head}");
    }
}

#[test]
fn reads_urls_from_a_file() {
    let server = Server::answering(FINE);
    let program = Program::new();
    let file = program.file("urls");
    let urls = format!(
        "\u{feff}# three\r\nhttp://{0}/a # the first\r\n\r\nhttp://{0}/[7-8]\r\n",
        server.address
    );
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
