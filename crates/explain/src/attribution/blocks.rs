//! The times of an experiment's cells, block by block.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::ArmName;
use model::experiment::{Experiment, FactorKind};
use stats::factorial::{FactorSet, Factorial};
use stats::quantity::Seconds;

use evidence::{ArmEvidence, Evidence};
use stats::estimate::Estimate;

/// A block in which every cell succeeded, and the other arm too if there is one.
pub(super) struct CellTimes {
    /// The seconds of each combination of the experiment's factors, in their order. A combination
    /// without a cell of its own has the time of the cell that is equivalent to it.
    pub(super) times: Factorial,
    /// The seconds of the arm that it is compared with.
    pub(super) versus: Option<f64>,
}

impl CellTimes {
    /// The time of the arm as it is.
    pub(super) fn as_it_is(&self) -> f64 {
        self.times.response(FactorSet::NONE)
    }

    /// Its time with all causes removed.
    pub(super) fn without_all(&self) -> f64 {
        self.times.response(FactorSet::full(self.times.factors()))
    }
}

/// All such blocks of an experiment.
pub(super) struct ExperimentBlocks(Vec<CellTimes>);

impl ExperimentBlocks {
    /// The blocks of an experiment.
    pub(super) fn new(experiment: &Experiment, evidence: &Evidence<'_>) -> Self {
        let names = experiment.cells.iter().map(|cell| &cell.arm);
        let names: BTreeSet<&ArmName> = names.chain(&experiment.versus).collect();
        let times: BTreeMap<&ArmName, BTreeMap<u32, f64>> =
            names.into_iter().map(|name| (name, seconds(evidence, name))).collect();
        let own = times.get(&experiment.arm).into_iter().flat_map(BTreeMap::keys);
        let block = |number: &u32| {
            let at = |arm: &ArmName| times.get(arm)?.get(number).copied();
            let time = |on| at(&experiment.cell(&kinds(experiment, on))?.arm);
            Some(CellTimes {
                times: Factorial::new(experiment.factors.len(), time)?,
                versus: match &experiment.versus {
                    Some(versus) => Some(at(versus)?),
                    None => None,
                },
            })
        };
        Self(own.filter_map(block).collect())
    }

    /// The number of blocks.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of each block; none if one block has no value.
    pub(super) fn values(&self, of: impl Fn(&CellTimes) -> Option<f64>) -> Option<Vec<f64>> {
        self.0.iter().map(of).collect()
    }

    /// The same, as an estimate in seconds.
    pub(super) fn estimate(&self, of: impl Fn(&CellTimes) -> Option<f64>) -> Option<Estimate> {
        Estimate::from_blocks(&self.values(of)?)
    }
}

/// The seconds of an arm in each block in which it succeeded; those that have a logarithm.
fn seconds(evidence: &Evidence<'_>, arm: &ArmName) -> BTreeMap<u32, f64> {
    let has_logarithm = |seconds: &f64| Seconds::new(*seconds).is_some();
    let successes = evidence.arm(arm).into_iter().flat_map(ArmEvidence::by_block);
    let seconds = successes.map(|(block, success)| (block, success.batch_time().as_secs()));
    seconds.filter(|(_, seconds)| has_logarithm(seconds)).collect()
}

/// The kinds of the factors in a set.
fn kinds(experiment: &Experiment, on: FactorSet) -> BTreeSet<FactorKind> {
    let factors = experiment.factors.iter().enumerate();
    factors.filter(|&(place, _)| on.holds(place)).map(|(_, factor)| factor.kind).collect()
}

/// The set of the factors of these kinds.
pub(super) fn set(experiment: &Experiment, kinds: &BTreeSet<FactorKind>) -> FactorSet {
    let places = (0..experiment.factors.len())
        .filter(|&place| kinds.contains(&experiment.factors[place].kind));
    places.fold(FactorSet::NONE, FactorSet::with)
}
