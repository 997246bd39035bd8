//! The report of how a run ended.

use insta::assert_snapshot;
use model::plan::StopRule;
use model::recording::StopReason;
use test_support::sample::Sample;

use super::shown;

/// The last line of a run of three strategies that ended like this.
fn ending(reason: Option<StopReason>, stop: StopRule) -> String {
    let mut recording = Sample::three_strategies(12);
    recording.closing = reason.zip(recording.closing).map(|(reason, mut closing)| {
        closing.reason = reason;
        closing
    });
    recording.plan.as_mut().expect("has a plan").stop = stop;
    shown(&recording).lines().last().expect("has lines").to_owned()
}

#[test]
fn the_last_line_says_why_the_run_stopped() {
    let fixed = StopRule::Blocks { blocks: 12 };
    let reason = |reason| ending(Some(reason), StopRule::DEFAULT);
    assert_snapshot!(reason(StopReason::Precision), @"Stopped after 12 blocks: every ratio is known to within 2%.");
    assert_snapshot!(reason(StopReason::Blocks), @"more than 2%.");
    assert_snapshot!(reason(StopReason::Interrupted), @"Stopped by hand after 12 blocks.");
    assert_snapshot!(reason(StopReason::Budget), @"Stopped after 12 blocks: the time budget is spent.");
    assert_snapshot!(ending(Some(StopReason::Blocks), fixed.clone()), @"Stopped after 12 blocks, as requested.");
    assert_snapshot!(ending(None, fixed), @"The run was cut off after 12 blocks.");
}

#[test]
fn shows_a_recording_that_was_cut_off_in_its_only_block() {
    let mut recording = Sample::three_strategies(1);
    recording.trials.pop();
    recording.closing = None;
    recording.truncated = true;
    assert_snapshot!(shown(&recording), @"
    batch 4: ureq/threads is fastest (60.0 ms). ureq/sequential is 1.67× slower,
    perhaps by chance.

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    batch 4
    seconds  ureq/sequential  ureq/threads  hyper/async
    count                  1             1            0
    mean            0.100000      0.060000            -
    std                    -             -            -
    min             0.100000      0.060000            -
    25%             0.100000      0.060000            -
    50%             0.100000      0.060000            -
    75%             0.100000      0.060000            -
    max             0.100000      0.060000            -

                     ratio  95% interval  connections  verdict
    ureq/sequential      1                          1  baseline
    ureq/threads     0.600             -            4  inconclusive
    hyper/async          -             -            -  inconclusive
    ureq/threads@4: one block has no interval
    hyper/async@4: no block in which it and the baseline both succeeded

    batch 4: ureq/sequential differs from ureq/threads by +40.0 ms in the one
      block they share.

    path, ms         client  queue    dns  connect   tls  send  wait  receive
    ureq/sequential    32.1  0.000  0.020     11.1  12.1     0  44.7        0
    ureq/threads       25.3  0.300  0.020     11.1  12.1     0  11.2        0
    hyper/async           -      -      -        -     -     -     -        -

    requests         on path  HTTP  connections used  handshakes  CPU ms  CPU share
    ureq/sequential        4   1.1                 1           1       -          -
    ureq/threads           1   1.1                 4           4       -          -
    hyper/async            -     -                 -           -       -          -

    bottleneck       limit            takes ms  next              left ms  replay
    ureq/sequential  concurrency 69%      33.2  client CPU 17%       67.2      0%
    ureq/threads     client CPU 42%       25.2  connection setup     34.8   -0.6%
    hyper/async      -                       -  -                       -       -

    caveat: No blocks are complete. Fewer than 10 cannot show drift or dependence
      between trials, and one slow trial moves every figure. Let the run complete 10
      blocks.
    no controls: how much two equal arms differ on this machine was not measured

    The run was cut off before the first block was complete.
    The recording ends in the middle of a line. It was read up to there.
    ");
}
