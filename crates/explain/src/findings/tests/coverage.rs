//! Simulated runs in which a cause has a known size: its interval contains that size as often as it
//! claims.

use super::*;
use crate::replays::Replays;
use evidence::Evidence;
use test_support::noise::{Noise, repetitions};

/// Asserts that the interval of `a/x`'s finding contains its true size, in microseconds, in 95% of runs.
fn assert_covered(
    code: FindingCode,
    truth: f64,
    slower: impl Fn(&mut Noise) -> Batch,
    other: &Batch,
) {
    let mut noise = Noise::new(5);
    let repetitions = repetitions(100);
    let mut covered = 0_usize;
    for _ in 0..repetitions {
        let noise = std::cell::RefCell::new(&mut noise);
        let arms: [TestArm<'_>; 2] =
            [("a/x", &|_| slower(&mut noise.borrow_mut())), ("b/y", &|_| other.clone())];
        let found = found(run(&arms));
        let the = found.iter().find(|it| it.code == code).expect("is far above its threshold");
        let size = the.size.expect("has a size");
        let truth = Some(truth / 1e6);
        covered += usize::from(size.low <= truth && truth <= size.high);
    }
    let share = covered as f64 / repetitions as f64;
    println!("{code}: {share:.4} of {repetitions}");
    // Two binomial standard errors around 95% and the tolerance; none in a full run.
    let error = if repetitions < 10_000 { 2.0 * (0.05 / repetitions as f64).sqrt() } else { 0.0 };
    assert!(0.935 - error <= share && share <= 0.975 + error, "{code}: {share}");
}

/// The findings alone, without the rest of an analysis.
fn found(sample: Sample) -> Vec<Finding> {
    let recording = sample.end(StopReason::Blocks);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    let arms = crate::arms::analyse(&evidence);
    gather(
        &evidence,
        FindingInput { arms: &arms, doses: &[], facts: &[], replays: &Replays::default() },
    )
}

fn noisy(micros: f64, deviation: f64, noise: &mut Noise) -> u64 {
    deviation.mul_add(noise.normal(), micros).round().max(0.0) as u64
}

#[test]
fn the_interval_of_tls_preparation_covers_its_true_size() {
    let prepares = |preparation| single(Steps { preparation, ..Steps::default() });
    let slower = |noise: &mut Noise| prepares(noisy(20_100.0, 4000.0, noise));
    assert_covered(FindingCode::TlsPreparation, 20_000.0, slower, &prepares(100));
}

#[test]
fn the_interval_of_serial_round_trips_covers_their_true_size() {
    let slower = |noise: &mut Noise| {
        let mut turn = || Steps { wait: noisy(11_200.0, 900.0, noise), ..Steps::default() };
        let steps = [turn(), turn(), turn(), turn()];
        batch(1, &steps)
    };
    assert_covered(FindingCode::SerialRoundTrips, 3.0 * 11_170.0, slower, &concurrent(4));
}
