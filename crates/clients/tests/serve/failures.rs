//! Every kind of failure: each client reports it in the same way.

use model::failure::FailureKind as K;
use model::target::{Checks, Target};
use model::time::Span;
use model::trace::Milestone;
use test_support::{wait_for, wait_until};

use crate::harness::{Driver, STRATEGIES, all_strategies, get, preparation, target, trusting};
use crate::server::{Script, Server, TODO, as_authority, unused_address};

/// A target that fails, and the expected report.
pub(crate) struct Case {
    target: Target,
    kind: K,
    says: String,
    status: Option<u16>,
    bytes: Option<u64>,
    /// Whether the body is still read to its end.
    is_whole: bool,
}

impl Case {
    pub(crate) fn without_answer(target: Target, kind: K, says: impl Into<String>) -> Self {
        Self { target, kind, says: says.into(), status: None, bytes: None, is_whole: false }
    }

    fn with_body(self, status: u16, bytes: u64) -> Self {
        Self { status: Some(status), bytes: Some(bytes), ..self }
    }

    fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    pub(crate) fn check(&self, strategy: &str) {
        self.check_under(strategy, "");
    }

    pub(crate) fn check_under(&self, strategy: &str, conditions: &str) {
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, conditions, self.target.clone()));
        let result = driver.trial(1);
        let message = result.message(0);
        let context = format!("{strategy}: {message:?} against {:?}", self.says);
        assert_eq!(result.kinds(1), [Some(self.kind)], "{context}");
        assert!(message.contains(&self.says), "{context}");
        assert_eq!(result.columns.status.as_ref().and_then(|s| s[0]), self.status, "{context}");
        assert_eq!(result.columns.bytes.as_ref().and_then(|b| b[0]), self.bytes, "{context}");
        assert_eq!(result.at(Milestone::Done, 0).is_some(), self.is_whole, "{context}");
        driver.end().expect("ends without error");
    }
}

fn check_with_every_client(cases: &[Case]) {
    check_with(all_strategies(), cases);
}

/// Checks clients that share the program's own TLS, follow no redirect and know HTTP/2 when they see it.
fn check_with_own_parts(cases: &[Case]) {
    check_with(STRATEGIES.into_iter(), cases);
}

fn check_with(strategies: impl Iterator<Item = &'static str> + Clone, cases: &[Case]) {
    for case in cases {
        strategies.clone().for_each(|strategy| case.check(strategy));
    }
}

fn plain(server: &Server) -> Target {
    target(vec![get(server.url("/"))])
}

#[test]
fn reports_connections_that_cannot_be_opened() {
    let unused = unused_address();
    check_with_every_client(&[
        Case::without_answer(
            target(vec![get("http://nonexistent.invalid/")]),
            K::Dns,
            "cannot resolve nonexistent.invalid: ",
        ),
        Case::without_answer(
            target(vec![get(format!("http://{unused}/"))]),
            K::Refused,
            format!("cannot connect to {unused}: connection refused"),
        ),
    ]);
}

#[test]
fn reports_handshakes_that_fail() {
    let (trusted, greeting) =
        (Server::tls(TODO), Server::greeting(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let silent = Server::greeting(b"");
    let https = |server: &Server| target(vec![get(format!("https://{}/", server.address))]);
    check_with_own_parts(&[
        Case::without_answer(https(&greeting), K::Tls, "the server does not speak TLS"),
        Case::without_answer(https(&silent), K::Tls, "the connection failed during the handshake"),
        Case::without_answer(
            plain(&trusted),
            K::CertificateUntrusted,
            "the certificate was refused: it is self-signed, and not one of the trusted certificates",
        ),
    ]);
}

/// A target at `server`, whose file of certificates is trusted.
fn trusted(server: &Server) -> Target {
    trusting(&server.authority(), vec![get(server.url("/"))])
}

#[test]
fn trusts_a_certificate_that_is_itself_in_the_file() {
    let servers = [
        Server::tls(TODO),
        Server::self_signed(TODO, &["localhost"], as_authority),
        Server::issued(TODO),
    ];
    for server in &servers {
        for strategy in STRATEGIES {
            let mut driver = Driver::start();
            driver.prepare(preparation(strategy, "", trusted(server)));
            let result = driver.trial(1);
            assert_eq!(result.kinds(1), [None], "{strategy}: {:?}", result.columns.error);
        }
    }
}

#[test]
fn verifies_the_name_and_the_dates_of_a_certificate_in_the_file() {
    let by_authority = Server::self_signed(TODO, &["localhost"], as_authority);
    let misnamed = get(format!("https://{}/", by_authority.address));
    let nameless = Server::self_signed(TODO, &[], as_authority);
    let expired = Server::self_signed(TODO, &["localhost"], |parameters| {
        as_authority(parameters);
        parameters.not_after = rcgen::date_time_ymd(2001, 2, 3);
    });
    let early = Server::self_signed(TODO, &["localhost"], |parameters| {
        parameters.not_before = rcgen::date_time_ymd(4001, 2, 3);
    });
    let other = Server::self_signed(TODO, &["localhost"], as_authority);
    let issued = Server::issued(TODO);
    let authority = Server::authority_issued_by_a_trusted_one(TODO);
    let by_another = trusting(&by_authority.authority(), vec![get(other.url("/"))]);
    check_with_own_parts(&[
        Case::without_answer(
            trusting(&by_authority.authority(), vec![misnamed]),
            K::CertificateName,
            "TLS with 127.0.0.1 failed: the certificate was refused: it names only localhost",
        ),
        Case::without_answer(trusted(&nameless), K::CertificateName, "it names no host"),
        Case::without_answer(trusted(&expired), K::CertificateDates, "it expired on 2001-02-03"),
        Case::without_answer(trusted(&early), K::CertificateDates, "not valid before 4001-02-03"),
        Case::without_answer(by_another, K::CertificateUntrusted, "it is self-signed"),
        Case::without_answer(plain(&issued), K::CertificateUntrusted, "its issuer is not trusted"),
        Case::without_answer(trusted(&authority), K::CertificateUnfit, "authority's (CA:TRUE)"),
    ]);
}

#[test]
fn reports_connections_that_end_too_early() {
    let nothing = Server::plain(Script::AnswerAndClose(""));
    let half_a_head = Server::plain(Script::AnswerAndClose("HTTP/1.1 200 OK\r\nContent-Le"));
    let body = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"id";
    let half_a_body = Server::plain(Script::AnswerAndClose(body));
    let half_a_secret = Server::tls(Script::AnswerAndClose(body));
    let secret = trusting(&half_a_secret.authority(), vec![get(half_a_secret.url("/"))]);
    let (head_says, body_says) = (
        "the connection ended while waiting for the response",
        "the connection ended while reading the body",
    );
    check_with_every_client(&[
        Case::without_answer(plain(&nothing), K::Reset, head_says),
        Case::without_answer(plain(&half_a_head), K::Reset, head_says),
        Case::without_answer(plain(&half_a_body), K::Reset, body_says).with_body(200, 4),
        Case::without_answer(secret, K::Reset, body_says).with_body(200, 4),
    ]);
}

#[test]
fn reports_answers_that_are_not_http() {
    let garbage = Server::plain(Script::AnswerAndClose("SSH-2.0-OpenSSH_9.6\r\n\r\n"));
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let bad_chunk = Server::plain(Script::Answer(chunks));
    check_with_every_client(&[
        Case::without_answer(
            plain(&garbage),
            K::Protocol,
            "invalid HTTP while waiting for the response: ",
        ),
        Case::without_answer(
            plain(&bad_chunk),
            K::Protocol,
            "invalid HTTP while reading the body: ",
        )
        .with_body(200, 0),
    ]);
}

#[test]
fn reports_a_server_that_offers_only_http2() {
    let says = "the server offers only HTTP/2, and this client asks for HTTP/1.1";
    let by_agreement = Server::http2_only(TODO);
    let settings = Server::greeting(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64");
    check_with_own_parts(&[
        Case::without_answer(trusted(&by_agreement), K::Http2Only, says),
        Case::without_answer(plain(&settings), K::Http2Only, says),
    ]);
}

#[test]
fn reports_complete_answers_that_fail_a_check() {
    let missing =
        Server::plain(Script::Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"));
    let moved = "HTTP/1.1 302 Found\r\nLocation: /2\r\nContent-Length: 0\r\n\r\n";
    let moved = Server::plain(Script::Answer(moved));
    let short = Server::plain(Script::Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"));
    let three_bytes =
        Target { checks: Checks { statuses: vec![200], min_bytes: 3 }, ..plain(&short) };
    let two_statuses =
        Target { checks: Checks { statuses: vec![200, 204], min_bytes: 0 }, ..plain(&missing) };
    check_with_own_parts(&[
        Case::without_answer(plain(&missing), K::Status, "status 404, expected 200")
            .with_body(404, 4)
            .whole(),
        Case::without_answer(two_statuses, K::Status, "status 404, expected 200 or 204")
            .with_body(404, 4)
            .whole(),
        Case::without_answer(plain(&moved), K::Status, "status 302, expected 200")
            .with_body(302, 0)
            .whole(),
        Case::without_answer(three_bytes, K::Check, "body of 2 bytes, expected at least 3")
            .with_body(200, 2)
            .whole(),
    ]);
    assert_eq!(moved.requests().len(), STRATEGIES.len(), "a client followed the redirect");
}

#[test]
fn a_server_that_never_answers_meets_the_time_limit() {
    let silent = Server::plain(Script::Hang);
    let stuck = Server::plain(Script::Hang);
    let hasty = |server: &Server| Target { time_limit: Span::from_millis(60), ..plain(server) };
    let secured = Target {
        requests: vec![get(format!("https://{}/", stuck.address))].into(),
        ..hasty(&stuck)
    };
    let says = "the trial reached its time limit of 60 ms";
    check_with_every_client(&[
        Case::without_answer(hasty(&silent), K::Timeout, says),
        Case::without_answer(secured, K::Timeout, says),
    ]);
}

#[test]
fn a_body_that_never_ends_meets_the_time_limit_and_keeps_its_status() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"id";
    let half = Server::plain(Script::Answer(half));
    for strategy in all_strategies() {
        let result = with_growing_limit("the head arrives within the limit", |time_limit| {
            let mut driver = Driver::start();
            driver.prepare(preparation(strategy, "", Target { time_limit, ..plain(&half) }));
            let result = driver.trial(1);
            result.columns.status.is_some().then_some(result)
        });
        assert_eq!(result.kinds(1), [Some(K::Timeout)], "{strategy}");
        assert_eq!(result.columns.status, Some(vec![Some(200)]), "{strategy}");
        assert_eq!(result.at(Milestone::Done, 0), None, "{strategy}");
    }
}

#[test]
fn a_failure_ends_neither_the_batch_nor_the_session() {
    let (good, unused) = (Server::plain(TODO), unused_address());
    let urls = vec![
        get(good.url("/1")),
        get(format!("http://{unused}/")),
        get("http://nonexistent.invalid/"),
        get(good.url("/2")),
    ];
    for strategy in all_strategies() {
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, "session=warm", target(urls.clone())));
        for _ in 0..2 {
            let result = driver.trial(4);
            assert_eq!(result.kinds(4), [None, Some(K::Refused), Some(K::Dns), None], "{strategy}");
        }
        driver.end().expect("ends without error");
    }
}

#[test]
fn opens_a_new_warm_session_after_an_interrupt() {
    let (good, silent) = (Server::plain(TODO), Server::plain(Script::Hang));
    let urls = vec![get(good.url("/1")), get(silent.url("/")), get(good.url("/2"))];
    for strategy in all_strategies() {
        let is_sequential = strategy.ends_with("/sequential");
        let (mut driver, result) =
            with_growing_limit("the good server answers within the limit", |time_limit| {
                let mut driver = Driver::start();
                let hasty = Target { time_limit, ..target(urls.clone()) };
                driver.prepare(preparation(strategy, "session=warm", hasty));
                let result = driver.trial(3);
                let kinds = result.kinds(3);
                let was_answered = kinds[0].is_none() && (is_sequential || kinds[2].is_none());
                was_answered.then_some((driver, result))
            });
        let last = is_sequential.then_some(K::Timeout);
        assert_eq!(result.kinds(3), [None, Some(K::Timeout), last], "{strategy}");
        if is_sequential {
            let passed = result.passed(2);
            assert!(passed < vec![Milestone::Resolving], "the last request was sent: {passed:?}");
        }
        wait_until("the next session answers within the limit", || {
            driver.trial(1).kinds(1) == [None]
        });
        driver.end().expect("ends without error");
    }
}

/// Repeats a trial with a longer and longer time limit, until it gives a result: how long an answer
/// takes depends on the machine.
fn with_growing_limit<T>(what: &str, mut trial: impl FnMut(Span) -> Option<T>) -> T {
    let mut limit = Span::from_millis(100);
    wait_for(what, || {
        limit = limit + limit;
        trial(limit)
    })
}
