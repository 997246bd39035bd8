//! Invalid commands, commands in an unexpected order, and the ways to end a driver.

use model::driver_protocol::{Command, DriverErrorKind as K, Preparation, Reply, TrialOrder};
use model::target::{Header, Request, Trust};
use model::trial::TrialId;

use crate::harness::{Driver, all_strategies, get, preparation, target};
use crate::server::{Script, Server, TODO};

fn order(requests: u32) -> Command {
    Command::Trial(TrialOrder {
        id: TrialId(1),
        requests,
        warm_up: false,
        sample: None,
        profile: false,
    })
}

fn prepare(preparation: Preparation) -> Command {
    Command::Prepare(Box::new(preparation))
}

#[test]
fn hello_reports_versions_strategies_and_conditions() {
    let mut driver = Driver::start();
    let Reply::Hello(hello) = driver.ask(&Command::Hello { protocol: 1 }) else {
        panic!("no hello");
    };
    assert_eq!((hello.protocol, hello.driver.as_str()), (1, "batchmark"));
    assert!(hello.versions.iter().any(|entry| entry.module == "hyper-util"));
    assert_eq!(hello.strategies, clients::catalogue());
    let mut names: Vec<&str> = hello.strategies.iter().map(|spec| spec.name.as_str()).collect();
    // The server of the tests does not speak HTTP/3.
    let mut expected: Vec<&str> = all_strategies().chain(["h3/async"]).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for spec in &hello.strategies {
        for condition in &spec.conditions {
            assert!(condition.values.accepts(&condition.default), "{}", condition.name);
        }
    }
    let error = driver.refused(&Command::Hello { protocol: 2 });
    assert_eq!(error.kind, K::UnsupportedVersion);
}

#[test]
fn refuses_an_invalid_command_and_an_early_trial() {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    for line in ["", "nonsense", "{}", r#"{"op":"dance"}"#, r#"{"op":"trial","id":-1}"#, "\u{fffd}"]
    {
        driver.send(line);
        let Reply::Error(error) = driver.receive() else { panic!("{line:?} was taken") };
        assert_eq!(error.kind, K::BadCommand, "{line:?}");
    }
    assert_eq!(driver.refused(&order(1)).kind, K::BadCommand);
    driver.prepare(preparation("ureq/sequential", "", target(vec![get(server.url("/"))])));
    assert_eq!(driver.refused(&order(0)).kind, K::BadCommand);
    assert_eq!(driver.refused(&order(2)).kind, K::BadCommand);
    assert_eq!(driver.trial(1).kinds(1), [None]);
    driver.end().expect("ends without error");
}

#[test]
fn explains_why_a_preparation_is_refused() {
    let url = || target(vec![get("http://localhost/")]);
    let post = Request { method: "PO ST".to_owned(), url: "http://a/".to_owned(), body: None };
    let mut bad_header = url();
    bad_header.headers = vec![Header { name: "a b".to_owned(), value: "c".to_owned() }];
    let mut no_file = url();
    no_file.trust = Trust::File { path: "/nonexistent/ca.pem".into() };
    let empty = tempfile::NamedTempFile::new().expect("a file");
    let mut no_certificate = url();
    no_certificate.trust = Trust::File { path: empty.path().to_owned() };
    let sequential = |conditions: &str| preparation("ureq/sequential", conditions, url());
    let on = |target| preparation("ureq/sequential", "", target);
    let cases = [
        (preparation("ureq/fast", "", url()), K::UnknownStrategy, "ureq/threads"),
        (sequential("workers=4"), K::BadCondition, "it has session, pool, resume, work"),
        (sequential("session=hot"), K::BadCondition, "use cold or warm"),
        (preparation("ureq/threads", "workers=0", url()), K::BadCondition, "a number from 1 up"),
        (sequential("work=sleep:11"), K::BadCondition, "sleep:11ms"),
        (on(target(vec![post])), K::BadTarget, "PO ST"),
        (on(target(vec![get("localhost")])), K::BadTarget, "localhost"),
        (on(bad_header), K::BadTarget, "a b"),
        (on(no_file), K::BadTarget, "/nonexistent/ca.pem"),
        (on(no_certificate), K::BadTarget, "contains no certificate"),
    ];
    let mut driver = Driver::start();
    for (preparation, kind, says) in cases {
        let error = driver.refused(&prepare(preparation));
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(error.message.contains(says), "{error:?} does not say {says:?}");
    }
}

#[test]
fn a_second_preparation_replaces_the_first_unless_it_is_refused() {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    driver.prepare(preparation("ureq/sequential", "", target(vec![get(server.url("/one"))])));
    driver.prepare(preparation("hyper/async", "", target(vec![get(server.url("/two"))])));
    let refused = preparation("no/such", "", target(vec![get(server.url("/three"))]));
    assert_eq!(driver.refused(&prepare(refused)).kind, K::UnknownStrategy);
    driver.trial(1);
    assert!(server.requests()[0].starts_with("GET /two HTTP/1.1\r\n"), "{:?}", server.requests());
}

#[test]
fn answers_commands_that_arrive_during_a_trial_after_it_in_order() {
    let server = Server::plain(TODO);
    let mut driver = Driver::start();
    driver.prepare(preparation("ureq/threads", "", target(vec![get(server.url("/"))])));
    let first = driver.order(1);
    driver.send(r#"{"op":"hello","protocol":1}"#);
    let second = driver.order(1);
    driver.send(r#"{"op":"quit"}"#);
    let replies: Vec<Reply> = (0..5).map(|_| driver.receive()).collect();
    let [
        Reply::Columns { .. },
        Reply::Done(one),
        Reply::Hello(_),
        Reply::Columns { .. },
        Reply::Done(two),
    ] = &replies[..]
    else {
        panic!("out of order: {replies:?}");
    };
    assert_eq!((one.id, two.id), (first, second));
    driver.join().expect("quit ends the driver though its input is open");
}

#[test]
fn the_end_of_input_ends_the_driver_during_a_trial() {
    for strategy in all_strategies() {
        let server = Server::plain(Script::Hang);
        let mut driver = Driver::start();
        driver.prepare(preparation(strategy, "", target(vec![get(server.url("/"))])));
        driver.order(1);
        server.wait_for_request();
        let unread = driver.abandon().expect("ends without error");
        assert_eq!(unread, "", "{strategy} finished the trial");
    }
}
