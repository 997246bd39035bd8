use super::*;
use crate::Evidence;
use Milestone::{Connecting, Started, Submitted, Writing};
use model::failure::FailureKind;
use model::index::ArmIndex;
use model::plan::Plan;
use model::recording::StopReason;
use model::time::Span;
use model::witness::{ConnectionRow, RequestRow, Witness};
use proptest::prelude::*;
use test_support::arbitrary::{any_columns, any_witness};
use test_support::sample::{Sample, connection_row, failure, request_row};

fn micros(micros: u64) -> Span {
    Span::from_nanos(micros * 1000)
}

/// The path of the first arm, and the mean batch time of its successful trials.
fn only_arm(sample: Sample) -> (ArmPath, f64) {
    let recording = sample.end(StopReason::Blocks);
    let plan = recording.plan.as_ref().expect("has a plan");
    let evidence = Evidence::new(plan, &recording.trials);
    let arm = &evidence.arms[ArmIndex(0)];
    (arm.path(), arm.mean().expect("a trial succeeded"))
}

fn sum(path: &PerPhase<Option<f64>>) -> f64 {
    path.values().flatten().sum()
}

fn near(left: Option<f64>, right: f64) -> bool {
    left.is_some_and(|left| (left - right).abs() < 1e-12)
}

/// What the endpoint sees of a first request over TLS at a round trip of 11 ms.
fn witness() -> Witness {
    let connection = ConnectionRow {
        accepted: micros(200),
        first_byte_in: Some(micros(500)),
        first_byte_hold: Some(micros(16_530)),
        handshake_out: Some(micros(23_000)),
        handshake_in: Some(micros(23_500)),
        ..connection_row(0, false)
    };
    let request = RequestRow {
        last_byte_in: micros(24_000),
        first_byte_out: Some(micros(35_000)),
        last_byte_out: Some(micros(35_100)),
        ..request_row()
    };
    Witness {
        connections: vec![connection],
        requests: vec![request].into(),
        drained: true,
        ..Witness::default()
    }
}

fn witnessed(mut sample: Sample, witness: Witness) -> Sample {
    sample.block(&[("a/x@1", 36)]);
    sample.last_trial().witness = Some(witness);
    sample
}

#[test]
fn a_client_that_reports_only_start_and_end_has_a_path_by_the_witness() {
    let (arm, _) = only_arm(witnessed(Sample::new(&[("a/x", 1)]), witness()));
    // The SYN's round trip is no part of the handshake.
    assert!(near(arm.path[Phase::Connect], 0.0112));
    assert!(near(arm.path[Phase::Tls], 0.0123));
    assert!(near(arm.tls_preparation, 0.0003));
    assert!(near(arm.path[Phase::Send], 0.0005));
    assert!(near(arm.path[Phase::Wait], 0.011));
    assert!(near(arm.path[Phase::Receive], 0.0001));
    assert!(near(arm.path[Phase::Client], 0.0009));
    // An address is not looked up.
    assert_eq!((arm.path[Phase::Queue], arm.path[Phase::Dns]), (None, Some(0.0)));
    let unobserved = [Submitted, Started, Connecting, Writing];
    assert_eq!(arm.unobserved, unobserved);
    assert_eq!(arm.requests, Some(1.0));
}

#[test]
fn a_phase_that_cannot_have_happened_is_0_and_not_unknown() {
    let mut reused = witness();
    reused.connections.clear();
    reused.requests[0].ordinal = 7;
    let (arm, _) = only_arm(witnessed(Sample::new(&[("a/x", 1)]), reused));
    let zero = (Some(0.0), Some(0.0), Some(0.0), Some(0.0));
    assert_eq!(
        (arm.path[Phase::Dns], arm.path[Phase::Connect], arm.path[Phase::Tls], arm.tls_preparation),
        zero
    );
    assert_eq!(arm.unobserved, [Submitted, Started, Writing]);
    let mut plain = witness();
    plain.connections[0].tls = None;
    plain.connections[0].handshake_out = None;
    plain.connections[0].handshake_in = None;
    let mut sample = Sample::new(&[("a/x", 1)]);
    name_server(sample.plan(), "http://localhost:40001/todos/1");
    let (arm, _) = only_arm(witnessed(sample, plain));
    assert_eq!((arm.path[Phase::Tls], arm.path[Phase::Dns]), (Some(0.0), None));
}

#[test]
fn a_silent_client_before_a_foreign_server_has_no_path() {
    let mut sample = Sample::new(&[("a/x", 1)]);
    name_server(sample.plan(), "https://example.org/todos/1");
    sample.block(&[("a/x@1", 10)]);
    let (arm, _) = only_arm(sample);
    assert_eq!((arm.path, arm.requests, arm.tls_preparation), (PerPhase::default(), None, None));
    assert_eq!(arm.unobserved, Milestone::ALL);
}

#[test]
fn a_trial_without_milestones_counts_as_client_time_if_others_have_some() {
    let mut sample = witnessed(Sample::new(&[("a/x", 1)]), witness());
    sample.block(&[("a/x@1", 10)]);
    let (arm, mean) = only_arm(sample);
    assert!(near(arm.path[Phase::Client], 0.005_45));
    assert!(near(Some(mean), sum(&arm.path)));
    assert_eq!(arm.requests, Some(1.0));
}

#[test]
fn failed_trials_do_not_count() {
    let mut sample = witnessed(Sample::new(&[("a/x", 1)]), witness());
    sample.failed("a/x@1", &[Some(failure(FailureKind::Reset, "cut off"))]);
    let (arm, mean) = only_arm(sample);
    assert!(near(Some(mean), sum(&arm.path)));
}

proptest! {
    #[test]
    fn the_phases_sum_to_the_mean_of_the_batch(
        trials in prop::collection::vec(
            (0u64..50_000_000, any_columns(), prop::option::of(any_witness())),
            1..5,
        ),
    ) {
        let mut sample = Sample::new(&[("a/x", 2)]);
        for (nanos, columns, witness) in trials {
            sample.block(&[("a/x@2", 0)]);
            let run = sample.last_run();
            run.finished = run.started + Span::from_nanos(nanos);
            run.columns = columns;
            sample.last_trial().witness = witness;
        }
        let (arm, mean) = only_arm(sample);
        if arm.requests.is_some() {
            prop_assert!((sum(&arm.path) - mean).abs() < 1e-9);
        } else {
            prop_assert_eq!(arm.path, PerPhase::default());
        }
        prop_assert!(arm.path.values().flatten().all(|&seconds| seconds >= 0.0));
    }
}

/// Has the first request another URL.
fn name_server(plan: &mut Plan, url: &str) {
    plan.targets[0].target.requests.edit(|place, request| {
        if place == 0 {
            url.clone_into(&mut request.url);
        }
    });
}
