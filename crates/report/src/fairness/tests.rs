use super::*;
use insta::assert_snapshot;
use model::driver_protocol::ModuleVersion;
use model::recording::{Recording, StopReason};
use model::witness::Witness;
use test_support::sample::{Sample, connection_row};

/// The facts that the drivers of requests, aiohttp and ureq report.
fn languages() -> Sample {
    let python: [(&str, &str); 5] = [
        ("redirects", "followed"),
        ("tls_library", "OpenSSL 3.0.19"),
        ("runtime", "CPython 3.11.7"),
        ("verification", "on"),
        ("resumption", "never"),
    ];
    let requests = [
        ("compression", "gzip, deflate"),
        ("dns", "looked up for each connection"),
        (
            "trust",
            "certifi's bundle (137 certificates) with one added, in a copy that stands where \
             requests looks",
        ),
    ];
    let aiohttp = [
        ("compression", "gzip, deflate, br"),
        ("dns", "kept for 10 s"),
        ("trust", "the system's roots with one certificate added"),
    ];
    let ureq = [
        ("compression", "identity"),
        ("dns", "looked up for each request"),
        ("trust", "Mozilla's roots, compiled in, and the given file"),
        ("redirects", "not followed"),
        ("tls_library", "rustls 0.23.35"),
        ("verification", "on"),
        ("resumption", "offered"),
    ];
    let labels = ["requests/sequential", "requests/threads", "aiohttp/async", "ureq/threads"];
    let mut sample = Sample::new(&labels.map(|label| (label, 4)));
    for _ in 0..12 {
        sample.block(&[]);
        for label in labels {
            sample.add_trial(&format!("{label}@4"), 100);
        }
    }
    sample.report_facts("requests/sequential@4", &[&python[..], &requests].concat());
    sample.report_facts("requests/threads@4", &[&python[..], &requests].concat());
    sample.report_facts("aiohttp/async@4", &[&python[..], &aiohttp].concat());
    sample.report_facts("ureq/threads@4", &ureq);
    sample
}

/// The section in 80 columns.
fn shown(recording: &Recording) -> String {
    let style = Style::default();
    let analysis = explain::analyse(recording);
    let sections = [lines(&analysis, style), caveats(&analysis, style)];
    for line in sections.iter().flatten() {
        assert!(text::width(line) <= 80, "{} columns: {line}", text::width(line));
        assert_eq!(line, line.trim_end());
    }
    sections.map(|lines| lines.join("\n")).join("\n\n")
}

#[test]
fn shows_uncontrolled_differences_and_their_caveats() {
    let mut sample = languages();
    sample.plan().targets[0].link = None;
    let mut recording = sample.end(StopReason::Blocks);
    recording.header.drivers[0].versions = vec![ModuleVersion {
        module: "urllib3".to_owned(),
        version: "2.12.900".to_owned(),
        distribution: Some("urllib3-future".to_owned()),
    }];
    assert_snapshot!(shown(&recording), @"
    uncontrolled differences
      resumption   never: requests/*, aiohttp/async · offered: ureq/threads
      trust        certifi's bundle (137 certificates) with one added, in a copy
                   that stands where requests looks: requests/*
                   the system's roots with one certificate added: aiohttp/async
                   Mozilla's roots, compiled in, and the given file: ureq/threads
      tls library  OpenSSL 3.0.19: requests/*, aiohttp/async
                   rustls 0.23.35: ureq/threads
      compression  gzip, deflate: requests/* · gzip, deflate, br: aiohttp/async
                   identity: ureq/threads
      redirects    followed: requests/*, aiohttp/async · not followed: ureq/threads
      dns          looked up for each connection: requests/*
                   kept for 10 s: aiohttp/async
                   looked up for each request: ureq/threads

    caveat: Only some arms offer to resume TLS sessions: never
      (requests/sequential, requests/threads, aiohttp/async); offered
      (ureq/threads). If the server accepts, their handshakes cost less. No
      condition changes it here: compare strategies of one library.
    caveat: The arms ask for different compressions: gzip, deflate
      (requests/sequential, requests/threads); gzip, deflate, br (aiohttp/async);
      identity (ureq/threads). A compressed body is smaller, and costs CPU time on
      both sides. Ask for the same with -H 'Accept-Encoding: identity'.
    caveat: The module urllib3 comes from the package urllib3-future 2.12.900, not
      from urllib3. Everything that imports it is a different client under the same
      name. To measure urllib3 itself, use an environment without urllib3-future
      (--python PATH).
    ");
}

#[test]
fn differences_without_effect_on_the_embedded_endpoint_are_no_caveat() {
    let mut sample = languages();
    let name = "a name that a driver\x1b[2J made up";
    sample.report_facts("requests/threads@4", &[(name, "a\nb")]);
    sample.report_facts("ureq/threads@4", &[(name, "c")]);
    let mut recording = sample.end(StopReason::Blocks);
    for trial in &mut recording.trials {
        let connections = vec![connection_row(0, false)];
        trial.witness = Some(Witness {
            connections,
            requests: Vec::new().into(),
            drained: true,
            ..Witness::default()
        });
    }
    assert_snapshot!(shown(&recording), @"
    uncontrolled differences
      resumption            never: requests/*, aiohttp/async · offered: ureq/threads
      trust                 certifi's bundle (137 certificates) with one added, in a
                            copy that stands where requests looks: requests/*
                            the system's roots with one certificate added:
                            aiohttp/async
                            Mozilla's roots, compiled in, and the given file:
                            ureq/threads
      tls library           OpenSSL 3.0.19: requests/*, aiohttp/async
                            rustls 0.23.35: ureq/threads
      compression           gzip, deflate: requests/*
                            gzip, deflate, br: aiohttp/async
                            identity: ureq/threads
      redirects             followed: requests/*, aiohttp/async
                            not followed: ureq/threads
      dns                   looked up for each connection: requests/*
                            kept for 10 s: aiohttp/async
                            looked up for each request: ureq/threads
      a name that a driver  a b: requests/threads · c: ureq/threads
      [2J made up
    ");
}

#[test]
fn names_the_arms_of_a_strategy_that_differs_by_size() {
    let sizes = [1, 4];
    let labels = ["a/x", "b/y"];
    let arms: Vec<(&str, u32)> =
        labels.iter().flat_map(|label| sizes.map(|size| (*label, size))).collect();
    let mut sample = Sample::new(&arms);
    for _ in 0..3 {
        sample.block(&[("a/x@1", 10), ("a/x@4", 40), ("b/y@1", 10), ("b/y@4", 40)]);
    }
    for (arm, value) in [("a/x@1", "p"), ("a/x@4", "p"), ("b/y@1", "q"), ("b/y@4", "r")] {
        sample.report_facts(arm, &[("event_loop", value)]);
    }
    let text = shown(&sample.end(StopReason::Blocks));
    assert!(text.contains("\n  event loop  p: a/x · q: b/y@1 · r: b/y@4"), "{text}");
}

#[test]
fn strategies_that_are_alike_have_no_table() {
    assert_eq!(shown(&Sample::three_strategies(12)), "\n\n");
}
