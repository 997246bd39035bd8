//! The report of strategies that succeeded: the tables, and the sentences below them.

use insta::assert_snapshot;
use model::arm::Label;
use model::plan::StopRule;
use model::recording::{Recording, StopReason};
use test_support::sample::Sample;

use super::{halves, shown};

#[test]
fn shows_three_strategies_in_their_tables() {
    assert_snapshot!(halves(&Sample::three_strategies(12), 80).0, @r"
    batch 4: hyper/async is fastest (50.4 ms). ureq/threads is 1.20× slower [1.20,
    1.20]: 25.6 of 60.4 ms: work before the first request. Create session, event
    loop and threads once, for all batches (session=warm). (likely: cold_start)
    ureq/sequential is 1.99× slower [1.99, 2.00]: 32.7 of 100 ms: one request at a
    time. Send the requests concurrently, as ureq/threads and hyper/async do.
    (likely: serial_round_trips)

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    batch 4
    seconds  ureq/sequential  ureq/threads  hyper/async
    count                 12            12           12
    mean            0.100420      0.060420     0.050420
    std             0.000296      0.000296     0.000296
    min             0.100000      0.060000     0.050000
    25%             0.100209      0.060209     0.050209
    50%             0.100390      0.060390     0.050390
    75%             0.100582      0.060582     0.050582
    max             0.100959      0.060959     0.050959

                     ratio    95% interval  connections  verdict
    ureq/sequential      1                            1  baseline
    ureq/threads     0.602  [0.601, 0.602]            4  faster
    hyper/async      0.502  [0.501, 0.503]            4  faster

    batch 4: ureq/sequential is 50.0 ms [50.0, 50.0] slower than hyper/async: wait
      +33.5 [33.5, 33.5], client +16.8 [16.8, 16.8], the rest -0.3 [-0.3, -0.3].
    batch 4: ureq/threads is 10.0 ms [10.0, 10.0] slower than hyper/async: client
      +10.0 [10.0, 10.0], the rest within noise (0.0).
    batch 4: ureq/threads is 40.0 ms [40.0, 40.0] faster than ureq/sequential:
      wait -33.5 [-33.5, -33.5], client -6.8 [-6.8, -6.8], the rest +0.3 [0.3, 0.3].
    ");
}

#[test]
fn shows_the_paths_of_three_strategies_and_what_follows() {
    assert_snapshot!(halves(&Sample::three_strategies(12), 80).1, @r"
    path, ms         client  queue    dns  connect   tls  send  wait  receive
    ureq/sequential    32.5  0.000  0.020     11.1  12.1     0  44.7        0
    ureq/threads       25.7  0.300  0.020     11.1  12.1     0  11.2        0
    hyper/async        15.7  0.300  0.020     11.1  12.1     0  11.2        0

    requests         on path  HTTP  connections used  handshakes  CPU ms  CPU share
    ureq/sequential        4   1.1                 1           1       -          -
    ureq/threads           1   1.1                 4           4       -          -
    hyper/async            1   1.1                 4           4       -          -

    bottleneck       limit             takes ms  next              left ms  replay
    ureq/sequential  concurrency 69%       33.2  client CPU 17%       67.6      0%
    ureq/threads     client CPU 42%        25.5  connection setup     34.9   -0.6%
    hyper/async      connection setup      23.7  client CPU 31%       26.8   -0.7%

    request latency, ms   p50   p90  requests
    ureq/sequential      11.4  34.7        48
    ureq/threads         34.7  34.7        48
    hyper/async          34.7  34.7        48

    findings
      saves 32.7 ms [29.4, 36.0] (predicted), likely serial_round_trips:
      ureq/sequential sends its 4 requests one at a time: 33.5 ms more than
      hyper/async.
        - time of exchanges that waited for the one before them: 33.5 ms [33.5,
        33.5]
        - time for each request after the first: 11.2 ms
        - requests on the critical path: 4 (hyper/async: 1)
        fix: Send the requests concurrently, as ureq/threads and hyper/async do.
      saves 31.5 ms [28.4, 34.7] (predicted), likely cold_start: ureq/sequential
      works before its first request: 15.8 ms more than hyper/async.
        - time before the first request starts: 15.8 ms [15.8, 15.8]
        fix: Create session, event loop and threads once, for all batches
        (session=warm).
      saves 25.6 ms [23.0, 28.2] (predicted), likely cold_start: ureq/threads works
      before its first request: 10.0 ms more than hyper/async.
        - time before the first request starts: 10.0 ms [10.0, 10.0]
        fix: Create session, event loop and threads once, for all batches
        (session=warm).

    no controls: how much two equal arms differ on this machine was not measured

    Stopped after 12 blocks: every ratio is known to within 2%.
    ");
}

#[test]
fn shows_the_cost_model_and_what_follows_from_it() {
    let text = shown(&Sample::three_sizes(12));
    let law = text.find("law of a batch").map(|start| &text[start..]);
    assert_snapshot!(law.unwrap_or_default(), @"");
}

/// Three strategies with many conditions, in three blocks.
fn long_labels() -> Recording {
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
    sample.end(StopReason::Interrupted)
}

#[test]
fn breaks_long_labels_and_no_row() {
    assert_snapshot!(shown(&long_labels()), @"
    batch 4: ureq/sequential:session=warm and
    hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
    work=sleep:11ms are fastest, with no measurable difference between them (100
    ms). ureq/threads:session=warm,workers=4 is 1.30× slower [1.30, 1.30].

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    batch 4
                                                          hyper/async:
                                                       concurrency=16,
                                                          pool=native,
                                                           resume=off,
                                                        runtime=multi,
             ureq/sequential:           ureq/threads:    session=warm,
    seconds      session=warm  session=warm,workers=4  work=sleep:11ms
    count                   3                       3                3
    mean             0.100000                0.130000         0.100000
    std              0.000000                0.000000         0.001000
    min              0.100000                0.130000         0.099000
    25%              0.100000                0.130000         0.099500
    50%              0.100000                0.130000         0.100000
    75%              0.100000                0.130000         0.100500
    max              0.100000                0.130000         0.101000

      ratio    95% interval  connections  verdict
    ureq/sequential:session=warm
          1                            -  baseline
    ureq/threads:session=warm,workers=4
       1.30    [1.30, 1.30]            -  slower
    hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
    work=sleep:11ms
      1.000  [0.975, 1.025]            -  inconclusive
    hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
    work=sleep:11ms@4: about 10 blocks would decide: -n 10

    batch 4: ureq/threads:session=warm,workers=4 is 30.0 ms [30.0, 30.0] slower
      than ureq/sequential:session=warm: phases not observed.
    batch 4:
      hyper/async:concurrency=16,pool=native,resume=off,runtime=multi,session=warm,
      work=sleep:11ms differs from ureq/sequential:session=warm by 0.00 ms [-2.48,
      2.48], within noise; phases not observed.

    caveat: Only 3 blocks are complete. Fewer than 10 cannot show drift or
      dependence between trials, and one slow trial moves every figure. Let the run
      complete 10 blocks.
    no controls: how much two equal arms differ on this machine was not measured

    Stopped by hand after 3 blocks.
    ");
}

#[test]
fn one_strategy_at_two_sizes_has_no_ratio() {
    let mut sample = Sample::new(&[("ureq/sequential", 4), ("ureq/sequential", 16)]);
    for _ in 0..3 {
        sample.block(&[("ureq/sequential@4", 100), ("ureq/sequential@16", 250)]);
    }
    sample.plan().stop = StopRule::Blocks { blocks: 3 };
    assert_snapshot!(shown(&sample.end(StopReason::Blocks)), @"
    batch 4: ureq/sequential takes 100 ms.
    batch 16: ureq/sequential takes 250 ms.

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    batch 4
    seconds  ureq/sequential
    count                  3
    mean            0.100000
    std             0.000000
    min             0.100000
    25%             0.100000
    50%             0.100000
    75%             0.100000
    max             0.100000

                     connections
    ureq/sequential            -

    batch 16
    seconds  ureq/sequential
    count                  3
    mean            0.250000
    std             0.000000
    min             0.250000
    25%             0.250000
    50%             0.250000
    75%             0.250000
    max             0.250000

                     connections
    ureq/sequential            -

    cost model, ms, from batch sizes 4, 16
                     setup  latency  per extra request
    ureq/sequential      -        -  12.5 [12.5, 12.5]
    ureq/sequential: from two sizes, which do not show whether the cost is linear
    ureq/sequential: predicted by the line: batch 32 450 ms [450, 450], batch 64
      850 ms [850, 850]

    caveat: Only 3 blocks are complete. Fewer than 10 cannot show drift or
      dependence between trials, and one slow trial moves every figure. Measure at
      least 10 blocks (-n 10).
    no controls: how much two equal arms differ on this machine was not measured

    Stopped after 3 blocks, as requested.
    ");
}

#[test]
fn shows_the_label_of_an_arm_and_not_its_alias() {
    let mut recording = Sample::three_strategies(2);
    let arm = &mut recording.plan.as_mut().expect("has a plan").arms[1];
    arm.label = Label("ureq/threads:workers=4".to_owned());
    assert!(shown(&recording).contains("ureq/threads:workers=4"));
}
