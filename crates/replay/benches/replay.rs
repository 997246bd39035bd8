//! What the replay of an arm costs: `cargo bench -p batchmark-replay`.

use divan::{Bencher, black_box};
use evidence::Evidence;
use model::arm::ArmName;
use replay::{ArmFacts, ArmReplay, Change, predict};
use test_support::sample::Sample;

const SEED: u64 = 1;

fn main() {
    divan::main();
}

/// Learns the batches of an arm's trials and replays each.
#[divan::bench(args = ["ureq/sequential", "ureq/threads", "hyper/async"])]
fn learn_and_replay(bencher: Bencher<'_, '_>, strategy: &str) {
    let recording = Sample::three_sizes(20);
    let evidence = Evidence::of_recording(&recording).expect("the sample has a plan");
    let name = ArmName(format!("{strategy}@16"));
    let arm = evidence.arm(&name).expect("the sample has this arm");
    let client = ArmFacts { cores: 2, ..ArmFacts::default() };
    bencher.bench(|| ArmReplay::new(black_box(arm), client, SEED).map(drop));
}

/// Predicts batches of other sizes from those of 16 requests.
#[divan::bench(args = [32, 1000, 10_000])]
fn predict_batch(bencher: Bencher<'_, '_>, requests: usize) {
    let recording = Sample::three_sizes(20);
    let evidence = Evidence::of_recording(&recording).expect("the sample has a plan");
    let arm = evidence.arm(&ArmName("hyper/async@16".to_owned()));
    let client = ArmFacts { cores: 2, ..ArmFacts::default() };
    let arm = arm.and_then(|arm| ArmReplay::new(arm, client, SEED));
    let arm = arm.expect("the sample's arm can be replayed");
    let batch = arm.batch().expect("the arm has trials");
    let changes = [Change::Requests(requests)];
    bencher.bench(|| predict(black_box(batch), &changes));
}
