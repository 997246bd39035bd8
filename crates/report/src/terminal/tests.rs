use super::*;
use crate::style::Colour;
use crate::text::width;
use explain::sample::{Sample, failure, request_row};
use insta::assert_snapshot;
use model::arm::Label;
use model::failure::{Failure, FailureKind};
use model::plan::StopRule;
use model::recording::StopReason;
use model::time::Span;
use model::trial::Outcome;
use model::witness::Witness;

/// What a person sees in 80 columns. No line is wider, and colours change nothing but colours.
fn shown(recording: &Recording) -> String {
    shown_in(recording, 80)
}

fn shown_in(recording: &Recording, columns: usize) -> String {
    let analysis = explain::analyse(recording);
    let plain = terminal(&analysis, recording, Style { width: columns, colour: Colour::Off });
    for line in plain.lines() {
        assert!(width(line) <= columns, "{} columns: {line}", width(line));
        assert_eq!(line, line.trim_end());
    }
    let inked = terminal(&analysis, recording, Style { width: columns, colour: Colour::Ansi });
    assert_eq!(without_colours(&inked), plain);
    plain
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_code, rest)| rest))
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole of an output, once")]
fn three_ways() {
    assert_snapshot!(shown(&Sample::three_ways(12)), @"
    At batch size 4 use hyper/async: 50.42 ms, where ureq/threads takes 1.20 [1.20,
    1.20] times as long and ureq/sequential takes 1.99 [1.99, 2.00] times as long.
    Of the 60.42 ms of ureq/threads, 10.00 go with beginning each batch anew; to
    change it, make session, event loop and threads once, and keep them for all
    batches. Of the 100.42 ms of ureq/sequential, 33.51 go with round trips one
    after another; to change it, have the requests under way at once: an async
    client, or a pool of as many threads as there are requests.

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 4
           ureq/sequential  ureq/threads  hyper/async
    count               12            12           12
    mean          0.100420      0.060420     0.050420
    std           0.000296      0.000296     0.000296
    min           0.100000      0.060000     0.050000
    25%           0.100209      0.060209     0.050209
    50%           0.100390      0.060390     0.050390
    75%           0.100582      0.060582     0.050582
    max           0.100959      0.060959     0.050959

                     ratio   95 % interval  connections  verdict
    ureq/sequential      1                          1.0  baseline
    ureq/threads     0.602  [0.601, 0.602]          4.0  faster
    hyper/async      0.502  [0.501, 0.503]          4.0  faster

    At batch 4 ureq/sequential is 50 [50, 50] ms slower than hyper/async: wait +34
      [34, 34], client +17 [17, 17], the rest +0 [0, 0].
    At batch 4 ureq/threads is 10.0 [10.0, 10.0] ms slower than hyper/async:
      client +10.0 [10.0, 10.0], the rest within noise (+0.0).
    At batch 4 ureq/threads is 40.0 [40.0, 40.0] ms quicker than ureq/sequential:
      wait −33.5 [−33.5, −33.5], client −6.8 [−6.8, −6.8], the rest +0.3 [0.3, 0.3].

    path in ms       client  queue   dns  connect    tls  send   wait  receive
    ureq/sequential   32.48   0.00  0.02    11.10  12.14  0.00  44.68     0.00
    ureq/threads      25.69   0.30  0.02    11.10  12.14  0.00  11.17     0.00
    hyper/async       15.69   0.30  0.02    11.10  12.14  0.00  11.17     0.00

    requests         on path  connections used  handshakes  CPU ms  CPU share
    ureq/sequential      4.0               1.0         1.0       –          –
    ureq/threads         1.0               4.0         4.0       –          –
    hyper/async          1.0               4.0         4.0       –          –

    a request in ms    p50    p90  requests
    ureq/sequential  11.40  34.70        48
    ureq/threads     34.70  34.70        48
    hyper/async      34.70  34.70        48

    why
      33.51 ms [33.51, 33.51], consistent with serial_round_trips: ureq/sequential
      makes its 4 requests one after another, and waits 33.51 ms more than
      hyper/async.
        · exchanges that waited for the one before them: 33.51 ms [33.51, 33.51]
        · that is 11.17 ms for each request after the first
        · requests on the critical path: 4 (hyper/async: 1)
        → have the requests under way at once: an async client, or a pool of as many
        threads as there are requests
      15.80 ms [15.80, 15.80], consistent with cold_start: ureq/sequential begins
      each batch anew: 15.80 ms more than hyper/async.
        · before the first request's first step: 15.80 ms [15.80, 15.80]
        → make session, event loop and threads once, and keep them for all batches
      10.00 ms [10.00, 10.00], consistent with cold_start: ureq/threads begins each
      batch anew: 10.00 ms more than hyper/async.
        · before the first request's first step: 10.00 ms [10.00, 10.00]
        → make session, event loop and threads once, and keep them for all batches

    without controls: how far two equal arms lie apart here was not measured

    12 blocks: every ratio is known to within 2 %.
    ");
}

#[test]
fn the_law_of_a_batch_and_what_follows_from_it() {
    let text = shown(&Sample::three_sizes(12));
    let law = text.find("law of a batch").map(|start| &text[start..]);
    assert_snapshot!(law.unwrap_or_default(), @"
    law of a batch, in ms
                                 setup            latency  a further request   sizes
    ureq/sequential  23.7 [23.7, 23.8]  11.2 [11.2, 11.2]  11.4 [11.4, 11.4]  1 4 16
    ureq/threads     24.8 [24.7, 24.8]  11.2 [11.2, 11.2]  0.38 [0.34, 0.42]     1 4
    hyper/async      24.7 [24.7, 24.8]  11.2 [11.2, 11.2]  0.40 [0.40, 0.41]  1 4 16
    ureq/threads: a line through two points, which do not show whether it is
      straight; batch 16 goes beyond workers=6 and is left out
    At batch 4 ureq/sequential would be 1.96 [1.96, 1.96] times as quick if all
      its requests waited at once; ureq/threads reaches 95 % [95 %, 95 %],
      hyper/async reaches 95 % [95 %, 95 %] of that.
    At batch 16 ureq/sequential would be 5.80 [5.80, 5.81] times as quick if all
      its requests waited at once; ureq/threads reaches 85 % [85 %, 85 %],
      hyper/async reaches 85 % [85 %, 85 %] of that.
    From batch size 2 on ureq/threads is quicker than ureq/sequential.
    From batch size 2 on hyper/async is quicker than ureq/sequential.

    without controls: how far two equal arms lie apart here was not measured

    12 blocks: every ratio is known to within 2 %.
    ");
}

#[test]
fn long_labels_wrap_the_table_and_not_its_lines() {
    let labels = [
        "ureq/sequential:session=warm",
        "ureq/threads:session=warm,workers=4",
        "hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,work=sleep:11ms",
    ];
    let mut sample = Sample::new(&labels.map(|label| (label, 4)));
    for jitter in 0..3 {
        let trials = [(labels[0], 100), (labels[1], 130), (labels[2], 99 + jitter)];
        let trials = trials.map(|(label, millis)| (format!("{label}@4"), millis));
        sample.block(&trials.each_ref().map(|(name, millis)| (name.as_str(), *millis)));
    }
    assert_snapshot!(shown(&sample.end(StopReason::Interrupted)), @"
    At batch size 4 use ureq/sequential:session=warm and
    hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
    work=sleep:11ms, which are equally quick as far as was measured: 100.00 ms,
    where ureq/threads:session=warm,workers=4 takes 1.30 [1.30, 1.30] times as long.

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 4
           ureq/sequential:session=warm  ureq/threads:session=warm,workers=4
    count                             3                                    3
    mean                       0.100000                             0.130000
    std                        0.000000                             0.000000
    min                        0.100000                             0.130000
    25%                        0.100000                             0.130000
    50%                        0.100000                             0.130000
    75%                        0.100000                             0.130000
    max                        0.100000                             0.130000

           hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,
                                               session=warm,work=sleep:11ms
    count                                                                 3
    mean                                                           0.100000
    std                                                            0.001000
    min                                                            0.099000
    25%                                                            0.099500
    50%                                                            0.100000
    75%                                                            0.100500
    max                                                            0.101000

      ratio   95 % interval  connections  verdict
    ureq/sequential:session=warm
          1                            –  baseline
    ureq/threads:session=warm,workers=4
      1.300  [1.300, 1.300]            –  slower
    hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
    work=sleep:11ms
      1.000  [0.975, 1.025]            –  inconclusive
    hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
    work=sleep:11ms@4: about 10 blocks would decide (-n 10)

    At batch 4 ureq/threads:session=warm,workers=4 is 30.0 [30.0, 30.0] ms slower
      than ureq/sequential:session=warm: in which phases, nobody observed.
    At batch 4
      hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
      work=sleep:11ms differs from ureq/sequential:session=warm by +0.000 [−2.484,
      2.484] ms, which is within noise: in which phases, nobody observed.

    caveat: There are only 3 blocks: so few show neither drift nor dependence, and
      one stall moves every figure. Measure ten or more (-n 10).
    without controls: how far two equal arms lie apart here was not measured

    Stopped by Ctrl-C after 3 blocks.
    ");
}

/// The narrowest output, before the paths and from there on.
fn narrowest() -> (String, String) {
    let text = shown_in(&Sample::three_ways(2), 72);
    let (before, after) = text.split_at(text.find("path in ms").expect("paths are shown"));
    (before.to_owned(), after.to_owned())
}

#[test]
fn the_narrowest_terminal() {
    assert_snapshot!(narrowest().0, @"
    At batch size 4 use hyper/async: 50.07 ms, where ureq/threads takes 1.20
    [1.20, 1.20] times as long and ureq/sequential takes 2.00 [1.98, 2.02]
    times as long. Of the 60.07 ms of ureq/threads, 10.00 go with beginning
    each batch anew; to change it, make session, event loop and threads
    once, and keep them for all batches. Of the 100.07 ms of
    ureq/sequential, 33.51 go with round trips one after another; to change
    it, have the requests under way at once: an async client, or a pool of
    as many threads as there are requests.

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor
    performance

    batch 4
           ureq/sequential  ureq/threads  hyper/async
    count                2             2            2
    mean          0.100069      0.060068     0.050069
    std           0.000097      0.000097     0.000097
    min           0.100000      0.060000     0.050000
    25%           0.100034      0.060034     0.050034
    50%           0.100069      0.060068     0.050069
    75%           0.100103      0.060103     0.050103
    max           0.100137      0.060137     0.050137

                     ratio   95 % interval  connections  verdict
    ureq/sequential      1                          1.0  baseline
    ureq/threads     0.600  [0.597, 0.604]          4.0  faster
    hyper/async      0.500  [0.496, 0.505]          4.0  faster

    At batch 4 ureq/sequential is 50 [50, 50] ms slower than hyper/async:
      wait +34 [34, 34], client +17 [17, 17], the rest +0 [0, 0].
    At batch 4 ureq/threads is 10.0 [10.0, 10.0] ms slower than
      hyper/async: client +10.0 [10.0, 10.0], the rest within noise (+0.0).
    At batch 4 ureq/threads is 40.0 [40.0, 40.0] ms quicker than
      ureq/sequential: wait −33.5 [−33.5, −33.5], client −6.8 [−6.8, −6.8],
      the rest +0.3 [0.3, 0.3].
    ");
}

#[test]
fn the_narrowest_paths_and_what_follows_them() {
    assert_snapshot!(narrowest().1, @"
    path in ms
      client  queue   dns  connect    tls  send   wait  receive
    ureq/sequential
       32.13   0.00  0.02    11.10  12.14  0.00  44.68     0.00
    ureq/threads
       25.34   0.30  0.02    11.10  12.14  0.00  11.17     0.00
    hyper/async
       15.34   0.30  0.02    11.10  12.14  0.00  11.17     0.00

    requests
      on path  connections used  handshakes  CPU ms  CPU share
    ureq/sequential
          4.0               1.0         1.0       –          –
    ureq/threads
          1.0               4.0         4.0       –          –
    hyper/async
          1.0               4.0         4.0       –          –

    a request in ms    p50  requests
    ureq/sequential  11.40         8
    ureq/threads     34.70         8
    hyper/async      34.70         8

    why
      33.51 ms [33.51, 33.51], consistent with serial_round_trips:
      ureq/sequential makes its 4 requests one after another, and waits
      33.51 ms more than hyper/async.
        · exchanges that waited for the one before them: 33.51 ms [33.51,
        33.51]
        · that is 11.17 ms for each request after the first
        · requests on the critical path: 4 (hyper/async: 1)
        → have the requests under way at once: an async client, or a pool of
        as many threads as there are requests
      15.80 ms [15.80, 15.80], consistent with cold_start: ureq/sequential
      begins each batch anew: 15.80 ms more than hyper/async.
        · before the first request's first step: 15.80 ms [15.80, 15.80]
        → make session, event loop and threads once, and keep them for all
        batches
      10.00 ms [10.00, 10.00], consistent with cold_start: ureq/threads
      begins each batch anew: 10.00 ms more than hyper/async.
        · before the first request's first step: 10.00 ms [10.00, 10.00]
        → make session, event loop and threads once, and keep them for all
        batches

    caveat: There are only 2 blocks: so few show neither drift nor
      dependence, and one stall moves every figure. Measure ten or more (-n
      10).
    without controls: how far two equal arms lie apart here was not measured

    2 blocks: every ratio is known to within 2 %.
    ");
}

#[test]
fn one_strategy_alone_at_two_sizes_has_no_ratio() {
    let mut sample = Sample::new(&[("ureq/sequential", 4), ("ureq/sequential", 16)]);
    for _ in 0..3 {
        sample.block(&[("ureq/sequential@4", 100), ("ureq/sequential@16", 250)]);
    }
    sample.plan().stop = StopRule::Blocks { blocks: 3 };
    assert_snapshot!(shown(&sample.end(StopReason::Blocks)), @"
    At batch size 4, ureq/sequential takes 100.00 ms.
    At batch size 16, ureq/sequential takes 250.00 ms.

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 4
           ureq/sequential
    count                3
    mean          0.100000
    std           0.000000
    min           0.100000
    25%           0.100000
    50%           0.100000
    75%           0.100000
    max           0.100000

                     connections
    ureq/sequential            –

    batch 16
           ureq/sequential
    count                3
    mean          0.250000
    std           0.000000
    min           0.250000
    25%           0.250000
    50%           0.250000
    75%           0.250000
    max           0.250000

                     connections
    ureq/sequential            –

    law of a batch, in ms
                     setup  latency  a further request  sizes
    ureq/sequential      –        –  12.5 [12.5, 12.5]   4 16
    ureq/sequential: a line through two points, which do not show whether it is
      straight

    caveat: There are only 3 blocks: so few show neither drift nor dependence, and
      one stall moves every figure. Measure ten or more (-n 10).
    without controls: how far two equal arms lie apart here was not measured

    3 blocks, as asked for.
    ");
}

/// A recording with failures of several kinds, a lost trial, and an arm that never succeeded.
fn troubled() -> Sample {
    let mut sample =
        Sample::new(&[("ureq/sequential", 2), ("ureq/threads", 2), ("hyper/async", 2)]);
    let timeout = Some(failure(FailureKind::Timeout, "no answer within 30s"));
    let status = |code: u16| -> Option<Failure> {
        let message = format!("{code} instead of 200 for https://host.example/todos/1");
        Some(failure(FailureKind::Status, &message))
    };
    for _ in 0..2 {
        sample.block(&[("ureq/sequential@2", 100), ("ureq/threads@2", 60)]);
        sample.also_failed("hyper/async@2", &[status(404), status(404)]);
    }
    sample.block(&[("ureq/sequential@2", 100)]);
    sample.also_failed("ureq/threads@2", &[timeout.clone(), timeout]);
    sample.failed("ureq/threads@2", &[None, status(503)]);
    sample.lost("ureq/threads@2", "the driver died of signal 11");
    sample
}

#[test]
fn failures_and_lost_trials() {
    let mut recording = troubled().end(StopReason::Budget);
    if let Some(Outcome::Lost(loss)) = recording.trials.last_mut().map(|trial| &mut trial.outcome) {
        loss.stderr = "thread 'main' panicked\n\n  at src/library.rs:12\n".to_owned();
    }
    recording.plan.as_mut().expect("has a plan").budget = Some(Span::from_secs(60));
    assert_snapshot!(shown(&recording), @"
    At batch size 2 nothing can be said: a caveat below forbids a verdict.
    hyper/async has no time: its requests failed.

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 2
           ureq/sequential  ureq/threads  hyper/async
    count                3             2            0
    mean          0.100000      0.060000            –
    std           0.000000      0.000000            –
    min           0.100000      0.060000            –
    25%           0.100000      0.060000            –
    50%           0.100000      0.060000            –
    75%           0.100000      0.060000            –
    max           0.100000      0.060000            –

                     ratio   95 % interval  connections  verdict
    ureq/sequential      1                            –  baseline
    ureq/threads     0.600  [0.600, 0.600]            –  vetoed
    hyper/async          –               –            –  vetoed
    hyper/async@2: there is no block in which it and the baseline both succeeded

    At batch 2 ureq/sequential is 40.0 [40.0, 40.0] ms slower than ureq/threads:
      in which phases, nobody observed.

    ureq/threads@2: 3 of 5 trials failed: timeout 2 requests, status 1 request, lost
    1 trial
    hyper/async@2: 2 of 2 trials failed: status 4 requests
      timeout: no answer within 30s
        --timeout gives each trial more time.
      status: 503 instead of 200 for https://host.example/todos/1
        --expect-status CODE accepts another status.
      lost: the driver died of signal 11
        thread 'main' panicked
          at src/library.rs:12

    caveat: ureq/threads@2 failed in 3 of 5 trials (timeout, status, lost),
      ureq/sequential@2 in none: what fails is not comparable with what succeeds, so
      there is no verdict. Remove what makes it fail, then measure again.
    caveat: hyper/async@2 failed in 2 of 2 trials (status), ureq/sequential@2 in
      none: what fails is not comparable with what succeeds, so there is no verdict.
      Remove what makes it fail, then measure again.
    caveat: The budget ended the run after 2 blocks, before every ratio was known
      to within 2 %. Allow it more time (--budget), or compare fewer strategies at
      once.
    caveat: There are only 2 blocks: so few show neither drift nor dependence, and
      one stall moves every figure. Measure ten or more (-n 10).
    without controls: how far two equal arms lie apart here was not measured

    Stopped after 2 blocks: the budget of 60s was used up.
    ");
}

#[test]
fn every_kind_of_failure_says_what_to_try() {
    let kinds = [
        FailureKind::Dns,
        FailureKind::Refused,
        FailureKind::Reset,
        FailureKind::Timeout,
        FailureKind::Tls,
        FailureKind::Protocol,
        FailureKind::Status,
        FailureKind::Check,
    ];
    let errors = kinds.map(|kind| Some(failure(kind, "what the client said")));
    let mut sample = Sample::new(&[("ureq/sequential", 8)]);
    sample.failed("ureq/sequential@8", &errors);
    assert_snapshot!(shown(&sample.end(StopReason::Interrupted)), @"
    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 8
           ureq/sequential
    count                0
    mean                 –
    std                  –
    min                  –
    25%                  –
    50%                  –
    75%                  –
    max                  –

                     connections
    ureq/sequential            –

    ureq/sequential@8: 1 of 1 trial failed: dns 1 request, refused 1 request, reset
    1 request, timeout 1 request, tls 1 request, protocol 1 request, status 1
    request, check 1 request
      dns: what the client said
        Check the host's name in the URL.
      refused: what the client said
        Check that the server is up, and the URL's host and port.
      reset: what the client said
        The server's log may say why. Plain http:// to a port that speaks TLS ends
        so too.
      timeout: what the client said
        --timeout gives each trial more time.
      tls: what the client said
        --cacert FILE trusts the certificates in FILE, -k trusts any; a server that
        speaks no TLS wants http://.
      protocol: what the client said
        Check that the URL begins with what the server speaks, http:// or https://.
      status: what the client said
        --expect-status CODE accepts another status.
      check: what the client said
        --expect-min-bytes N accepts shorter bodies.

    caveat: There is only 1 block: so few show neither drift nor dependence, and
      one stall moves every figure. Measure ten or more (-n 10).
    without controls: how far two equal arms lie apart here was not measured

    Stopped by Ctrl-C after 1 block.
    ");
}

#[test]
fn a_target_that_could_not_be_reached() {
    let mut sample = Sample::new(&[("ureq/sequential", 1), ("ureq/threads", 1)]);
    let refused = failure(FailureKind::Refused, "connection refused (os error 111)");
    sample.pilot("ureq/sequential@1", &[Some(refused.clone())]);
    sample.pilot("ureq/threads@1", &[Some(refused)]);
    let plan = sample.plan();
    plan.targets[0].link = None;
    plan.targets[0].target.requests[0].method = "POST".to_owned();
    assert_snapshot!(shown(&sample.end(StopReason::Unreachable)), @"
    POST https://127.0.0.1:40001/todos/1 and 15 more
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    pilot: refused 2 requests
      refused: connection refused (os error 111)
        Check that the server is up, and the URL's host and port.

    Nothing was measured: the target could not be reached.
    ");
}

#[test]
fn a_pilot_that_lost_its_driver_before_there_was_a_plan() {
    let mut sample = Sample::new(&[("ureq/sequential", 1)]);
    sample.pilot_lost("ureq/sequential@1", "the driver died of signal 9");
    let mut recording = sample.end(StopReason::PilotFailed);
    recording.plan = None;
    recording.header.environment.ignored_proxies = vec!["https_proxy".to_owned()];
    assert_snapshot!(shown(&recording), @"
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance
    proxy variables that are set but not used: https_proxy

    pilot: lost 1 trial
      lost: the driver died of signal 9

    Nothing was measured: no batch of the pilot succeeded.
    ");
}

#[test]
fn a_recording_that_was_cut_off_in_its_only_block() {
    let mut recording = Sample::three_ways(1);
    recording.trials.pop();
    recording.closing = None;
    recording.truncated = true;
    assert_snapshot!(shown(&recording), @"
    At batch size 4 use ureq/threads: 60.00 ms, where ureq/sequential takes 100.00
    ms (perhaps by chance).

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 4
           ureq/sequential  ureq/threads  hyper/async
    count                1             1            0
    mean          0.100000      0.060000            –
    std                  –             –            –
    min           0.100000      0.060000            –
    25%           0.100000      0.060000            –
    50%           0.100000      0.060000            –
    75%           0.100000      0.060000            –
    max           0.100000      0.060000            –

                     ratio  95 % interval  connections  verdict
    ureq/sequential      1                         1.0  baseline
    ureq/threads     0.600              –          4.0  inconclusive
    hyper/async          –              –            –  inconclusive
    ureq/threads@4: one block has no interval
    hyper/async@4: there is no block in which it and the baseline both succeeded

    At batch 4 ureq/sequential differs from ureq/threads by +40.0 ms in the only
      block that they share.

    path in ms       client  queue   dns  connect    tls  send   wait  receive
    ureq/sequential   32.06   0.00  0.02    11.10  12.14  0.00  44.68     0.00
    ureq/threads      25.27   0.30  0.02    11.10  12.14  0.00  11.17     0.00
    hyper/async           –      –     –        –      –     –      –        –

    requests         on path  connections used  handshakes  CPU ms  CPU share
    ureq/sequential      4.0               1.0         1.0       –          –
    ureq/threads         1.0               4.0         4.0       –          –
    hyper/async            –                 –           –       –          –

    caveat: No block is whole: so few show neither drift nor dependence, and one
      stall moves every figure. Measure ten or more (-n 10).
    without controls: how far two equal arms lie apart here was not measured

    The run did not come to its end: it was cut off before the first block was
    whole.
    The recording is cut off in the middle of a line, and was read up to there.
    ");
}

#[test]
fn controls_are_in_no_table() {
    let mut sample = Sample::new(&[("ureq/sequential", 1), ("ureq/sequential", 1)]);
    sample.as_role(1, "ureq/sequential@1#aa", Role::Aa);
    sample.block(&[("ureq/sequential@1", 10), ("ureq/sequential@1#aa", 77)]);
    let text = shown(&sample.end(StopReason::Blocks));
    assert!(!text.contains("#aa") && !text.contains("0.077"), "{text}");
}

/// Two ways in four blocks with both controls, on a machine that was busy.
fn controlled() -> Recording {
    let names =
        ["ureq/threads@1", "ureq/sequential@1", "ureq/threads@1#aa", "ureq/threads@1#delay"];
    let arms = ["ureq/threads", "ureq/sequential", "ureq/threads", "ureq/threads"];
    let mut sample = Sample::new(&arms.map(|label| (label, 1)));
    sample.as_role(2, names[2], Role::Aa);
    sample.as_role(3, names[3], Role::Delay);
    for block in 0..4 {
        sample.block(&[]);
        for (name, millis) in
            names.into_iter().zip([60, 100 - block, 64 + block % 2, 62 + block % 2])
        {
            sample.and(name, millis);
            let done = Span::from_millis(millis);
            let mut request = request_row();
            request.think = Span::from_millis(if name == names[3] { 2 } else { 0 });
            sample.last_run().columns.submitted = Some(vec![Some(Span::ZERO)]);
            sample.last_run().columns.done = Some(vec![Some(done)]);
            sample.last_trial().witness =
                Some(Witness { connections: Vec::new(), requests: vec![request], drained: true });
        }
    }
    let mut recording = sample.end(StopReason::Interrupted);
    recording.closing.as_mut().expect("it came to its end").busy = Some(0.95);
    recording
}

#[test]
fn controls_and_caveats_are_told_below_the_tables() {
    assert_snapshot!(shown(&controlled()), @"
    At batch size 1 nothing can be said: a caveat below forbids a verdict.

    the embedded endpoint, rtt=11ms,tls=on
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.25, governor performance

    batch 1
           ureq/threads  ureq/sequential
    count             4                4
    mean       0.060000         0.098500
    std        0.000000         0.001291
    min        0.060000         0.097000
    25%        0.060000         0.097750
    50%        0.060000         0.098500
    75%        0.060000         0.099250
    max        0.060000         0.100000

                     ratio   95 % interval  connections  verdict
    ureq/threads         1                          0.0  baseline
    ureq/sequential  1.642  [1.608, 1.676]          0.0  vetoed
    noise floor ± 1.4 % (A/A, missed)
    known delay 2.00 ms found as 2.50 [1.58, 3.42] ms

    At batch 1 ureq/sequential is 38.5 [36.4, 40.6] ms slower than ureq/threads:
      client, queue and send together +38.5 [36.4, 40.6], the rest within noise
      (+0.0).

    path in ms       client  queue   dns  connect   tls  send  wait  receive
    ureq/threads      60.00      –  0.00     0.00  0.00  0.00  0.00     0.00
    ureq/sequential   98.50      –  0.00     0.00  0.00  0.00  0.00     0.00
    ureq/threads@1: nobody observed started, writing
    ureq/sequential@1: nobody observed started, writing

    requests         on path  connections used  handshakes  CPU ms  CPU share
    ureq/threads         1.0               1.0         0.0       –          –
    ureq/sequential      1.0               1.0         0.0       –          –

    why
      38.50 ms [36.45, 40.55], consistent with cold_start: ureq/sequential begins
      each batch anew: 38.50 ms more than ureq/threads.
        · before the first request's first step: 38.50 ms [36.45, 40.55]
        → make session, event loop and threads once, and keep them for all batches

    caveat: ureq/threads@1#aa is ureq/threads@1 once more, and yet its time lies
      at [1.015, 1.139] of the other's (99.9 %): something besides the strategies
      makes arms differ, so there is no verdict at this batch size. Close other
      programs and run again with more blocks.
    caveat: The machine's cores were busy for 95 % of the time: clients, endpoint
      and whatever else runs waited for each other. End other programs and run
      again; if there are none, the batches themselves are more than this machine
      can do at once.
    caveat: There are only 4 blocks: so few show neither drift nor dependence, and
      one stall moves every figure. Measure ten or more (-n 10).

    Stopped by Ctrl-C after 4 blocks.
    ");
}

/// The last line of three ways that ended so.
fn ending(reason: Option<StopReason>, stop: StopRule) -> String {
    let mut recording = Sample::three_ways(12);
    recording.closing = reason.zip(recording.closing).map(|(reason, mut closing)| {
        closing.reason = reason;
        closing
    });
    recording.plan.as_mut().expect("has a plan").stop = stop;
    shown(&recording).lines().last().expect("has lines").to_owned()
}

#[test]
fn the_last_line_says_why_it_stopped() {
    let fixed = StopRule::Blocks { blocks: 12 };
    let reason = |reason| ending(Some(reason), StopRule::DEFAULT);
    assert_snapshot!(reason(StopReason::Precision), @"12 blocks: every ratio is known to within 2 %.");
    assert_snapshot!(reason(StopReason::Blocks), @"12 blocks, the most that were allowed; not every ratio is known to within 2 %.");
    assert_snapshot!(reason(StopReason::Interrupted), @"Stopped by Ctrl-C after 12 blocks.");
    assert_snapshot!(reason(StopReason::Budget), @"Stopped after 12 blocks: the budget was used up.");
    assert_snapshot!(ending(Some(StopReason::Blocks), fixed.clone()), @"12 blocks, as asked for.");
    assert_snapshot!(ending(None, fixed), @"The run did not come to its end: it was cut off after 12 blocks.");
}

#[test]
fn a_label_is_that_of_the_arm_and_not_its_alias() {
    let mut recording = Sample::three_ways(2);
    let arm = &mut recording.plan.as_mut().expect("has a plan").arms[1];
    arm.label = Label("ureq/threads:workers=4".to_owned());
    assert!(shown(&recording).contains("ureq/threads:workers=4"));
}
