//! reqwest: what its layer shows, and where it differs from the other clients because its defaults are kept.

use std::collections::BTreeSet;

use model::failure::FailureKind as K;
use model::target::Target;
use model::trace::Milestone as M;

use crate::failures::Case;
use crate::harness::{Driver, REQWEST, TrialResult, get, preparation, target, trusting};
use crate::server::{Script, Server, TODO};

fn fetch(strategy: &str, conditions: &str, target: Target) -> TrialResult {
    let count = target.requests.len();
    let mut driver = Driver::start();
    driver.prepare(preparation(strategy, conditions, target));
    let result = driver.trial(count);
    assert_eq!(result.kinds(count), vec![None; count], "{strategy}: {:?}", result.columns.error);
    driver.end().expect("ends without error");
    result
}

#[test]
fn a_new_connection_shows_when_it_was_asked_for_and_when_it_was_open() {
    let (plain, secured) = (Server::plain(TODO), Server::tls(TODO));
    let by_name = trusting(&secured.authority(), vec![get(secured.url("/"))]);
    for strategy in REQWEST {
        let result = fetch(strategy, "", target(vec![get(plain.url("/"))]));
        let of_address = [M::Submitted, M::Started, M::Connecting, M::Connected, M::Done];
        assert_eq!(result.passed(0), of_address, "{strategy}");
        // The lookup of a name is part of the call that opens a connection.
        let result = fetch(strategy, "", by_name.clone());
        assert_eq!(result.passed(0), [M::Submitted, M::Started, M::Secured, M::Done], "{strategy}");
        let mut untraced = preparation(strategy, "", target(vec![get(plain.url("/"))]));
        untraced.trace = false;
        let mut driver = Driver::start();
        driver.prepare(untraced);
        let result = driver.trial(1);
        assert_eq!((result.passed(0), result.columns.connection), (vec![], None), "{strategy}");
    }
}

#[test]
fn each_opening_belongs_to_one_request_and_each_request_has_its_connection() {
    let arms = [
        ("reqwest/async", "runtime=current"),
        ("reqwest/async", "runtime=multi"),
        ("reqwest/blocking", ""),
    ];
    for (strategy, conditions) in arms {
        let server = Server::plain(TODO);
        let urls = (0..8).map(|n| get(server.url(&format!("/{n}")))).collect();
        let result = fetch(strategy, conditions, target(urls));
        let opened = (0..8).filter(|&request| result.at(M::Connected, request).is_some()).count();
        let column = result.columns.connection.as_ref().expect("is observed");
        let connections: BTreeSet<u64> = column.iter().flatten().copied().collect();
        assert!(column.iter().all(Option::is_some), "{strategy}: {column:?}");
        assert!((1..=connections.len()).contains(&opened), "{strategy}: {opened} of {column:?}");
        assert!(connections.len() <= server.connections(), "{strategy}");
    }
}

#[test]
fn follows_redirects_and_shows_no_connection_of_them() {
    let end = Server::plain(TODO);
    let location = end.url("/2");
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
    let begin = Server::plain(Script::Answer(moved.leak()));
    for strategy in REQWEST {
        let result = fetch(strategy, "", target(vec![get(begin.url("/1"))]));
        assert_eq!(result.columns.status, Some(vec![Some(200)]), "{strategy}");
        assert_eq!(result.passed(0), [M::Submitted, M::Started, M::Done], "{strategy}");
        assert_eq!(result.columns.connection, None, "{strategy}");
    }
    assert_eq!(end.requests().len(), REQWEST.len());
}

#[test]
fn names_why_tls_and_redirects_fail() {
    let endless = "HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n";
    let (endless, silent) = (Server::plain(Script::Answer(endless)), Server::greeting(b""));
    let greeting = Server::greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let (issued, named) = (Server::issued(TODO), Server::tls(TODO));
    let http2 = Server::http2_only(TODO);
    let https = |server: &Server| target(vec![get(format!("https://{}/", server.address))]);
    let trusted = |server: &Server, url| trusting(&server.authority(), vec![get(url)]);
    let misnamed = trusted(&named, format!("https://{}/", named.address));
    let only_http2 = "the server offers only HTTP/2, and this client asks for HTTP/1.1";
    let only_http2 =
        Case::without_answer(trusted(&http2, http2.url("/")), K::Http2Only, only_http2);
    let untrusted = target(vec![get(issued.url("/"))]);
    let cases = [
        Case::without_answer(https(&greeting), K::Tls, "the server does not speak TLS"),
        Case::without_answer(https(&silent), K::Tls, "the connection failed during the handshake"),
        Case::without_answer(untrusted, K::CertificateUntrusted, "its issuer is not trusted"),
        Case::without_answer(misnamed, K::CertificateName, "it names only localhost"),
        Case::without_answer(
            target(vec![get(endless.url("/1"))]),
            K::Protocol,
            "reqwest followed no further redirect: too many redirects",
        ),
    ];
    for case in &cases {
        REQWEST.iter().for_each(|strategy| case.check(strategy));
    }
    REQWEST.iter().for_each(|strategy| only_http2.check_under(strategy, "http=1.1"));
}
