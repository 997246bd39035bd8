use super::*;
use crate::analyse;
use model::recording::{Recording, StopReason};
use model::time::Span;
use model::trace::{Columns, Milestone};
use proptest::prelude::*;
use test_support::arbitrary::{any_columns, any_witness};
use test_support::noise::Noise;
use test_support::sample::Sample;

/// When a request passes each milestone, in microseconds.
type Course = [u64; Milestone::COUNT];

/// A request that opens a connection for itself: client 1, queue 1, dns 0, connect 2, TLS
/// preparation 3, TLS handshake 10, send 0, wait 11, receive 1 ms, with 2 ms of the client's more
/// before it is handed over and before it is written.
const COURSE: Course =
    [1000, 2000, 2000, 2000, 2000, 4000, 7000, 17_000, 19_000, 19_000, 30_000, 31_000];

fn columns(course: Course, leave_out: &[Milestone]) -> Columns {
    let mut columns = Columns::default();
    for (milestone, at) in Milestone::ALL.into_iter().zip(course) {
        let at = (!leave_out.contains(&milestone)).then(|| Span::from_nanos(1000 * at));
        columns.milestones[milestone] = Some(vec![at]);
    }
    columns
}

/// The same, with this much more before the first handshake byte.
fn prepares_longer(micros: u64) -> Course {
    let mut course = COURSE;
    for at in &mut course[Milestone::Securing.index()..] {
        *at += micros;
    }
    course
}

fn trial(sample: &mut Sample, arm: &str, columns: Columns) {
    sample.add_trial(arm, 0);
    let run = sample.last_run();
    let done = columns.at(Milestone::Done, 0).expect("is done");
    run.finished = run.started + done + Span::from_millis(1);
    run.columns = columns;
}

/// `b/y` prepares its TLS for some 68 ms longer than `a/x`, which leaves these milestones out.
fn slower_by_preparation(leave_out: &[Milestone]) -> Recording {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
    let mut noise = Noise::new(1);
    for _ in 0..12 {
        sample.block(&[]);
        let micros = |noise: &mut Noise| (2000.0 + 500.0 * noise.normal()) as u64;
        trial(&mut sample, "a/x@1", columns(prepares_longer(micros(&mut noise)), leave_out));
        trial(&mut sample, "b/y@1", columns(prepares_longer(68_000 + micros(&mut noise)), &[]));
    }
    sample.end(StopReason::Blocks)
}

fn only_gap(recording: &Recording) -> Gap {
    let mut gaps = analyse(recording).gaps;
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    gaps.remove(0)
}

/// The parts of a gap that are named.
fn named(gap: &Gap) -> Vec<GapPartName> {
    let parts = gap.parts.as_ref().expect("was observed");
    parts.named.iter().map(|part| part.name.clone()).collect()
}

fn parts(gap: &Gap) -> f64 {
    let alone: f64 = gap.phases.iter().filter_map(|phase| phase.seconds).sum();
    alone + gap.together.iter().map(|phases| phases.estimate.seconds).sum::<f64>()
}

#[test]
fn names_the_phase_that_makes_the_gap_and_no_other() {
    let gap = only_gap(&slower_by_preparation(&[]));
    assert_eq!((gap.arm.0.as_str(), gap.versus.0.as_str(), gap.blocks), ("b/y@1", "a/x@1", 12));
    let preparation = gap.tls_preparation.expect("was observed");
    let handshake = gap.tls_handshake.expect("was observed");
    assert!((preparation.seconds - 0.068).abs() < 0.001 && handshake.seconds.abs() < 1e-12);
    assert!(preparation.low < Some(0.068) && Some(0.068) < preparation.high, "{preparation:?}");
    assert!((parts(&gap) - gap.gap.seconds).abs() < 1e-12);
    assert!(gap.together.is_empty());
    let named: Vec<GapPartName> = named(&gap);
    assert_eq!(named, [GapPartName::TlsPreparation]);
    let rest = gap.parts.and_then(|parts| parts.rest).expect("the other phases");
    assert!(!rest.is_beyond_noise());
}

#[test]
fn phases_that_one_arm_does_not_separate_are_compared_together() {
    use Milestone::{Connected, Connecting, Secured, Securing, Started, Submitted};
    let gap = only_gap(&slower_by_preparation(&[Secured, Securing]));
    // Neither the handshake's beginning nor its end: both lie in the client's segment up to `writing`.
    let seconds = |phase| gap.phases.iter().find(|found| found.phase == phase).map(|it| it.seconds);
    assert_eq!((seconds(Phase::Tls), seconds(Phase::Client)), (Some(None), Some(None)));
    assert_eq!(gap.together[0].phases, [Phase::Client, Phase::Tls]);
    assert!((gap.together[0].estimate.seconds - 0.068).abs() < 0.001);
    assert_eq!((gap.tls_preparation, gap.tls_handshake), (None, None));
    assert_eq!(named(&gap), [GapPartName::Phases(vec![Phase::Client, Phase::Tls])]);
    let gap = only_gap(&slower_by_preparation(&[Submitted, Started, Connecting, Connected]));
    assert_eq!(gap.together[0].phases, [Phase::Client, Phase::Queue, Phase::Connect, Phase::Tls]);
    assert!((parts(&gap) - gap.gap.seconds).abs() < 1e-12);
}

#[test]
fn tls_preparation_is_null_if_it_is_not_separate_from_the_handshake() {
    let gap = only_gap(&slower_by_preparation(&[Milestone::Securing]));
    let tls = gap.phases.iter().find(|found| found.phase == Phase::Tls).expect("is there");
    assert!(tls.seconds.is_some_and(|seconds| (seconds - 0.068).abs() < 0.001));
    assert!(gap.tls_preparation.is_none() && gap.together.is_empty());
    assert_eq!(named(&gap), [GapPartName::Phases(vec![Phase::Tls])]);
}

#[test]
fn compares_every_arm_with_the_fastest_and_the_baseline_once() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("c/z", 1), ("a/x", 4)]);
    for jitter in [0, 1] {
        sample.block(&[("a/x@1", 20 + jitter), ("b/y@1", 30), ("c/z@1", 10), ("a/x@4", 40)]);
    }
    let analysis = analyse(&sample.end(StopReason::Blocks));
    let pairs: Vec<(&str, &str)> =
        analysis.gaps.iter().map(|gap| (gap.arm.0.as_str(), gap.versus.0.as_str())).collect();
    assert_eq!(pairs, [("a/x@1", "c/z@1"), ("b/y@1", "c/z@1"), ("b/y@1", "a/x@1")]);
}

#[test]
fn a_single_block_has_no_interval_and_two_may_be_within_noise() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
    sample.block(&[("a/x@1", 20), ("b/y@1", 22)]);
    let gap = |sample: &Sample| only_gap(&sample.clone().end(StopReason::Blocks));
    assert_eq!((gap(&sample).blocks, gap(&sample).gap.low), (1, None));
    sample.block(&[("a/x@1", 22), ("b/y@1", 22)]);
    let of_two = gap(&sample);
    assert!(!of_two.gap.is_beyond_noise() && of_two.gap.low.is_some());
    assert_eq!(of_two.parts, None);
}

#[test]
fn arms_that_share_no_block_have_no_gap() {
    let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
    sample.block(&[("a/x@1", 20)]);
    sample.block(&[("b/y@1", 20)]);
    assert!(analyse(&sample.end(StopReason::Blocks)).gaps.is_empty());
}

proptest! {
    #[test]
    fn the_parts_of_every_block_sum_to_the_gap_to_the_nanosecond(
        trials in prop::collection::vec(
            (0u64..50_000_000, any_columns(), prop::option::of(any_witness())), 2..9,
        ),
    ) {
        let names = ["a/x@2", "b/y@2"];
        let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2)]);
        let mut batches: Vec<i128> = Vec::new();
        for pair in trials.chunks_exact(2) {
            sample.block(&[]);
            for (name, (nanos, columns, witness)) in names.iter().zip(pair) {
                sample.add_trial(name, 0);
                let run = sample.last_run();
                run.finished = run.started + Span::from_nanos(*nanos);
                run.columns = columns.clone();
                sample.last_trial().witness.clone_from(witness);
            }
            batches.push(i128::from(pair[1].0) - i128::from(pair[0].0));
        }
        let recording = sample.end(StopReason::Blocks);
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let analysis = analyse(&recording);
        for compared in pairs::compared(&evidence, &analysis.arms) {
            let split = Split::new(compared);
            let sign = if compared.arm.analysis.arm.0 == names[1] { 1 } else { -1 };
            let sums: Vec<i128> = split.differences().iter().map(|it| sign * it.phases.values().sum::<i128>()).collect();
            prop_assert_eq!(&sums, &batches);
        }
        for gap in &analysis.gaps {
            prop_assert!((parts(gap) - gap.gap.seconds).abs() < 1e-12);
            let lumped: usize = gap.together.iter().map(|phases| phases.phases.len()).sum();
            let alone = gap.phases.iter().filter(|phase| phase.seconds.is_some()).count();
            prop_assert_eq!(lumped + alone, Phase::ALL.len());
        }
    }
}
