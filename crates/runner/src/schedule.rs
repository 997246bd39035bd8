//! The schedule: in which order each block runs the arms.
//!
//! A block is a uniformly random order of all arms, drawn from ChaCha8 with the plan's seed and the
//! block's number as its stream. So the order of a block depends on no other block and is the same
//! on every machine.

use model::index::ArmIndex;
use model::sampling::{Sampling, Stretch};
use model::trial::TrialId;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The order of a block: the index of every arm, once.
pub fn block_order(seed: u64, block: u32, arms: usize) -> Vec<ArmIndex> {
    #[expect(clippy::disallowed_types, reason = "this is the one place")]
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(u64::from(block));
    let mut order: Vec<ArmIndex> = (0..arms).map(ArmIndex).collect();
    // Fisher and Yates: each of the remaining arms is as likely as any other to come next.
    for last in (1..arms).rev() {
        order.swap(last, below(&mut generator, last + 1));
    }
    order
}

/// The stretch of a trial of `requests` requests whose rows are kept; nothing where the trial is not sampled. Each
/// place in the batch is equally likely, and depends on no other trial.
pub fn stretch(seed: u64, trial: TrialId, sampling: Sampling, requests: u32) -> Option<Stretch> {
    if !sampling.applies_to(requests) {
        return None;
    }
    #[expect(clippy::disallowed_types, reason = "this is the one place")]
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(STRETCHES | trial.0);
    let kept = sampling.stretch.min(requests);
    let places = (requests - kept) as usize + 1;
    // Below a number of 32 bits.
    Some(Stretch { first: below(&mut generator, places) as u32, requests: kept })
}

/// The streams of stretches begin behind those of blocks.
const STRETCHES: u64 = 1 << 63;

/// A uniform whole number below `bound`. Draws that would favour small numbers are rejected.
fn below(generator: &mut impl Rng, bound: usize) -> usize {
    let bound = bound as u64;
    let fair = u64::MAX - u64::MAX % bound;
    loop {
        let draw = generator.next_u64();
        if draw < fair {
            #[expect(clippy::cast_possible_truncation, reason = "below a bound that was a usize")]
            return (draw % bound) as usize;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_every_arm_once_per_block(seed: u64, block: u32, arms in 0usize..40) {
            let mut order = block_order(seed, block, arms);
            order.sort_unstable();
            prop_assert_eq!(order, (0..arms).map(ArmIndex).collect::<Vec<_>>());
        }
    }

    #[test]
    fn only_large_trials_are_sampled_anywhere_in_the_batch() {
        let sampling = Sampling { beyond: 100, stretch: 50 };
        assert_eq!(stretch(1, TrialId(0), sampling, 100), None);
        let first = |trial| stretch(1, TrialId(trial), sampling, 101).expect("is sampled").first;
        let places: std::collections::BTreeSet<u32> = (0..1000).map(first).collect();
        assert_eq!((places.len(), places.first(), places.last()), (52, Some(&0), Some(&51)));
        assert_eq!(first(7), first(7));
    }

    #[test]
    fn gives_the_same_order_for_a_seed_on_every_machine() {
        let positions = |block| block_order(1, block, 6).into_iter().map(|arm| arm.0).collect();
        let orders: Vec<Vec<usize>> = (0..4).map(positions).collect();
        assert_eq!(
            orders,
            [[2, 3, 4, 5, 0, 1], [0, 5, 3, 2, 4, 1], [1, 5, 2, 4, 3, 0], [2, 3, 0, 5, 4, 1]]
        );
    }

    #[test]
    fn makes_every_order_equally_likely() {
        const BLOCKS: u32 = 6000;
        let mut seen = std::collections::BTreeMap::new();
        for block in 0..BLOCKS {
            *seen.entry(block_order(7, block, 3)).or_insert(0u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        // Six standard deviations of a binomial count around 1000.
        assert!(seen.values().all(|count| count.abs_diff(1000) < 175), "{seen:?}");
    }
}
