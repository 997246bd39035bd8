//! What each cause contributes to the time of an arm, by an experiment that removes it.
//!
//! `blocks` holds the times of the cells, block by block, `players` the factors that can be
//! switched independently. Each player has a share of the time that all of them save together
//! (`share`), and the shares sum to it exactly. Factors of which one has no effect beside another
//! form one player: they have one share, and each has only a `range` of what it saves, which
//! depends on what else is removed. The remainder is what is left between the arm without its
//! causes and the arm that it is compared with; no factor explains it.
//!
//! These are effects of causes: the plan decides at random which cell runs when. They hold for this
//! server, this batch and this machine.

mod blocks;
mod players;
mod range;
mod share;

use std::collections::BTreeSet;

use model::arm::{Arm, ArmName, BatchSize};
use model::experiment::{Experiment, ExperimentCell, Factor, FactorKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::factorial::FactorSet;

use blocks::ExperimentBlocks;
use players::Player;
use stats::estimate::Estimate;

use crate::tried::{TriedChange, predicted_before, tried};
use crate::whatif::Predictor;

pub use range::Range;
pub use share::Share;

/// What the causes contribute that were removed from an arm. Times are how much longer the arm
/// takes because of them, over the blocks in which every cell and the other arm succeeded. Without
/// such a block only the factors are known.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Attribution {
    /// The arm that is explained.
    pub arm: ArmName,
    /// The arm that it is compared with: the fastest of its batch size in the pilot. Null if it is
    /// the only one.
    pub versus: Option<ArmName>,
    /// The arm's strategy.
    pub strategy: String,
    /// The batch size of both.
    pub batch_size: BatchSize,
    /// The number of blocks in which every cell and the other arm succeeded.
    pub blocks: usize,
    /// How much longer the arm takes than the other.
    pub gap: Option<Estimate>,
    /// How much longer it takes than with all causes removed: the shares sum to it.
    pub explained: Option<Estimate>,
    /// How much longer it takes than the other with all causes removed, which no factor explains.
    /// This and `explained` sum to the gap.
    pub remainder: Option<Estimate>,
    /// The causes, in the order of the plan.
    pub factors: Vec<FactorAttribution>,
    /// The causes that have only a share together, because one of them has no effect beside
    /// another.
    pub groups: Vec<GroupAttribution>,
    /// The interactions of the causes that have a share of their own.
    pub interactions: Vec<Interaction>,
    /// The changes that were imposed on the user's code, each by itself.
    pub tried: Vec<TriedChange>,
    /// The times of the cells.
    pub cells: Vec<CellTime>,
}

/// What one cause contributes.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FactorAttribution {
    /// Which cause.
    pub factor: FactorKind,
    /// The setting that removes it, such as `session=warm`.
    pub setting: String,
    /// The setting of the arm as it is, such as `session=cold`.
    pub instead_of: String,
    /// How much faster the arm is when only this is changed.
    pub alone: Option<Estimate>,
    /// How much faster the replay of the arm alone predicts it to be then; null where it predicts
    /// nothing.
    pub predicted: Option<Estimate>,
    /// What the replay of the arm's pilot predicted before the first block, by which this cause was chosen;
    /// null where it predicted nothing, or the recording does not say.
    pub predicted_before: Option<Estimate>,
    /// The cause's share of `explained`; null if it has only one together with others.
    pub share: Option<Share>,
    /// What the cause saves at least and at most, depending on what else is removed; null if it has
    /// a share of its own.
    pub range: Option<Range>,
}

/// What several causes contribute together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GroupAttribution {
    /// Which causes.
    pub factors: Vec<FactorKind>,
    /// Their share of `explained`.
    pub share: Option<Share>,
}

/// The interaction of two causes: how much more one saves if the other is removed too. Below 0 both
/// save partly the same time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Interaction {
    /// The two causes.
    pub factors: [FactorKind; 2],
    /// How much more.
    #[serde(flatten)]
    pub seconds: Estimate,
}

/// The time of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CellTime {
    /// The arm that measures it.
    pub arm: ArmName,
    /// The causes that are removed in it.
    pub on: BTreeSet<FactorKind>,
    /// Its time; null without a block in which every cell succeeded.
    pub time: Option<Estimate>,
}

/// Attributes the time of every arm that has an experiment.
pub(crate) fn analyse(predictor: Predictor<'_, '_>) -> Vec<Attribution> {
    let evidence = predictor.evidence;
    let attribute = |experiment: &Experiment| {
        let arm = evidence.arm(&experiment.arm)?;
        let players = players::group(&experiment.factors);
        let blocks = ExperimentBlocks::new(experiment, evidence);
        let tried = tried(experiment, evidence);
        let predict = |factor| Some(predictor.gain_of(arm, &[factor])?.saved);
        let predictions: Vec<Option<Estimate>> = experiment.factors.iter().map(predict).collect();
        Some(Attributor { experiment, players, blocks, predictions }.attribute(arm.arm, tried))
    };
    evidence.plan.experiments.iter().filter_map(attribute).collect()
}

/// An experiment with its results.
struct Attributor<'a> {
    experiment: &'a Experiment,
    players: Vec<Player>,
    blocks: ExperimentBlocks,
    /// What each factor alone is predicted to save.
    predictions: Vec<Option<Estimate>>,
}

impl Attributor<'_> {
    fn attribute(&self, arm: &Arm, tried: Vec<TriedChange>) -> Attribution {
        let Self { experiment, blocks, .. } = self;
        Attribution {
            arm: experiment.arm.clone(),
            versus: experiment.versus.clone(),
            strategy: arm.strategy.clone(),
            batch_size: arm.batch_size,
            blocks: blocks.len(),
            gap: blocks.estimate(|block| Some(block.as_it_is() - block.versus?)),
            explained: blocks.estimate(|block| Some(-block.times.whole())),
            remainder: blocks.estimate(|block| Some(block.without_all() - block.versus?)),
            factors: (0..experiment.factors.len()).map(|place| self.factor(place)).collect(),
            groups: self.groups(),
            interactions: self.interactions(),
            tried,
            cells: experiment.cells.iter().map(|cell| self.cell(cell)).collect(),
        }
    }

    fn factor(&self, place: usize) -> FactorAttribution {
        let Self { experiment, players, blocks, predictions } = self;
        let factor = &experiment.factors[place];
        let Factor { kind, setting, instead_of, .. } = factor.clone();
        let own = players.iter().position(|player| player.is_alone(place));
        let range = || range::range(place, experiment.factors.len(), blocks);
        FactorAttribution {
            factor: kind,
            setting,
            instead_of,
            alone: blocks.estimate(|block| Some(-block.times.added(place, FactorSet::NONE))),
            predicted: predictions[place],
            predicted_before: predicted_before(factor),
            share: own.and_then(|player| share::share(players, player, blocks)),
            range: if own.is_some() { None } else { range() },
        }
    }

    fn groups(&self) -> Vec<GroupAttribution> {
        let Self { experiment, players, blocks, .. } = self;
        let several = players.iter().enumerate().filter(|(_, player)| player.factors().len() > 1);
        several
            .map(|(place, player)| GroupAttribution {
                factors: player.factors().iter().map(|&it| experiment.factors[it].kind).collect(),
                share: share::share(players, place, blocks),
            })
            .collect()
    }

    fn interactions(&self) -> Vec<Interaction> {
        let Self { experiment, players, blocks, .. } = self;
        let kind = |player: usize| match players[player].factors() {
            [factor] => Some(experiment.factors[*factor].kind),
            _ => None,
        };
        let pairs = (0..players.len()).flat_map(|other| (0..other).map(move |one| (one, other)));
        let interaction = |(one, other)| {
            let factors = [kind(one)?, kind(other)?];
            let seconds = blocks.estimate(|block| {
                let design = players::design(players, |on| -block.times.response(on))?;
                Some(design.interaction(one, other))
            })?;
            Some(Interaction { factors, seconds })
        };
        pairs.filter_map(interaction).collect()
    }

    fn cell(&self, cell: &ExperimentCell) -> CellTime {
        let on = blocks::set(self.experiment, &cell.on);
        CellTime {
            arm: cell.arm.clone(),
            on: cell.on.clone(),
            time: self.blocks.estimate(|block| Some(block.times.response(on))),
        }
    }
}

#[cfg(test)]
mod tests;
