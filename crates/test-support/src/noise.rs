//! Runs that contain only noise, for tests of false alarms.

use model::recording::{Recording, StopReason};
use model::time::Span;

use crate::sample::Sample;

/// A stream of random numbers, the same everywhere (SplitMix64: Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014).
pub struct Noise(u64);

impl Noise {
    /// The stream of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform on (0, 1].
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The noise of a trial's logarithmic time: 8%, and in 6% of the trials a stall (exponential,
    /// mean 0.25).
    pub fn trial(&mut self) -> f64 {
        let stalled = self.uniform() <= 0.06;
        let stall = if stalled { -0.25 * self.uniform().ln() } else { 0.0 };
        0.08 * self.normal() + stall
    }

    /// Shuffles entries (Fisher and Yates).
    fn shuffle<T>(&mut self, entries: &mut [T]) {
        for last in (1..entries.len()).rev() {
            let other = (self.uniform() * (last + 1) as f64).ceil() as usize - 1;
            entries.swap(last, other);
        }
    }
}

/// How many repetitions a simulation makes: `short`, or 10,000 with `BATCHMARK_SLOW_TESTS=1`.
pub fn repetitions(short: usize) -> usize {
    let in_full = std::env::var_os("BATCHMARK_SLOW_TESTS").is_some_and(|value| value == "1");
    if in_full { 10_000 } else { short }
}

/// A counted trial whose time is to be drawn.
pub struct Turn<'a> {
    /// The arm, as a position in [`ARMS`].
    pub arm: usize,
    /// The block.
    pub block: u32,
    /// The place in the block's order.
    pub slot: usize,
    /// The arm that was run before in the same block.
    pub before: Option<usize>,
    /// Where the noise comes from.
    pub noise: &'a mut Noise,
}

/// The arms of a run, of which the first is the baseline.
pub const ARMS: [&str; 3] = ["a/x@4", "b/y@4", "c/z@4"];

/// A run of three arms in random order, whose processes are renewed every `renewed` blocks.
/// `log_time` gives the logarithm of a time in units of 100 ms.
pub fn run(
    noise: &mut Noise,
    blocks: u32,
    renewed: u32,
    log_time: impl Fn(Turn<'_>) -> f64,
) -> Recording {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4), ("c/z", 4)]);
    let mut order = [0, 1, 2];
    for block in 0..blocks {
        noise.shuffle(&mut order);
        let mut before = None;
        let mut trials = Vec::new();
        for (slot, arm) in order.into_iter().enumerate() {
            let nanos = 1e8 * log_time(Turn { arm, block, slot, before, noise }).exp();
            trials.push((ARMS[arm], Span::from_nanos(nanos as u64)));
            before = Some(arm);
        }
        sample.block_in_order(&trials);
    }
    let mut recording = sample.end(StopReason::Blocks);
    for trial in &mut recording.trials {
        trial.process = trial.place().map_or(0, |place| place.block / renewed);
    }
    recording
}
