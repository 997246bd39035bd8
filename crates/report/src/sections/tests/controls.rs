//! The report of a run with controls.

use insta::assert_snapshot;
use model::arm::Role;
use model::recording::{Recording, StopReason};
use model::time::Span;
use model::trace::Milestone;
use model::witness::Witness;
use test_support::sample::{Sample, request_row};

use super::shown;

#[test]
fn controls_are_in_no_table() {
    let mut sample = Sample::new(&[("ureq/sequential", 1), ("ureq/sequential", 1)]);
    sample.set_role(1, "ureq/sequential@1#aa", Role::Aa);
    sample.block(&[("ureq/sequential@1", 10), ("ureq/sequential@1#aa", 77)]);
    let text = shown(&sample.end(StopReason::Blocks));
    assert!(!text.contains("#aa") && !text.contains("0.077"), "{text}");
}

/// Two strategies in four blocks with both controls, on a machine that was busy.
fn controlled() -> Recording {
    let names =
        ["ureq/threads@1", "ureq/sequential@1", "ureq/threads@1#aa", "ureq/threads@1#delay"];
    let arms = ["ureq/threads", "ureq/sequential", "ureq/threads", "ureq/threads"];
    let mut sample = Sample::new(&arms.map(|label| (label, 1)));
    sample.set_role(2, names[2], Role::Aa);
    sample.set_role(3, names[3], Role::Delay);
    for block in 0..4 {
        sample.block(&[]);
        for (name, millis) in
            names.into_iter().zip([60, 100 - block, 64 + block % 2, 62 + block % 2])
        {
            sample.add_trial(name, millis);
            let done = Span::from_millis(millis);
            let mut request = request_row();
            request.think = Span::from_millis(if name == names[3] { 2 } else { 0 });
            sample.last_run().columns.milestones[Milestone::Submitted] =
                Some(vec![Some(Span::ZERO)]);
            sample.last_run().columns.milestones[Milestone::Done] = Some(vec![Some(done)]);
            sample.last_trial().witness = Some(Witness {
                connections: Vec::new(),
                requests: vec![request].into(),
                drained: true,
                ..Witness::default()
            });
        }
    }
    let mut recording = sample.end(StopReason::Interrupted);
    recording.closing.as_mut().expect("it came to its end").busy = Some(0.95);
    recording
}

#[test]
fn shows_controls_and_caveats_below_the_tables() {
    assert_snapshot!(shown(&controlled()), @r"
    batch 1: no verdict, because a caveat forbids it.

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor performance
    socket witness on

    batch 1
    seconds  ureq/threads  ureq/sequential
    count               4                4
    mean         0.060000         0.098500
    std          0.000000         0.001291
    min          0.060000         0.097000
    25%          0.060000         0.097750
    50%          0.060000         0.098500
    75%          0.060000         0.099250
    max          0.060000         0.100000

                     ratio  95% interval  connections  verdict
    ureq/threads         1                          0  baseline
    ureq/sequential   1.64  [1.61, 1.68]            0  vetoed
    noise floor ±1.4% (A/A, missed)
    known delay 2.00 ms measured as 2.50 ms [1.58, 3.42]

    batch 1: ureq/sequential is 38.5 ms [36.4, 40.6] slower than ureq/threads:
      client, queue and send together +38.5 [36.4, 40.6], the rest within noise
      (0.0).

    path, ms         client  queue  dns  connect  tls  send  wait  receive
    ureq/threads       60.0      -    0        0    0     0     0        0
    ureq/sequential    98.5      -    0        0    0     0     0        0
    ureq/threads@1: not observed: started, writing
    ureq/sequential@1: not observed: started, writing

    requests         on path  HTTP  connections used  handshakes  CPU ms  CPU share
    ureq/threads           1   1.1                 1           0       -          -
    ureq/sequential        1   1.1                 1           0       -          -

    bottleneck       limit           takes ms  next  left ms  replay
    ureq/threads     client CPU 50%      60.0  -           0      0%
    ureq/sequential  client CPU 50%      98.5  -           0      0%

    findings
      takes 38.5 ms [36.4, 40.6], likely cold_start: ureq/sequential works before
      its first request: 38.5 ms more than ureq/threads.
        - time before the first request starts: 38.5 ms [36.4, 40.6]
        fix: Create session, event loop and threads once, for all batches
        (session=warm).

    caveat: ureq/threads@1#aa is a copy of ureq/threads@1, but its time is 1.5% to
      14% longer (99.9% interval). Something other than the strategies makes arms
      differ, so there is no verdict at this batch size. Close other programs and
      run again with more blocks (-n 10).
    caveat: The machine's cores were busy 95% of the time, so clients, endpoint
      and other programs waited for each other. Close other programs and run again.
      If there are none, the batches need more CPU than this machine has.
    caveat: Only 4 blocks are complete. Fewer than 10 cannot show drift or
      dependence between trials, and one slow trial moves every figure. Let the run
      complete 10 blocks.

    Stopped by hand after 4 blocks.
    ");
}
