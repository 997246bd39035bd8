//! What the analysis of a recording costs: `cargo bench -p batchmark-explain`.

use divan::{Bencher, black_box};
use evidence::Evidence;
use test_support::sample::Sample;

fn main() {
    divan::main();
}

/// Nine arms: three strategies at three batch sizes.
#[divan::bench(args = [10, 100, 1000])]
fn analyse(bencher: Bencher<'_, '_>, blocks: u64) {
    let recording = Sample::three_sizes(blocks);
    bencher.bench(|| explain::analyse(black_box(&recording)));
}

/// The part of it that examines each trial.
#[divan::bench(args = [10, 100, 1000])]
fn examine_trials(bencher: Bencher<'_, '_>, blocks: u64) {
    let recording = Sample::three_sizes(blocks);
    bencher.bench(|| Evidence::of_recording(black_box(&recording)).map(drop));
}
