//! What is shown of ways that succeeded: the tables, and the sentences below them.

use evidence::sample::Sample;
use insta::assert_snapshot;
use model::arm::Label;
use model::plan::StopRule;
use model::recording::{Recording, StopReason};

use super::{halves, shown};

#[test]
fn three_ways_in_their_tables() {
    assert_snapshot!(halves(&Sample::three_ways(12), 80).0, @"
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
    ");
}

#[test]
fn the_paths_of_three_ways_and_what_follows_them() {
    assert_snapshot!(halves(&Sample::three_ways(12), 80).1, @"
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

/// Three ways with many conditions, in three blocks.
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
fn long_labels_wrap_the_table_and_not_its_lines() {
    assert_snapshot!(shown(&long_labels()), @"
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

#[test]
fn a_label_is_that_of_the_arm_and_not_its_alias() {
    let mut recording = Sample::three_ways(2);
    let arm = &mut recording.plan.as_mut().expect("has a plan").arms[1];
    arm.label = Label("ureq/threads:workers=4".to_owned());
    assert!(shown(&recording).contains("ureq/threads:workers=4"));
}
