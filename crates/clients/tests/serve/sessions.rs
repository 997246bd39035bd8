//! What a session keeps from batch to batch, and what every client sends.

use std::collections::BTreeSet;

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

/// What a client sends, with the head's lines as a set: their order is the client's own.
fn sent(strategy: &str, request: &Request) -> (String, BTreeSet<String>, String) {
    let server = Server::plain(TODO);
    let request = Request { url: server.url("/a?b=c"), ..request.clone() };
    let headers = vec![Header { name: "X-Mine".to_owned(), value: "1".to_owned() }];
    let mut driver = Driver::start();
    let target = Target { headers, ..target(vec![request]) };
    driver.prepare(preparation(strategy, "", target));
    let ran = driver.trial(1);
    assert_eq!(ran.kinds(1), [None], "{strategy}: {}", ran.message(0));
    let sent = server.requests()[0].replace(&server.address.to_string(), "SERVER");
    let (head, body) = sent.split_once("\r\n\r\n").expect("a whole head");
    let mut lines = head.lines().map(str::to_owned);
    let first = lines.next().expect("a request line");
    (first, lines.map(|line| line.to_lowercase()).collect(), body.to_owned())
}

#[test]
fn every_client_sends_the_same() {
    let bodies = [None, Some(String::new()), Some("{\"title\":\"x\"}".to_owned())];
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PURGE"] {
        for body in &bodies {
            let request =
                Request { method: method.to_owned(), url: String::new(), body: body.clone() };
            let (line, headers, sent_body) = sent("ureq/sequential", &request);
            assert_eq!(line, format!("{method} /a?b=c HTTP/1.1"));
            assert_eq!(sent_body, body.clone().unwrap_or_default());
            assert!(headers.contains("accept: */*") && headers.contains("host: server"));
            let from_hyper = sent("hyper/async", &request);
            assert_eq!(from_hyper, (line, headers, sent_body), "{method} {body:?}");
        }
    }
}
