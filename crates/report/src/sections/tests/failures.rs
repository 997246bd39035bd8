//! The report of failed requests and lost trials.

use insta::assert_snapshot;
use model::failure::{Failure, FailureKind};
use model::plan::LeftOut;
use model::recording::{Recording, StopReason};
use model::time::Span;
use model::trial::Outcome;
use test_support::sample::{Sample, failure};

use super::shown;
use crate::failures;
use crate::short_names::ShortNames;
use crate::style::Style;

/// A recording with failures of several kinds, a lost trial, and an arm that never succeeded.
fn with_failures() -> Sample {
    let mut sample =
        Sample::new(&[("ureq/sequential", 2), ("ureq/threads", 2), ("hyper/async", 2)]);
    let timeout = Some(failure(FailureKind::Timeout, "no answer within 30s"));
    let status = |code: u16| -> Option<Failure> {
        let message = format!("{code} instead of 200 for https://host.example/todos/1");
        Some(failure(FailureKind::Status, &message))
    };
    for _ in 0..2 {
        sample.block(&[("ureq/sequential@2", 100), ("ureq/threads@2", 60)]);
        sample.add_failed("hyper/async@2", &[status(404), status(404)]);
    }
    sample.block(&[("ureq/sequential@2", 100)]);
    sample.add_failed("ureq/threads@2", &[timeout.clone(), timeout]);
    sample.failed("ureq/threads@2", &[None, status(503)]);
    sample.lost("ureq/threads@2", "the driver died of signal 11");
    sample
}

#[test]
fn shows_what_was_left_out_and_why() {
    let mut sample = Sample::new(&[("own/fetch", 2)]);
    sample.block(&[("own/fetch@2", 100)]);
    let traceback = "my.py cannot be imported:\nTraceback (most recent call last):\n  \
                     File \"my.py\", line 3\nNameError: name 'x' is not defined";
    sample.plan().left_out =
        vec![LeftOut { strategy: "own/bad".to_owned(), reason: traceback.to_owned() }];
    let recording = sample.end(StopReason::Blocks);
    let analysis = explain::analyse(&recording);
    assert!(analysis.failed());
    assert_snapshot!(failures::lines(&analysis, Style::default()).join("\n"), @r#"
    own/bad: left out
      reason: my.py cannot be imported:
        Traceback (most recent call last):
          File "my.py", line 3
        NameError: name 'x' is not defined
    "#);
    let names = ShortNames::default();
    let short = failures::short(&analysis, &names, 3, Style::default());
    assert_snapshot!(short.join("\n"), @"
    left out: own/bad, my.py cannot be imported: NameError: name 'x' is not
      defined
    ");
}

/// A run of failures whose last trial was lost with a log, and whose budget is spent.
fn with_a_lost_trial() -> Recording {
    let mut recording = with_failures().end(StopReason::Budget);
    if let Some(Outcome::Lost(loss)) = recording.trials.last_mut().map(|trial| &mut trial.outcome) {
        loss.stderr = "thread 'main' panicked\n\n  at src/library.rs:12\n".to_owned();
    }
    recording.plan.as_mut().expect("has a plan").budget = Some(Span::from_secs(60));
    recording
}

#[test]
fn shows_failures_and_lost_trials() {
    assert_snapshot!(shown(&with_a_lost_trial()), @"
    batch 2: no verdict, because a caveat forbids it. hyper/async has no time,
    because all of its batches failed: every request failed: GET
    https://127.0.0.1:40001/todos/1 and 1 other (404 instead of 200 for
    https://host.example/todos/1).

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    batch 2
    seconds  ureq/sequential  ureq/threads  hyper/async
    count                  3             2            0
    mean            0.100000      0.060000            -
    std             0.000000      0.000000            -
    min             0.100000      0.060000            -
    25%             0.100000      0.060000            -
    50%             0.100000      0.060000            -
    75%             0.100000      0.060000            -
    max             0.100000      0.060000            -

                     ratio    95% interval  connections  verdict
    ureq/sequential      1                            -  baseline
    ureq/threads     0.600  [0.600, 0.600]            -  vetoed
    hyper/async          -               -            -  vetoed
    hyper/async@2: no block in which it and the baseline both succeeded

    batch 2: ureq/sequential is 40.0 ms [40.0, 40.0] slower than ureq/threads:
      phases not observed.

    ureq/threads@2: 3 of 5 trials failed: timeout 2 requests, status 1 request, lost
    1 trial
      timeout: every request failed in 1 of 5 trials: GET
      https://127.0.0.1:40001/todos/1 and 1 other
      status: 1 of 2 requests failed in 1 of 5 trials: GET
      https://127.0.0.1:40001/todos/2
    hyper/async@2: 2 of 2 trials failed: status 4 requests
      status: every request failed: GET https://127.0.0.1:40001/todos/1 and 1 other
      timeout: no answer within 30s
        Give each trial more time: --timeout.
      status: 503 instead of 200 for https://host.example/todos/1
        Accept another status: --expect-status CODE.
      lost: the driver died of signal 11
        thread 'main' panicked
          at src/library.rs:12

    caveat: ureq/threads@2 failed in 3 of 5 trials (timeout, status, lost);
      ureq/sequential@2 failed in none. Failed batches have no time, so the two arms
      are not comparable and there is no verdict. Fix the cause of the failures and
      run again.
    caveat: hyper/async@2 failed in 2 of 2 trials (status); ureq/sequential@2
      failed in none. Failed batches have no time, so the two arms are not
      comparable and there is no verdict. Fix the cause of the failures and run
      again.
    caveat: The budget of 60s ended the run after 2 blocks, before every ratio was
      known to within 2%. Allow more time (--budget), or compare fewer strategies.
    caveat: Only 2 blocks are complete. Fewer than 10 cannot show drift or
      dependence between trials, and one slow trial moves every figure. Raise
      --budget until 10 blocks fit, or compare fewer strategies.
    no controls: how much two equal arms differ on this machine was not measured

    Stopped after 2 blocks: the time budget of 60s is spent.
    ");
}

/// A batch of which each request failed in another way.
fn failed_in_every_way() -> Recording {
    let kinds = [
        FailureKind::Dns,
        FailureKind::Refused,
        FailureKind::Reset,
        FailureKind::Timeout,
        FailureKind::Tls,
        FailureKind::CertificateUntrusted,
        FailureKind::CertificateName,
        FailureKind::CertificateDates,
        FailureKind::CertificateUnfit,
        FailureKind::Http2Only,
        FailureKind::Protocol,
        FailureKind::InterimStatus,
        FailureKind::Status,
        FailureKind::Check,
        FailureKind::StreamRefused,
    ];
    let errors = kinds.map(|kind| Some(failure(kind, "what the client said")));
    let mut sample = Sample::new(&[("ureq/sequential", 15)]);
    sample.failed("ureq/sequential@15", &errors);
    sample.end(StopReason::Interrupted)
}

#[test]
#[expect(clippy::too_many_lines, reason = "one snapshot of every kind")]
fn every_kind_of_failure_has_a_remedy() {
    let report = shown(&failed_in_every_way());
    let (_, failures) = report.split_once("\n\nureq/sequential@15: ").expect("it failed");
    let (failures, _) = failures.split_once("\n\n").expect("caveats follow");
    assert_snapshot!(failures, @"
    1 of 1 trial failed: dns 1 request, refused 1 request, reset
    1 request, stream_refused 1 request, timeout 1 request, tls 1 request,
    certificate_untrusted 1 request, certificate_name 1 request, certificate_dates 1
    request, certificate_unfit 1 request, http2_only 1 request, protocol 1 request,
    interim_status 1 request, status 1 request, check 1 request
      dns: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/1
      refused: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/2
      reset: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/3
      stream_refused: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/15
      timeout: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/4
      tls: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/5
      certificate_untrusted: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/6
      certificate_name: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/7
      certificate_dates: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/8
      certificate_unfit: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/9
      http2_only: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/10
      protocol: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/11
      interim_status: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/12
      status: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/13
      check: 1 of 15 requests failed in every trial: GET
      https://127.0.0.1:40001/todos/14
      dns: what the client said
        Check the host name in the URL.
      refused: what the client said
        Check that the server runs, and that the host and the port in the URL are
        right.
      reset: what the client said
        Look into the server's log. Plain http:// to a TLS port also ends like this.
      stream_refused: what the client said
        Have fewer requests in flight at once (concurrency=N), keep the session,
        which knows the limit after its first response (session=warm), or have the
        server allow more streams on a connection.
      timeout: what the client said
        Give each trial more time: --timeout.
      tls: what the client said
        Use http:// for a server without TLS. If the certificate was refused, trust
        it with --cacert FILE, or any certificate with -k.
      certificate_untrusted: what the client said
        Trust the authority that issued the server's certificate, or a self-signed
        certificate itself, with --cacert FILE; or any certificate with -k.
      certificate_name: what the client said
        Make a certificate that names the host of the URL: openssl req -x509 …
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1. Or use a host that it
        names, or -k.
      certificate_dates: what the client said
        Make a new certificate (openssl req -x509 … -days 365), and check the clocks
        of both machines. Or verify nothing with -k.
      certificate_unfit: what the client said
        Make a certificate for a server: openssl req -x509 … -addext
        basicConstraints=critical,CA:FALSE -addext
        subjectAltName=DNS:localhost,IP:127.0.0.1. Or trust this one with --cacert
        FILE, or any with -k.
      http2_only: what the client said
        Ask for HTTP/2 where the strategy can (http=2), or enable HTTP/1.1 on the
        server.
      protocol: what the client said
        Check that the URL starts with what the server speaks, http:// or https://.
      interim_status: what the client said
        This client's library cannot fetch from a server that sends interim
        responses. Turn them off in the server, or measure another client, such as
        ureq or hyper.
      status: what the client said
        Accept another status: --expect-status CODE.
      check: what the client said
        Accept shorter bodies: --expect-min-bytes N.
    ");
}

#[test]
fn shows_a_target_that_could_not_be_reached() {
    let mut sample = Sample::new(&[("ureq/sequential", 1), ("ureq/threads", 1)]);
    let refused = failure(FailureKind::Refused, "connection refused (os error 111)");
    sample.pilot("ureq/sequential@1", &[Some(refused.clone())]);
    sample.pilot("ureq/threads@1", &[Some(refused)]);
    let plan = sample.plan();
    plan.targets[0].link = None;
    plan.targets[0].target.requests.edit(|_, request| request.method = "POST".to_owned());
    assert_snapshot!(shown(&sample.end(StopReason::Unreachable)), @"
    POST https://127.0.0.1:40001/todos/1 and 15 more
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    pilot: refused 2 requests
      refused: connection refused (os error 111)
        Check that the server runs, and that the host and the port in the URL are
        right.

    Nothing was measured: the target could not be reached. Every request failed:
    POST https://127.0.0.1:40001/todos/1 (connection refused (os error 111)).
    ");
}

/// A recording of a pilot in which every request failed with one kind.
fn unanswered(kind: FailureKind) -> Recording {
    let mut sample = Sample::new(&[("ureq/sequential", 1)]);
    sample.pilot("ureq/sequential@1", &[Some(failure(kind, "what the client said"))]);
    sample.end(StopReason::Unreachable)
}

#[test]
fn names_a_refused_certificate_and_a_server_of_http2_only_as_the_reason() {
    let ends_with = |kind, reason: &str| {
        let report = shown(&unanswered(kind));
        assert!(report.contains(&format!("\n\nNothing was measured: {reason}. ")), "{report}");
    };
    for kind in [
        FailureKind::CertificateUntrusted,
        FailureKind::CertificateName,
        FailureKind::CertificateDates,
        FailureKind::CertificateUnfit,
    ] {
        ends_with(kind, "the server's certificate was refused");
    }
    ends_with(FailureKind::Http2Only, "the server offers only HTTP/2");
    ends_with(FailureKind::Tls, "the target could not be reached");
}

#[test]
fn shows_a_pilot_that_lost_its_driver_before_the_plan() {
    let mut sample = Sample::new(&[("ureq/sequential", 1)]);
    sample.pilot_lost("ureq/sequential@1", "the driver died of signal 9");
    let mut recording = sample.end(StopReason::PilotFailed);
    recording.plan = None;
    recording.header.environment.ignored_proxies = vec!["https_proxy".to_owned()];
    assert_snapshot!(shown(&recording), @"
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    ignored proxy variables: https_proxy

    pilot: lost 1 trial
      lost: the driver died of signal 9

    Nothing was measured: every batch of the pilot failed. 1 trial lost (the driver
    died of signal 9).
    ");
}
