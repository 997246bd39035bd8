//! Full factorial designs with two levels: the share of each of k factors, and their interactions.
//!
//! With every combination of k factors measured once, the response is y = Σ β_S Π x over all sets S
//! of factors, with x = −1 if a factor is off and +1 if it is on (Yates, "The design and analysis
//! of factorial experiments", 1937; Box, Hunter and Hunter, "Statistics for Experimenters", 1978).
//!
//! A factor's share of the difference between all on and all off is its Shapley value: the mean of
//! what it adds, over all orders of switching the factors on (Shapley, "A value for n-person
//! games", 1953). In terms of the effects it is Σ 2 β_S / |S| over the sets of odd size that
//! contain the factor. Interactions of two cancel, so without interactions of three it is the
//! classical main effect. The shares sum to the whole exactly.
//!
//! Shares always sum, but they describe a mechanism only as far as the interactions allow, so both
//! are reported. Everything is computed per block, and `estimate` gives the interval over blocks.

use crate::quantity::count;

/// The maximum number of factors, far more than can be measured.
const MOST_FACTORS: usize = 16;

/// A set of factors. Bit i is factor i.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactorSet(usize);

impl FactorSet {
    /// No factor.
    pub const NONE: Self = Self(0);

    /// The set with this factor added.
    #[must_use]
    pub const fn with(self, factor: usize) -> Self {
        Self(self.0 | 1 << factor)
    }

    /// Whether the set contains a factor.
    pub const fn holds(self, factor: usize) -> bool {
        self.0 & 1 << factor != 0
    }

    /// The set of all of `factors` factors.
    pub fn full(factors: usize) -> Self {
        (0..factors).fold(Self::NONE, Self::with)
    }

    /// All sets of `factors` factors, the empty one first.
    pub fn all(factors: usize) -> impl Iterator<Item = Self> {
        (0..1_usize << factors).map(Self)
    }

    const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The product of the signs of these factors in a combination.
    const fn sign_in(self, combination: Self) -> f64 {
        let off = (self.0 & !combination.0).count_ones();
        if off.is_multiple_of(2) { 1.0 } else { -1.0 }
    }
}

/// The response of every combination of some factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Factorial {
    factors: usize,
    /// By combination, in the order of [`FactorSet::all`].
    responses: Vec<f64>,
}

impl Factorial {
    /// The design with the response of each combination. None if a combination has no response, and
    /// above sixteen factors.
    pub fn new(factors: usize, response: impl Fn(FactorSet) -> Option<f64>) -> Option<Self> {
        if factors > MOST_FACTORS {
            return None;
        }
        let responses: Option<Vec<f64>> = FactorSet::all(factors).map(response).collect();
        Some(Self { factors, responses: responses? })
    }

    /// The number of factors.
    pub const fn factors(&self) -> usize {
        self.factors
    }

    /// The response with these factors on.
    pub fn response(&self, on: FactorSet) -> f64 {
        self.responses[on.0]
    }

    /// The response with all factors on minus the response with all off.
    pub fn whole(&self) -> f64 {
        self.response(FactorSet::full(self.factors)) - self.response(FactorSet::NONE)
    }

    /// A factor's share of the whole: its Shapley value.
    pub fn share(&self, factor: usize) -> f64 {
        FactorSet::all(self.factors)
            .filter(|set| set.holds(factor) && !set.len().is_multiple_of(2))
            .map(|set| 2.0 * self.coefficient(set) / count(set.len()))
            .sum()
    }

    /// How much more a factor adds with another on than with it off, averaged over all combinations
    /// of the others: four times their coefficient. It is symmetric.
    pub fn interaction(&self, one: usize, other: usize) -> f64 {
        4.0 * self.coefficient(FactorSet::NONE.with(one).with(other))
    }

    /// What switching a factor on adds with these on.
    pub fn added(&self, factor: usize, on: FactorSet) -> f64 {
        self.response(on.with(factor)) - self.response(on)
    }

    /// β of a set of factors.
    fn coefficient(&self, factors: FactorSet) -> f64 {
        let signed = FactorSet::all(self.factors)
            .zip(&self.responses)
            .map(|(combination, response)| factors.sign_in(combination) * response);
        signed.sum::<f64>() / count(self.responses.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::Estimate;
    use crate::simulation::coverage::{Coverage, repetitions};
    use crate::simulation::noisy_machine::NoisyMachine;
    use proptest::prelude::*;

    fn design(responses: &[f64]) -> Factorial {
        let factors = responses.len().ilog2() as usize;
        Factorial::new(factors, |on| responses.get(on.0).copied()).expect("is full")
    }

    #[test]
    fn matches_the_published_effects_of_the_pilot_plant() {
        // Box, Hunter and Hunter (1978), table 10.1: temperature, concentration, catalyst; the
        // effects are 23, −5 and 1.5, temperature with catalyst 10, all three 0.5.
        let plant = design(&[60.0, 72.0, 54.0, 68.0, 52.0, 83.0, 45.0, 80.0]);
        let effect = |factors: &[usize]| {
            let set = factors.iter().fold(FactorSet::NONE, |set, &factor| set.with(factor));
            2.0 * plant.coefficient(set)
        };
        assert_eq!([effect(&[0]), effect(&[1]), effect(&[2])], [23.0, -5.0, 1.5]);
        assert_eq!([effect(&[0, 1]), effect(&[0, 2]), effect(&[1, 2])], [1.5, 10.0, 0.0]);
        assert_eq!(effect(&[0, 1, 2]), 0.5);
        // The effect of the temperature is 13 without the catalyst and 33 with it.
        assert_eq!(plant.interaction(0, 2), 20.0);
        let third = 0.5 / 3.0;
        for (factor, main) in [(0, 23.0), (1, -5.0), (2, 1.5)] {
            assert!((plant.share(factor) - main - third).abs() < 1e-12);
        }
        assert_eq!(plant.whole(), 20.0);
    }

    #[test]
    fn rejects_designs_that_are_not_full() {
        let without_one = |on: FactorSet| (on != FactorSet::NONE.with(1)).then_some(1.0);
        assert_eq!(Factorial::new(2, without_one), None);
        assert_eq!(Factorial::new(60, |_| Some(1.0)), None);
        let nothing = Factorial::new(0, |_| Some(3.0)).expect("one cell is a design");
        assert_eq!(nothing.whole(), 0.0);
    }

    /// The share by its definition: the mean of what a factor adds over all orders.
    fn share_over_orders(design: &Factorial, factor: usize) -> f64 {
        let orders = orders((0..design.factors).collect());
        let added: f64 = orders
            .iter()
            .map(|order| {
                let before = order.iter().take_while(|&&other| other != factor);
                let on = before.fold(FactorSet::NONE, |set, &other| set.with(other));
                design.added(factor, on)
            })
            .sum();
        added / orders.len() as f64
    }

    fn orders(left: Vec<usize>) -> Vec<Vec<usize>> {
        if left.is_empty() {
            return vec![Vec::new()];
        }
        let first_then_rest = |&first: &usize| {
            let rest = left.iter().copied().filter(|&other| other != first).collect();
            orders(rest).into_iter().map(move |rest| [vec![first], rest].concat())
        };
        left.iter().flat_map(first_then_rest).collect()
    }

    fn responses() -> impl Strategy<Value = Vec<f64>> {
        (0_u32..=5).prop_flat_map(|factors| prop::collection::vec(-5.0..5.0, 1_usize << factors))
    }

    proptest! {
        #[test]
        fn the_share_is_the_mean_over_all_orders(responses in responses()) {
            let design = design(&responses);
            for factor in 0..design.factors {
                let difference = design.share(factor) - share_over_orders(&design, factor);
                prop_assert!(difference.abs() < 1e-12, "{}", difference);
            }
        }

        #[test]
        fn the_shares_sum_to_the_whole(responses in responses()) {
            let design = design(&responses);
            let sum: f64 = (0..design.factors).map(|factor| design.share(factor)).sum();
            prop_assert!((sum - design.whole()).abs() < 1e-12);
        }

        #[test]
        fn additive_factors_have_no_interaction(
            added in prop::collection::vec(-5.0..5.0, 1..5), base in -5.0..5.0,
        ) {
            let response = |on: FactorSet| {
                let on = added.iter().enumerate().filter(|&(factor, _)| on.holds(factor));
                Some(base + on.map(|(_, added)| added).sum::<f64>())
            };
            let design = Factorial::new(added.len(), response).expect("is full");
            for (factor, own) in added.iter().enumerate() {
                prop_assert!((design.share(factor) - own).abs() < 1e-12);
                for other in (0..added.len()).filter(|&other| other != factor) {
                    prop_assert!(design.interaction(factor, other).abs() < 1e-12);
                }
            }
        }
    }

    /// The logarithmic times of a design of three factors. They save 0.5, 0.2 and 0; the first two
    /// together save 0.1 less than their sum.
    fn log_time(on: FactorSet) -> f64 {
        let effect = |factor: usize, size: f64| if on.holds(factor) { size } else { 0.0 };
        effect(0, -0.5) + effect(1, -0.2) + if on.holds(0) && on.holds(1) { 0.1 } else { 0.0 }
    }

    #[test]
    fn covers_shares_and_interactions_at_their_confidence() {
        let cells: Vec<f64> = FactorSet::all(3).map(log_time).collect();
        let truth = design(&cells);
        for blocks in [10, 20, 40] {
            let mut random = NoisyMachine::random(2100 + blocks as u64);
            let mut shares = [Coverage::default(); 3];
            let mut interaction = Coverage::default();
            for _ in 0..repetitions(700) {
                let run = NoisyMachine::run(&mut random, blocks, &cells);
                let designs: Vec<Factorial> = run.iter().map(|block| design(block)).collect();
                let covers = |quantity: &dyn Fn(&Factorial) -> f64| {
                    let found: Vec<f64> = designs.iter().map(quantity).collect();
                    !Estimate::from_blocks(&found)
                        .expect("there are blocks")
                        .excludes(quantity(&truth))
                };
                for (factor, covered) in shares.iter_mut().enumerate() {
                    covered.add(covers(&|design| design.share(factor)));
                }
                interaction.add(covers(&|design| design.interaction(0, 1)));
            }
            for (factor, covered) in shares.iter().enumerate() {
                covered.assert_between(0.935, 0.975, &format!("share {factor}, {blocks} blocks"));
            }
            interaction.assert_between(0.935, 0.975, &format!("interaction, {blocks} blocks"));
        }
    }

    #[test]
    fn covers_all_shares_together_at_their_confidence() {
        use crate::quantity::Confidence;
        use crate::student::SampleMean;
        let cells: Vec<f64> = FactorSet::all(3).map(log_time).collect();
        let truth = design(&cells);
        let together = Confidence::NINETY_FIVE.shared_by(3);
        let mut random = NoisyMachine::random(2200);
        let mut all = Coverage::default();
        for _ in 0..repetitions(700) {
            let run = NoisyMachine::run(&mut random, 20, &cells);
            let designs: Vec<Factorial> = run.iter().map(|block| design(block)).collect();
            all.add((0..3).all(|factor| {
                let found: Vec<f64> = designs.iter().map(|one| one.share(factor)).collect();
                let mean = SampleMean::new(&found).expect("there are blocks");
                let half_width = mean.half_width(together).expect("there are two");
                (mean.mean - truth.share(factor)).abs() <= half_width
            }));
        }
        all.assert_between(0.94, 0.985, "three shares together, 20 blocks");
    }
}
