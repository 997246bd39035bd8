//! All tests for dependence in a run together, on runs without dependence.

use crate::autocorrelation::Autocorrelation;
use crate::drift::Drift;
use crate::groups::Groups;
use crate::holm;
use crate::quantity::Probability;
use crate::simulation::coverage::{Coverage, repetitions};
use crate::simulation::noisy_machine::NoisyMachine;
use crate::slot::{self, Slotted};

/// A baseline and two arms, at two batch sizes.
const ARMS: [f64; 6] = [0.0, -0.5, -0.6, 1.0, 0.3, 0.2];
const COMPARED: [(usize, usize); 4] = [(1, 0), (2, 0), (4, 3), (5, 3)];

type Block = Vec<(usize, f64)>;

/// An arm's logarithmic times minus their block's mean, by the arm before in the block.
fn by_predecessor(run: &[Block], arm: usize) -> Vec<Vec<f64>> {
    let mut groups = vec![Vec::new(); ARMS.len() + 1];
    for block in run {
        let level = block.iter().map(|(_, log_time)| log_time).sum::<f64>() / ARMS.len() as f64;
        let (slot, log_time) = block[arm];
        let before = block.iter().position(|(other, _)| other + 1 == slot);
        groups[before.unwrap_or(ARMS.len())].push(log_time - level);
    }
    groups
}

fn probabilities(run: &[Block]) -> Vec<Probability> {
    let mut probabilities = Vec::new();
    for (arm, baseline) in COMPARED {
        let ratios: Vec<f64> = run.iter().map(|block| block[arm].1 - block[baseline].1).collect();
        probabilities.extend(Drift::new(&ratios).map(|drift| drift.probability));
        probabilities.extend(Autocorrelation::new(&ratios).map(|found| found.probability));
    }
    for arm in 0..ARMS.len() {
        let groups = Groups::new(&by_predecessor(run, arm));
        probabilities.extend(groups.map(|groups| groups.probability));
    }
    let slotted =
        |block: &Block| block.iter().map(|&(slot, log_time)| Slotted { slot, log_time }).collect();
    let blocks: Vec<Vec<Slotted>> = run.iter().map(slotted).collect();
    probabilities.extend(slot::effect(&blocks).and_then(|effect| effect.probability()));
    probabilities
}

#[test]
fn a_run_without_dependence_rarely_raises_an_alarm() {
    let mut random = NoisyMachine::random(1001);
    let (mut alarms, mut carried) = (Coverage::default(), Coverage::default());
    for _ in 0..repetitions(1000) {
        let run = NoisyMachine::ordered_run(&mut random, 20, &ARMS);
        let probabilities = probabilities(&run);
        assert_eq!(probabilities.len(), 2 * COMPARED.len() + ARMS.len() + 1);
        carried.add(probabilities[2 * COMPARED.len()].value() <= 0.01);
        let adjusted = holm::adjust(&probabilities);
        alarms.add(adjusted.iter().any(|probability| probability.value() <= 0.01));
    }
    carried.assert_between(0.0, 0.015, "carry-over alone at 1%");
    alarms.assert_between(0.0, 0.012, "any of fifteen together at 1%");
}
