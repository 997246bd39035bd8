//! What a session keeps between batches, and what every client sends.

use model::target::{Header, Request, Target, Trust};
use model::trace::Milestone as M;

use crate::harness::{Driver, all_strategies, get, preparation, target, trusting};
use crate::server::{Server, TODO};

/// The number of connections that a strategy opens in each of two batches of three requests, with
/// one request in flight.
fn opened(strategy: &str, conditions: &str) -> [usize; 2] {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    let urls = (0..3).map(|n| get(server.url(&format!("/{n}")))).collect();
    driver.prepare(preparation(strategy, conditions, target(urls)));
    let counts = [(); 2].map(|()| {
        let result = driver.trial(3);
        assert_eq!(result.kinds(3), [None; 3], "{strategy}: {}", result.message(0));
        (0..3).filter(|&request| result.at(M::Connected, request).is_some()).count()
    });
    driver.end().expect("ends without error");
    assert_eq!(server.connections(), counts.iter().sum::<usize>(), "{strategy} {conditions}");
    counts
}

#[test]
fn a_warm_session_keeps_its_connections_and_a_cold_one_does_not() {
    let strategies = [
        "ureq/sequential",
        "ureq/threads:workers=1",
        "hyper/async:concurrency=1",
        "reqwest/async:concurrency=1",
        "reqwest/blocking:workers=1",
    ];
    for strategy in strategies {
        let (strategy, alone) = strategy.split_once(':').unwrap_or((strategy, "work=network"));
        assert_eq!(opened(strategy, &format!("{alone},session=cold")), [1, 1], "{strategy}");
        assert_eq!(opened(strategy, &format!("{alone},session=warm")), [1, 0], "{strategy}");
        assert_eq!(opened(strategy, &format!("{alone},session=warm,pool=native")), [1, 0]);
        assert_eq!(opened(strategy, &format!("{alone},session=warm,pool=0")), [3, 3], "{strategy}");
    }
    for (strategy, alone) in [("floor/sequential", ""), ("floor/async", "concurrency=1,")] {
        assert_eq!(opened(strategy, &format!("{alone}session=cold")), [1, 1], "{strategy}");
        assert_eq!(opened(strategy, &format!("{alone}session=warm")), [1, 0], "{strategy}");
    }
}

#[test]
fn the_pool_keeps_its_number_of_connections_for_each_host() {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    // Two hosts, so that a sequential session has two connections open at once.
    let by_name = format!("http://localhost:{}/", server.address.port());
    let urls = vec![get(server.url("/")), get(by_name.clone()), get(server.url("/")), get(by_name)];
    driver.prepare(preparation("ureq/sequential", "pool=1", target(urls)));
    let result = driver.trial(4);
    let connections = result.columns.connection.expect("connections are reported");
    assert_eq!(connections[0], connections[2], "the limit is not per host");
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
            driver.end().expect("ends without error");
            assert_eq!(server.handshakes(), handshakes, "{strategy} {conditions}");
        }
    }
}

#[test]
fn accepts_any_certificate_when_verification_is_off() {
    for strategy in all_strategies() {
        let server = Server::tls(TODO);
        let anyone = Target { trust: Trust::Anyone, ..target(vec![get(server.url("/"))]) };
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, "", anyone));
        let result = driver.trial(1);
        assert_eq!(result.kinds(1), [None], "{strategy}: {}", result.message(0));
    }
}

#[test]
fn a_runtime_of_several_threads_fetches_all_requests() {
    let server = Server::tls(TODO);
    let urls = (0..8).map(|n| get(server.url(&format!("/{n}")))).collect();
    let mut driver = Driver::start();
    let target = trusting(&server.authority(), urls);
    driver.prepare(preparation("hyper/async", "runtime=multi,concurrency=3", target));
    for _ in 0..2 {
        let result = driver.trial(8);
        assert_eq!(result.kinds(8), [None; 8]);
        for request in 0..8 {
            let passed = result.passed(request);
            assert!(passed.is_sorted(), "request {request}: {passed:?}");
            assert!(passed.ends_with(&[M::Writing, M::Sent, M::FirstByte, M::Done]), "{passed:?}");
        }
    }
}

/// A request as the server gets it: its first line, its sorted headers (each client has its own
/// order) and its body.
fn sent(strategy: &str, request: &Request, header: (&str, &str)) -> (String, Vec<String>, String) {
    let server = Server::plain(TODO);
    let request = Request { url: server.url("/a?b=c"), ..request.clone() };
    let headers = vec![Header { name: header.0.to_owned(), value: header.1.to_owned() }];
    let mut driver = Driver::start();
    let target = Target { headers, ..target(vec![request]) };
    driver.prepare(preparation(strategy, "", target));
    let result = driver.trial(1);
    assert_eq!(result.kinds(1), [None], "{strategy}: {}", result.message(0));
    let sent = server.requests()[0].replace(&server.address.to_string(), "SERVER");
    let (head, body) = sent.split_once("\r\n\r\n").expect("a whole head");
    let (first, headers) = head.split_once("\r\n").expect("a request line");
    let mut headers: Vec<String> = headers.lines().map(str::to_lowercase).collect();
    headers.sort();
    (first.to_owned(), headers, body.to_owned())
}

#[test]
fn all_clients_send_the_same_request() {
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
            for other in ["hyper/async", "floor/async", "reqwest/async", "reqwest/blocking"] {
                let from_other = sent(other, &request, ("X-Mine", "1"));
                assert_eq!(from_other, from_ureq, "{other} {method} {body:?}");
            }
        }
    }
}

#[test]
fn no_client_sends_additional_headers() {
    let agent = format!("user-agent: batchmark/{}", env!("CARGO_PKG_VERSION"));
    for strategy in all_strategies() {
        let (_, headers, _) = sent(strategy, &get(""), ("Host", "elsewhere.example"));
        let standard = ["accept-encoding: identity", "accept: */*", "host: elsewhere.example"];
        assert_eq!(headers, [&standard[..], &[agent.as_str()]].concat(), "{strategy}");
    }
}
