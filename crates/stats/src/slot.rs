//! The slot effect: whether a trial's position in its block changes its time.
//!
//! For each block: the least-squares slope of the logarithmic times, minus their arm's mean, over
//! the positions. Over the blocks: the t-interval of these slopes (`student`). One regression over
//! all trials would mistake autocorrelation within a block for a slot effect.
//!
//! Assumes that each block's order is random and that the slopes of different blocks are
//! independent.

use crate::describe;
use crate::line::{self, Point};
use crate::quantity::count;
use crate::student::SampleMean;

/// A trial's position in its block, and its logarithmic time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slotted {
    /// The position, from 0 on.
    pub slot: usize,
    /// The natural logarithm of its time.
    pub log_time: f64,
}

/// What each position adds to the logarithmic time. Every block has the same arms, with entries in
/// the same order. None without a block of two arms.
pub fn effect(blocks: &[Vec<Slotted>]) -> Option<SampleMean> {
    let arms = blocks.first()?.len();
    let means: Vec<f64> = (0..arms)
        .map(|arm| {
            let times: Vec<f64> =
                blocks.iter().filter_map(|block| block.get(arm)).map(|one| one.log_time).collect();
            describe::mean(&times)
        })
        .collect::<Option<_>>()?;
    let slopes: Vec<f64> = blocks
        .iter()
        .filter_map(|block| {
            let points: Vec<Point> = block
                .iter()
                .zip(&means)
                .map(|(one, mean)| Point { at: count(one.slot), value: one.log_time - mean })
                .collect();
            Some(line::fit(&points)?.slope)
        })
        .collect();
    SampleMean::new(&slopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Confidence;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use crate::simulation::random::Random;
    use proptest::prelude::*;

    /// Blocks of four arms in random order, in which each position adds `effect`.
    fn blocks(random: &mut Random, number: usize, effect: f64) -> Vec<Vec<Slotted>> {
        NoisyMachine::ordered_run(random, number, &[0.0, 0.1, -0.3, 1.0])
            .into_iter()
            .map(|block| {
                block
                    .into_iter()
                    .map(|(slot, log_time)| Slotted {
                        slot,
                        log_time: log_time + effect * slot as f64,
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn without_noise_finds_what_each_position_adds() {
        let block = |slots: [usize; 3]| -> Vec<Slotted> {
            slots.map(|slot| Slotted { slot, log_time: 0.02 * slot as f64 }).to_vec()
        };
        // Every arm is once in every position, so that the arms' means hide nothing.
        let blocks = [block([0, 1, 2]), block([1, 2, 0]), block([2, 0, 1])];
        let effect = effect(&blocks).expect("three blocks");
        assert!((effect.mean - 0.02).abs() < 1e-12);
        assert_eq!(super::effect(&[]), None);
        assert_eq!(super::effect(&[vec![Slotted { slot: 0, log_time: 1.0 }]]), None);
    }

    #[test]
    fn differences_between_arms_are_not_a_slot_effect() {
        let block = |slots: [usize; 2]| -> Vec<Slotted> {
            slots
                .into_iter()
                .zip([0.0, 3.0])
                .map(|(slot, log_time)| Slotted { slot, log_time })
                .collect()
        };
        let effect = effect(&[block([0, 1]), block([0, 1]), block([1, 0])]).expect("three blocks");
        assert_eq!(effect.mean, 0.0);
    }

    #[test]
    fn raises_few_alarms_without_a_slot_effect() {
        for number in [10, 20, 40] {
            let mut random = NoisyMachine::random(800 + number as u64);
            let mut alarms = Coverage::default();
            for _ in 0..repetitions(1000) {
                let found = effect(&blocks(&mut random, number, 0.0)).expect("enough blocks");
                alarms.add(found.probability().expect("they differ").value() <= 0.01);
            }
            alarms.assert_between(0.0, 0.015, &format!("no slot effect, {number} blocks"));
        }
    }

    #[test]
    fn the_interval_covers_the_effect() {
        let mut random = NoisyMachine::random(850);
        let mut covered = Coverage::default();
        for _ in 0..repetitions(1000) {
            let found = effect(&blocks(&mut random, 40, 0.05)).expect("enough blocks");
            let half_width = found.half_width(Confidence::NINETY_FIVE).expect("enough blocks");
            covered.add((found.mean - 0.05).abs() <= half_width);
        }
        covered.assert_between(0.935, 0.975, "a slot effect of 5%");
    }

    proptest! {
        #[test]
        fn ignores_the_level_of_a_block(seed in 0_u64..1000, shift in -3.0..3.0) {
            let mut blocks = blocks(&mut Random::new(seed), 6, 0.01);
            let before = effect(&blocks).expect("six blocks").mean;
            for one in &mut blocks[2] {
                one.log_time += shift;
            }
            prop_assert!((effect(&blocks).expect("six blocks").mean - before).abs() < 1e-9);
        }
    }
}
