use explain::compare::compare;
use insta::assert_snapshot;
use model::failure::FailureKind;
use model::plan::StopRule;
use model::recording::{Recording, StopReason};
use test_support::sample::{Sample, failure};

use super::*;

/// A run of `own/fetch` in the given times, and of `ureq/threads` in 60 ms.
fn run(millis: &[u64]) -> Recording {
    let mut sample = Sample::new(&[("ureq/threads", 4), ("own/fetch", 4)]);
    for &time in millis {
        sample.block(&[("ureq/threads@4", 60), ("own/fetch@4", time)]);
    }
    sample.plan().stop =
        StopRule::Blocks { blocks: u32::try_from(millis.len()).expect("is small") };
    sample.end(StopReason::Blocks)
}

fn shown(old: &Recording, new: &Recording, width: usize) -> String {
    let style = Style { width, ..Style::default() };
    comparison(&compare(old, new), SlowdownLimit::new(0.05), style)
}

fn slower() -> (Recording, Recording) {
    let old = run(&[100, 101, 99, 100, 102, 98]);
    let mut new = run(&[120, 121, 119, 120, 122, 118]);
    new.header.environment.cpu = Some("Another".to_owned());
    new.header.environment.memory = None;
    (old, new)
}

#[test]
fn a_slower_arm_is_shown_with_what_else_differs() {
    let (old, new) = slower();
    assert_snapshot!(shown(&old, &new, 80), @r"
    Differences beside the times
      machine: cpu A Processor of 2 GHz → Another
      machine: only the old recording has memory 8192 MiB
    Slower: own/fetch@4 1.20× [1.19, 1.21].
    arm             old, ms  new, ms  new/old    95% interval  verdict
    ureq/threads@4     60.0     60.0    1.000  [1.000, 1.000]  practically equal
    own/fetch@4         100      120     1.20    [1.19, 1.21]  slower
    caveat: the recordings come from different machines, or from one in different
      states. A difference of machines is not a difference of code: record both on
      one machine.
    caveat: each recording is one run. What varies from run to run is not in the
      intervals: repeat a run to see how much two runs of the same code differ.
    Slower by more than 5%: own/fetch@4 (at least 1.18×).
    ");
}

#[test]
fn a_narrow_terminal_has_an_entry_for_each_arm() {
    let (old, new) = slower();
    let text = shown(&old, &new, 60);
    assert!(text.lines().all(|line| text::width(line) <= 60), "{text}");
}

#[test]
fn arms_without_times_and_intervals_are_explained() {
    let mut sample = Sample::new(&[("own/fetch", 4), ("hyper/async", 4)]);
    sample.block(&[("own/fetch@4", 100), ("hyper/async@4", 50)]);
    let one = sample.end(StopReason::Blocks);
    let mut sample = Sample::new(&[("own/fetch", 4), ("hyper/async", 4)]);
    sample.block(&[("own/fetch@4", 100)]);
    sample.add_failed("hyper/async@4", &[Some(failure(FailureKind::Reset, "cut off"))]);
    let failed = sample.end(StopReason::Blocks);
    assert_snapshot!(shown(&one, &failed, 80), @r"
    No certain change in 1 arm. Undecided: 1 of 1 arm.
    arm            old, ms  new, ms  new/old  95% interval  verdict
    own/fetch@4        100      100    1.000             –  inconclusive
    hyper/async@4     50.0        –        –             –  inconclusive
    own/fetch@4: a recording with one trial gives no interval; record more blocks:
      -n 10.
    hyper/async@4: every trial failed in the new recording.
    caveat: a recording has one trial of an arm, which has no interval and decides
      nothing.
    No arm is slower by more than 5% for sure.
    ");
}
