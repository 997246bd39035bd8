//! Strategies over HTTP/2 against the embedded endpoint: what they negotiate, and what the endpoint counts.

use std::collections::BTreeSet;

use evidence::examine_ran;
use model::recording::Recording;
use model::trial::{Outcome, Trial};
use model::witness::Witness;
use serde_json::Value;

use crate::provision;
use crate::support::{BARE, Program};

const REQUESTS: u64 = 6;

/// Records two batches of each strategy.
fn record(strategies: &str, link: &str, options: &[&str]) -> Recording {
    let words = ["-s", strategies, "-b", "6", "-n", "2", "--link", link];
    let (ended, recording) = Program::new().record(&[&words[..], options, &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    recording
}

fn counted(recording: &Recording) -> impl Iterator<Item = (&Trial, &Witness)> {
    let counted = recording.trials.iter().filter(|trial| trial.place().is_some());
    counted.map(|trial| (trial, trial.witness.as_ref().expect("the endpoint is embedded")))
}

/// Checks that each item of each batch was one stream, that its row was found, and that the client reports the same
/// version. Returns the most connections that carried requests of a batch.
fn assert_streams(recording: &Recording) -> usize {
    let plan = recording.plan.as_ref().expect("there is a plan");
    let mut most = 0;
    for (trial, witness) in counted(recording) {
        let used: Vec<_> = witness.used_connections().collect();
        let streams = used.iter().filter_map(|row| row.streams);
        let (opened, limits) = streams.map(|counts| (counts.opened, counts.limit)).fold(
            (0, BTreeSet::new()),
            |(sum, mut limits): (u64, BTreeSet<u64>), (opened, limit)| {
                limits.insert(limit);
                (sum + opened, limits)
            },
        );
        assert_eq!(opened, REQUESTS, "streams of {}: {used:?}", trial.arm);
        assert_eq!(limits, BTreeSet::from([100]), "{}", trial.arm);
        let rows: BTreeSet<(u64, u64)> = witness
            .requests
            .iter()
            .filter_map(|row| Some((row.connection, row.stream?.id)))
            .collect();
        assert_eq!(rows.len() as u64, REQUESTS, "{}: {:?}", trial.arm, witness.requests);
        let arm = plan.arms.iter().find(|arm| arm.name == trial.arm).expect("it is planned");
        let examined = examine_ran(plan, arm, trial).expect("it ran");
        for (item, joined) in examined.joined.iter().enumerate() {
            let path = joined.request.map(|row| row.path.as_str());
            assert_eq!(path, Some(&*format!("/todos/{}", item + 1)), "{}", trial.arm);
        }
        let Outcome::Ran(run) = &trial.outcome else { panic!("{trial:?}") };
        if !run.http.is_empty() {
            assert_eq!(run.http, [("2".to_owned(), REQUESTS)].into(), "{}", trial.arm);
        }
        most = most.max(used.len());
    }
    most
}

const BUILT_IN: &str = "hyper/async:http=2,reqwest/async:http=2,reqwest/blocking:http=2";

#[test]
fn built_in_strategies_send_each_item_as_a_stream_of_one_connection() {
    for link in ["rtt=2ms,http=2", "rtt=2ms,http=2,tls=off"] {
        assert_eq!(assert_streams(&record(BUILT_IN, link, &[])), 1, "{link}");
    }
}

#[test]
fn reqwest_offers_http2_by_itself_and_hyper_does_not() {
    let recording = record("reqwest/async,reqwest/async:http=1.1,hyper/async", "http=2", &[]);
    for (trial, witness) in counted(&recording) {
        let is_http2 = witness.requests.iter().all(|row| row.stream.is_some());
        assert_eq!(is_http2, trial.arm.0 == "reqwest/async@6", "{}", trial.arm);
    }
}

#[test]
fn python_libraries_send_each_item_as_a_stream() {
    let Some(python) = provision::python() else { return };
    let python = python.to_str().expect("a plain path");
    let negotiating = "httpx/async:http=2,httpx2/async:http=2,pycurl/multi:http=2,curl_cffi/async:http=2,\
                       niquests/sequential:http=2,niquests/threads:http=2,niquests/async:http=2";
    assert_streams(&record(negotiating, "rtt=2ms,http=2", &["--python", python]));
    assert_streams(&record(negotiating, "rtt=2ms,http=2,tls=off", &["--python", python]));
}

/// Checks that a strategy sends each item as a stream over HTTP/2, and none over HTTP/1.1. One run measures both: it
/// compiles the driver once.
fn assert_streams_over_http2_alone(strategy: &str) {
    let both = format!("{strategy}:http=2,{strategy}:http=1.1");
    let mut recording = record(&both, "rtt=2ms,http=2", &[]);
    let is_plain = |trial: &Trial| trial.arm.0.contains("http=1.1");
    let plain: Vec<_> = counted(&recording).filter(|(trial, _)| is_plain(trial)).collect();
    assert_eq!(plain.len(), 2, "{strategy}");
    assert!(plain.iter().all(|(_, witness)| witness.requests[0].stream.is_none()), "{strategy}");
    recording.trials.retain(|trial| !is_plain(trial));
    assert_eq!(counted(&recording).count(), 2, "{strategy}");
    assert_streams(&recording);
}

#[test]
fn go_and_java_send_each_item_as_a_stream_where_tls_negotiates_it() {
    if provision::go().is_some() {
        assert_streams_over_http2_alone("go/concurrent");
    }
    if provision::java().is_some() {
        assert_streams_over_http2_alone("java/async");
    }
}

#[test]
fn undici_sends_each_item_as_a_stream_where_it_is_allowed_to() {
    let (Some(_), Some(packages)) = (provision::node(), provision::node_packages()) else { return };
    let program = Program::new();
    let save = program.file("recording.jsonl");
    let save = save.to_str().expect("a plain path");
    let words = ["-s", "undici/request:http=2", "-b", "6", "-n", "2", "--link", "rtt=2ms,http=2"];
    let words = [&words[..], &["--save", save], &BARE].concat();
    let ended = program.run_with(&[("NODE_PATH", &packages)], &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_streams(&crate::support::read_recording(save.as_ref()));
}

/// The analysis of a run as JSON, with its exit code.
fn analyse(strategy: &str, link: &str) -> (Option<i32>, Value) {
    let words = ["-s", strategy, "-b", "4", "-n", "2", "--link", link, "--json", "-"];
    let ended = Program::new().run(&[&words[..], &BARE].concat());
    let analysis = serde_json::from_str(&ended.stdout);
    (ended.code, analysis.unwrap_or_else(|error| panic!("{error}: {}", ended.stdout)))
}

#[test]
fn says_who_declined_http2() {
    let (code, analysis) = analyse("hyper/async:http=2", "rtt=1ms");
    assert_eq!((code, &analysis["arms"][0]["http"]), (Some(0), &Value::from("1.1")));
    let caveats = analysis["caveats"].as_array().expect("a list");
    let declined = caveats.iter().find(|caveat| caveat["code"] == "http2_declined");
    let sentence = declined.expect("it is found")["sentence"].as_str().expect("a text");
    assert!(sentence.contains("the server does not offer HTTP/2"), "{sentence}");
    let (_, granted) = analyse("hyper/async:http=2", "rtt=1ms,http=2");
    assert_eq!(granted["arms"][0]["http"], "2");
    assert!(!granted["caveats"].to_string().contains("http2_declined"));
}

#[test]
fn says_that_nothing_is_negotiated_without_tls() {
    for strategy in ["hyper/async:http=2", "reqwest/async:http=2"] {
        let words = ["-s", strategy, "-b", "2", "-n", "1", "--link", "tls=off"];
        let ended = Program::new().run(&[&words[..], &BARE].concat());
        assert_eq!(ended.code, Some(3), "{}{}", ended.stdout, ended.stderr);
        let said = ended.stdout + &ended.stderr;
        assert!(said.contains("the server answered HTTP/2 with"), "{said}");
    }
}

#[test]
fn hyper_does_not_repeat_what_the_server_refuses_and_reqwest_does() {
    let run = |strategy: &str| {
        let words = ["-s", strategy, "-b", "8", "-n", "1", "--link", "rtt=20ms,http=2,streams=2"];
        Program::new().run(&[&words[..], &BARE].concat())
    };
    let refused = run("hyper/async:http=2");
    assert_eq!(refused.code, Some(1), "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stdout.contains("stream_refused"), "{}", refused.stdout);
    assert!(refused.stdout.contains("concurrency=N"), "{}", refused.stdout);
    for strategy in ["hyper/async:http=2,concurrency=2", "reqwest/async:http=2"] {
        let ended = run(strategy);
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    }
}
