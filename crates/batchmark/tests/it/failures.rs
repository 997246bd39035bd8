//! Requests that fail: they are reported by kind, excluded from times, and change the exit code.

use crate::support::{Program, Server};

/// Measures one block of a batch of two with each strategy. Returns the exit code and the output.
fn measure(url: &str, more: &[&str]) -> (Option<i32>, String) {
    let words = [&["-n", "1", "-b", "2", "-q", url], more].concat();
    let ended = Program::new().run(&words);
    assert_eq!(ended.stderr, "", "{url} was talked about");
    (ended.code, ended.stdout)
}

fn url(scheme: &str, server: &Server) -> String {
    format!("{scheme}://{}/todos/[1-2]", server.address)
}

#[test]
fn reports_an_unexpected_status_unless_it_is_accepted() {
    let absent = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone";
    let server = Server::answering(absent);
    let (code, text) = measure(&url("http", &server), &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("status 404, expected 200"), "{text}");
    assert!(text.contains("--expect-status"), "{text}");
    let (code, text) = measure(&url("http", &server), &["--expect-status", "404"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn names_the_url_that_failed_with_its_status() {
    let server = Server::without("/todos/2");
    let (code, text) = measure(&url("http", &server), &[]);
    assert_eq!(code, Some(1), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = format!("GET http://{}/todos/2 answered 404", server.address);
    let pilot = format!("1 of 2 requests failed in every trial: {named}");
    assert!(words.contains(&pilot) && words.contains("every batch of the pilot failed"), "{text}");

    // At batch size 1 everything succeeds, so that size 2 is measured.
    let (code, text) = measure(&url("http", &server), &["-b", "1", "--section", "answer"]);
    assert_eq!(code, Some(1), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("batch 2: no strategy has a time."), "{text}");
    assert!(words.contains(&named), "{text}");
}

#[test]
fn accepts_an_expected_status_without_a_body() {
    for status in ["204 No Content", "304 Not Modified"] {
        let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
        let server = Server::answering(answer.leak());
        let code = &status[..3];
        let (exit, text) = measure(&url("http", &server), &["--expect-status", code]);
        assert_eq!(exit, Some(0), "{text}");
    }
}

#[test]
fn reports_a_short_body_unless_it_is_accepted() {
    let empty = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let server = Server::answering(empty);
    let (code, text) = measure(&url("http", &server), &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("check") && text.contains("--expect-min-bytes"), "{text}");
    let (code, text) = measure(&url("http", &server), &["--expect-min-bytes", "2"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn reports_a_connection_that_closes_during_a_body() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it";
    let server = Server::answering(cut);
    let (code, text) = measure(&url("http", &server), &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("reset"), "{text}");
}

#[test]
fn gives_up_on_a_server_that_never_answers() {
    let server = Server::silent();
    let (code, text) = measure(&url("http", &server), &["--timeout", "200ms"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("timeout") && text.contains("--timeout"), "{text}");
}

#[test]
fn ends_with_its_own_exit_code_if_the_target_is_unreachable() {
    let (code, text) = measure("http://127.0.0.1:1/[1-2]", &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("refused"), "{text}");
    let (code, text) = measure("http://nonexistent.invalid/[1-2]", &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("dns"), "{text}");
}

#[test]
fn reports_tls_to_a_plain_port_and_the_reverse() {
    let plain = "HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!";
    let server = Server::answering(plain);
    let (code, text) = measure(&url("https", &server), &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("tls"), "{text}");

    let program = Program::new();
    let endpoint = crate::support::OwnEndpoint::start(&program, "rtt=0,tls=on");
    let plain_url = endpoint.url.replace("https", "http") + "/todos/[1-2]";
    let (code, text) = measure(&plain_url, &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("protocol") || text.contains("reset"), "{text}");
}

#[test]
fn says_that_a_server_offers_only_http2() {
    let settings = Server::answering("\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64");
    let (code, text) = measure(&url("http", &settings), &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("Nothing was measured: the server offers only HTTP/2."), "{text}");
    assert!(text.contains("Ask for HTTP/2 where the strategy can"), "{text}");
}

#[test]
fn says_what_to_do_about_an_untrusted_certificate() {
    let program = Program::new();
    let endpoint = crate::support::OwnEndpoint::start(&program, "rtt=0,tls=on");
    let url = format!("{}/todos/[1-2]", endpoint.url);
    let (code, text) = measure(&url, &[]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("--cacert") && text.contains("-k"), "{text}");
    assert!(text.contains("Nothing was measured: the server's certificate was refused."), "{text}");
    for more in [&["-k"][..], &["--cacert", &endpoint.certificate]] {
        let (code, text) = measure(&url, more);
        assert_eq!(code, Some(0), "{more:?}: {text}");
    }
}
