//! Simulated runs on a noisy machine, with known true ratios.
//!
//! Each trial's logarithmic time is a sum of: an autoregressive environment (coefficient 0.95,
//! deviation 15%), a drift over the run (deviation 10%), independent noise (3%), a stall in 6% of
//! the trials (exponential, mean 0.25), and the mean of fifty log-normal requests (σ 0.5).

use crate::quantity::LogRatio;
use crate::simulation::random::Random;

const MEMORY: f64 = 0.95;
const ENVIRONMENT: f64 = 0.15;
const DRIFT: f64 = 0.10;
const NOISE: f64 = 0.03;
const STALLS: f64 = 0.06;
const STALL: f64 = 0.25;
const REQUESTS: usize = 50;
const REQUEST: f64 = 0.5;

pub(crate) struct NoisyMachine;

impl NoisyMachine {
    pub(crate) fn random(seed: u64) -> Random {
        Random::new(20_260_822 + seed)
    }

    /// The logarithmic times of a run: for each block, one of each arm, in random order. The true
    /// logarithmic times are `arms`.
    pub(crate) fn run(random: &mut Random, blocks: usize, arms: &[f64]) -> Vec<Vec<f64>> {
        Self::ordered_run(random, blocks, arms)
            .into_iter()
            .map(|block| block.into_iter().map(|(_slot, log_time)| log_time).collect())
            .collect()
    }

    /// The same, each time with its position in the block.
    pub(crate) fn ordered_run(
        random: &mut Random,
        blocks: usize,
        arms: &[f64],
    ) -> Vec<Vec<(usize, f64)>> {
        let trials = blocks * arms.len();
        let drift = DRIFT * random.normal();
        let mut environment = ENVIRONMENT * random.normal();
        let mut order: Vec<usize> = (0..arms.len()).collect();
        let mut trial = 0;
        let mut run = Vec::with_capacity(blocks);
        for _ in 0..blocks {
            random.shuffle(&mut order);
            let mut block: Vec<(usize, f64)> = arms.iter().map(|&arm| (0, arm)).collect();
            for (slot, &arm) in order.iter().enumerate() {
                let elapsed = trial as f64 / (trials.max(2) - 1) as f64 - 0.5;
                block[arm].0 = slot;
                block[arm].1 += environment + drift * elapsed + trial_noise(random);
                let step = ENVIRONMENT * (1.0 - MEMORY * MEMORY).sqrt();
                environment = MEMORY * environment + step * random.normal();
                trial += 1;
            }
            run.push(block);
        }
        run
    }

    /// The log-ratios of a run of two arms that truly differ by `truth`.
    pub(crate) fn pair(random: &mut Random, blocks: usize, truth: LogRatio) -> Vec<LogRatio> {
        let run = Self::run(random, blocks, &[0.0, truth.0]);
        run.iter().map(|block| LogRatio(block[1] - block[0])).collect()
    }

    /// The log-ratio of one block in a simpler model: noise of 4.5%, and a stall in 6% of the
    /// trials of either arm.
    pub(crate) fn block(random: &mut Random, truth: LogRatio) -> LogRatio {
        LogRatio(truth.0 + 0.045 * random.normal() + stall(random) - stall(random))
    }
}

fn stall(random: &mut Random) -> f64 {
    if random.chance(STALLS) { random.exponential(STALL) } else { 0.0 }
}

fn trial_noise(random: &mut Random) -> f64 {
    let requests: f64 = (0..REQUESTS)
        .map(|_| (REQUEST * random.normal() - REQUEST * REQUEST / 2.0).exp())
        .sum::<f64>()
        / REQUESTS as f64;
    NOISE * random.normal() + stall(random) + requests.ln()
}
