//! Draws from the distributions that the simulations need, from one seeded ChaCha stream.

#![expect(clippy::disallowed_types, reason = "simulations draw from a seed")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers: the same on every machine.
pub(crate) struct Random {
    stream: ChaCha8Rng,
    /// The second of two normal numbers that are drawn together.
    spare: Option<f64>,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { stream: ChaCha8Rng::seed_from_u64(seed), spare: None }
    }

    /// Uniform from (0, 1].
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.stream.next_u64() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// Standard normal, by Marsaglia's polar method.
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * square.ln() / square).sqrt();
                self.spare = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.uniform().ln()
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() <= probability
    }

    /// Shuffles the entries (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, entries: &mut [T]) {
        for last in (1..entries.len()).rev() {
            let other = (self.uniform() * (last + 1) as f64).ceil() as usize - 1;
            entries.swap(last, other);
        }
    }
}

#[test]
fn the_samplers_have_the_moments_of_their_distributions() {
    const DRAWS: usize = 100_000;
    let mut random = Random::new(3);
    let moments = |draws: Vec<f64>| {
        let mean = draws.iter().sum::<f64>() / DRAWS as f64;
        let square = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / DRAWS as f64;
        (mean, square)
    };
    let (mean, square) = moments((0..DRAWS).map(|_| random.normal()).collect());
    assert!(mean.abs() < 0.01 && (square - 1.0).abs() < 0.02, "{mean} {square}");
    let (mean, square) = moments((0..DRAWS).map(|_| random.exponential(2.0)).collect());
    assert!((mean - 2.0).abs() < 0.02 && (square - 4.0).abs() < 0.1, "{mean} {square}");
    let mut first = vec![0_usize; 3];
    for _ in 0..DRAWS {
        let mut order = [0, 1, 2];
        random.shuffle(&mut order);
        first[order[0]] += 1;
    }
    assert!(first.iter().all(|&times| times.abs_diff(DRAWS / 3) < 500), "{first:?}");
}
