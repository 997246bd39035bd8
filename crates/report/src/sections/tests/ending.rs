//! What is shown of how a run ended.

use evidence::sample::Sample;
use insta::assert_snapshot;
use model::plan::StopRule;
use model::recording::StopReason;

use super::shown;

/// The last line of three ways that ended so.
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
fn a_recording_that_was_cut_off_in_its_only_block() {
    let mut recording = Sample::three_strategies(1);
    recording.trials.pop();
    recording.closing = None;
    recording.truncated = true;
    assert_snapshot!(shown(&recording), @"
    batch 4: ureq/threads is fastest (60.0 ms). ureq/sequential is 1.67× slower,
    perhaps by chance.

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

    batch 4: ureq/sequential differs from ureq/threads by +40.0 ms in the one
      block they share.

    path in ms       client  queue   dns  connect    tls  send   wait  receive
    ureq/sequential   32.06   0.00  0.02    11.10  12.14  0.00  44.68     0.00
    ureq/threads      25.27   0.30  0.02    11.10  12.14  0.00  11.17     0.00
    hyper/async           –      –     –        –      –     –      –        –

    requests         on path  connections used  handshakes  CPU ms  CPU share
    ureq/sequential      4.0               1.0         1.0       –          –
    ureq/threads         1.0               4.0         4.0       –          –
    hyper/async            –                 –           –       –          –

    caveat: No blocks are complete. Fewer than 10 cannot show drift or dependence
      between trials, and one slow trial moves every figure. Let the run complete 10
      blocks.
    without controls: how far two equal arms lie apart here was not measured

    The run did not come to its end: it was cut off before the first block was
    whole.
    The recording is cut off in the middle of a line, and was read up to there.
    ");
}
