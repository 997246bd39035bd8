//! Simulated runs in which a cause has a known size: its interval holds that size as often as it
//! says.

use super::*;
use evidence::Evidence;
use evidence::noise::{Noise, repetitions};

/// The share of runs in which the finding of `a/x` holds its true size, in microseconds.
fn assert_covered(code: FindingCode, truth: f64, way: impl Fn(&mut Noise) -> Batch, other: &Batch) {
    let mut noise = Noise::new(5);
    let repetitions = repetitions(100);
    let mut covered = 0_usize;
    for _ in 0..repetitions {
        let noise = std::cell::RefCell::new(&mut noise);
        let ways: [Way<'_>; 2] =
            [("a/x", &|_| way(&mut noise.borrow_mut())), ("b/y", &|_| other.clone())];
        let found = found(run(&ways));
        let the = found.iter().find(|it| it.code == code).expect("is far above its threshold");
        let truth = Some(truth / 1e6);
        covered += usize::from(the.low <= truth && truth <= the.high);
    }
    let share = covered as f64 / repetitions as f64;
    println!("{code}: {share:.4} of {repetitions}");
    // Two binomial standard errors around what is asked for; none in full.
    let error = if repetitions < 10_000 { 2.0 * (0.05 / repetitions as f64).sqrt() } else { 0.0 };
    assert!(0.935 - error <= share && share <= 0.975 + error, "{code}: {share}");
}

/// What is found, without all that an analysis says beside it.
fn found(sample: Sample) -> Vec<Finding> {
    let recording = sample.end(StopReason::Blocks);
    let evidence = Evidence::of_recording(&recording).expect("has a plan");
    gather(&evidence, &crate::arms::analyse(&evidence), &[])
}

fn noisy(micros: f64, deviation: f64, noise: &mut Noise) -> u64 {
    deviation.mul_add(noise.normal(), micros).round().max(0.0) as u64
}

#[test]
fn what_is_prepared_for_tls_is_covered() {
    let prepares = |preparation| single(Steps { preparation, ..Steps::default() });
    let way = |noise: &mut Noise| prepares(noisy(20_100.0, 4000.0, noise));
    assert_covered(FindingCode::TlsPreparation, 20_000.0, way, &prepares(100));
}

#[test]
fn what_turns_take_is_covered() {
    let way = |noise: &mut Noise| {
        let mut turn = || Steps { wait: noisy(11_200.0, 900.0, noise), ..Steps::default() };
        let steps = [turn(), turn(), turn(), turn()];
        batch(1, &steps)
    };
    assert_covered(FindingCode::SerialRoundTrips, 3.0 * 11_170.0, way, &at_once(4));
}
