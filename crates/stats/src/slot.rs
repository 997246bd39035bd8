//! The slot: does a trial's place in its block change its time?
//!
//! For each block, the least-squares slope of the logarithmic times, less their arm's mean, over
//! their places; over the blocks, the t-interval of these slopes (`student`). A regression over all
//! trials at once would take the environment's memory within a block for a slot effect.
//!
//! Assumed: the order of each block was random, and the slopes of different blocks are independent.

use crate::describe;
use crate::line::{self, Point};
use crate::quantity::count;
use crate::student::SampleMean;

/// A trial's place in its block, and its logarithmic time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slotted {
    /// The place, from 0 on.
    pub slot: usize,
    /// The natural logarithm of its time.
    pub log_time: f64,
}

/// What each further place adds to the logarithmic time, over blocks that hold the same arms in the
/// same order of entries; nothing without a block of two arms.
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
    use crate::simulation::random::Random;
    use crate::simulation::world::World;
    use proptest::prelude::*;

    /// Blocks of four arms in random order, in which every further place adds `effect`.
    fn blocks(random: &mut Random, number: usize, effect: f64) -> Vec<Vec<Slotted>> {
        World::ordered_run(random, number, &[0.0, 0.1, -0.3, 1.0])
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
    fn without_noise_it_is_what_each_place_adds() {
        let block = |slots: [usize; 3]| -> Vec<Slotted> {
            slots.map(|slot| Slotted { slot, log_time: 0.02 * slot as f64 }).to_vec()
        };
        // Every arm is once in every place, so that the arms' means hide nothing.
        let blocks = [block([0, 1, 2]), block([1, 2, 0]), block([2, 0, 1])];
        let effect = effect(&blocks).expect("three blocks");
        assert!((effect.mean - 0.02).abs() < 1e-12);
        assert_eq!(super::effect(&[]), None);
        assert_eq!(super::effect(&[vec![Slotted { slot: 0, log_time: 1.0 }]]), None);
    }

    #[test]
    fn arms_that_differ_are_not_taken_for_places() {
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
    fn places_that_do_not_matter_are_not_found_to() {
        for number in [10, 20, 40] {
            let mut random = World::random(800 + number as u64);
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
        let mut random = World::random(850);
        let mut covered = Coverage::default();
        for _ in 0..repetitions(1000) {
            let found = effect(&blocks(&mut random, 40, 0.05)).expect("enough blocks");
            let half_width = found.half_width(Confidence::NINETY_FIVE).expect("enough blocks");
            covered.add((found.mean - 0.05).abs() <= half_width);
        }
        covered.assert_between(0.935, 0.975, "a slot effect of 5 %");
    }

    proptest! {
        #[test]
        fn the_level_of_a_block_does_not_matter(seed in 0_u64..1000, shift in -3.0..3.0) {
            let mut blocks = blocks(&mut Random::new(seed), 6, 0.01);
            let before = effect(&blocks).expect("six blocks").mean;
            for one in &mut blocks[2] {
                one.log_time += shift;
            }
            prop_assert!((effect(&blocks).expect("six blocks").mean - before).abs() < 1e-9);
        }
    }
}
