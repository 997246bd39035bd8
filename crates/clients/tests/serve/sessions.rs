//! What a session keeps from batch to batch, and what every client sends.

use model::target::{Header, Request, Target, Trust};
use model::trace::Milestone as M;

use crate::harness::{Driver, STRATEGIES, get, preparation, target, trusting};
use crate::server::{Server, TODO};

/// How many connections a strategy opens for three requests, one at a time, in each of two batches.
fn opened(strategy: &str, conditions: &str) -> [usize; 2] {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    let urls = (0..3).map(|n| get(server.url(&format!("/{n}")))).collect();
    driver.prepare(preparation(strategy, conditions, target(urls)));
    let counts = [(); 2].map(|()| {
        let ran = driver.trial(3);
        assert_eq!(ran.kinds(3), [None; 3], "{strategy}: {}", ran.message(0));
        (0..3).filter(|&request| ran.at(M::Connected, request).is_some()).count()
    });
    driver.end().expect("ends well");
    assert_eq!(server.connections(), counts.iter().sum::<usize>(), "{strategy} {conditions}");
    counts
}

#[test]
fn a_warm_session_keeps_its_connections_and_a_cold_one_does_not() {
    for strategy in ["ureq/sequential", "ureq/threads:workers=1", "hyper/async:concurrency=1"] {
        let (strategy, alone) = strategy.split_once(':').unwrap_or((strategy, "work=network"));
        assert_eq!(opened(strategy, &format!("{alone},session=cold")), [1, 1], "{strategy}");
        assert_eq!(opened(strategy, &format!("{alone},session=warm")), [1, 0], "{strategy}");
        assert_eq!(opened(strategy, &format!("{alone},session=warm,pool=native")), [1, 0]);
        assert_eq!(opened(strategy, &format!("{alone},session=warm,pool=0")), [3, 3], "{strategy}");
    }
}

#[test]
fn no_more_than_the_pool_allows_is_kept() {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    // Two hosts, so that one sequential session holds two connections at once.
    let by_name = format!("http://localhost:{}/", server.address.port());
    let urls = vec![get(server.url("/")), get(by_name.clone()), get(server.url("/")), get(by_name)];
    driver.prepare(preparation("ureq/sequential", "pool=1", target(urls)));
    let ran = driver.trial(4);
    let connections = ran.columns.connection.expect("is told");
    assert_eq!(connections[0], connections[2], "the limit is not one for each host");
    assert_eq!(connections[1], connections[3]);
    assert_ne!(connections[0], connections[1]);
}

#[test]
fn tls_sessions_are_resumed_unless_that_is_off() {
    for strategy in ["ureq/sequential", "hyper/async:concurrency=1"] {
        let (strategy, alone) = strategy.split_once(':').unwrap_or((strategy, "work=network"));
        for (resume, handshakes) in [("on", (1, 2)), ("off", (3, 0))] {
            let server = Server::tls(TODO);
            let mut driver = Driver::start();
            let urls = (0..3).map(|n| get(server.url(&format!("/{n}")))).collect();
            let conditions = format!("{alone},pool=0,resume={resume}");
            let target = trusting(&server.authority(), urls);
            driver.prepare(preparation(strategy, &conditions, target));
            assert_eq!(driver.trial(3).kinds(3), [None; 3]);
            driver.end().expect("ends well");
            assert_eq!(server.handshakes(), handshakes, "{strategy} {conditions}");
        }
    }
}

#[test]
fn a_certificate_of_anyone_is_taken_when_asked_to() {
    for strategy in STRATEGIES {
        let server = Server::tls(TODO);
        let anyone = Target { trust: Trust::Anyone, ..target(vec![get(server.url("/"))]) };
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, "", anyone));
        let ran = driver.trial(1);
        assert_eq!(ran.kinds(1), [None], "{strategy}: {}", ran.message(0));
    }
}

#[test]
fn a_runtime_of_many_threads_fetches_the_same() {
    let server = Server::tls(TODO);
    let urls = (0..8).map(|n| get(server.url(&format!("/{n}")))).collect();
    let mut driver = Driver::start();
    let target = trusting(&server.authority(), urls);
    driver.prepare(preparation("hyper/async", "runtime=multi,concurrency=3", target));
    for _ in 0..2 {
        let ran = driver.trial(8);
        assert_eq!(ran.kinds(8), [None; 8]);
        for request in 0..8 {
            let passed = ran.passed(request);
            assert!(passed.is_sorted(), "request {request}: {passed:?}");
            assert!(passed.ends_with(&[M::Writing, M::Sent, M::FirstByte, M::Done]), "{passed:?}");
        }
    }
}

/// A request as it is sent: its first line, its headers as a set because their order is the
/// client's own, and its body.
fn sent(strategy: &str, request: &Request, header: (&str, &str)) -> (String, Vec<String>, String) {
    let server = Server::plain(TODO);
    let request = Request { url: server.url("/a?b=c"), ..request.clone() };
    let headers = vec![Header { name: header.0.to_owned(), value: header.1.to_owned() }];
    let mut driver = Driver::start();
    let target = Target { headers, ..target(vec![request]) };
    driver.prepare(preparation(strategy, "", target));
    let ran = driver.trial(1);
    assert_eq!(ran.kinds(1), [None], "{strategy}: {}", ran.message(0));
    let sent = server.requests()[0].replace(&server.address.to_string(), "SERVER");
    let (head, body) = sent.split_once("\r\n\r\n").expect("a whole head");
    let (first, headers) = head.split_once("\r\n").expect("a request line");
    let mut headers: Vec<String> = headers.lines().map(str::to_lowercase).collect();
    headers.sort();
    (first.to_owned(), headers, body.to_owned())
}

#[test]
fn every_client_sends_the_same() {
    let bodies = [None, Some(String::new()), Some("{\"title\":\"x\"}".to_owned())];
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PURGE"] {
        for body in &bodies {
            let request =
                Request { method: method.to_owned(), url: String::new(), body: body.clone() };
            let from_ureq = sent("ureq/sequential", &request, ("X-Mine", "1"));
            let (line, headers, sent_body) = &from_ureq;
            assert_eq!(*line, format!("{method} /a?b=c HTTP/1.1"));
            assert_eq!(*sent_body, body.clone().unwrap_or_default());
            let has_length = headers.iter().any(|header| header.starts_with("content-length: "));
            assert_eq!(has_length, body.is_some() || ["POST", "PUT"].contains(&method), "{method}");
            let from_hyper = sent("hyper/async", &request, ("X-Mine", "1"));
            assert_eq!(from_hyper, from_ureq, "{method} {body:?}");
        }
    }
}

#[test]
fn no_header_is_sent_that_nobody_asked_for() {
    let agent = format!("user-agent: batchmark/{}", env!("CARGO_PKG_VERSION"));
    for strategy in STRATEGIES {
        let (_, headers, _) = sent(strategy, &get(""), ("Host", "elsewhere.example"));
        let standard = ["accept-encoding: identity", "accept: */*", "host: elsewhere.example"];
        assert_eq!(headers, [&standard[..], &[agent.as_str()]].concat(), "{strategy}");
    }
}
