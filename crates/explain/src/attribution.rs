//! Why an arm takes as long as it does: what each cause that an experiment took away was worth.
//!
//! `blocks` gives the times of the cells, block by block, `players` the factors that can be switched
//! independently of each other. Each of these has its share of what all of them take away together
//! (`share`): shares sum to it exactly. Factors of which one means nothing beside another belong
//! together: they have one share, and each of them only the `range` of what it takes away, which
//! depends on what else is gone. What is left between the arm without all its causes and the arm that
//! it is compared with is the remainder, which no toggle explains.
//!
//! These are effects of causes and not guesses: who was toggled, and in which order the cells were
//! run, was decided by the plan. They hold for this server, this batch and this machine.

mod blocks;
mod players;
mod range;
mod share;

use std::collections::BTreeSet;

use model::arm::{Arm, ArmName, BatchSize};
use model::experiment::{Cell, Experiment, Factor, FactorKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::factorial::FactorSet;

use crate::estimate::Estimate;
use blocks::Blocks;
use evidence::Evidence;
use players::Player;

pub use range::Range;
pub use share::Share;

/// What the causes were worth that were taken away from an arm. Times are by how much longer the arm
/// takes because of them, over the blocks in which every cell and the other arm succeeded; where
/// there is no such block, nothing is known but what was tried.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Attribution {
    /// The arm that is explained.
    pub arm: ArmName,
    /// The arm that it is compared with: the quickest of its batch size in the pilot. Null where it
    /// stands alone.
    pub versus: Option<ArmName>,
    /// The arm's strategy.
    pub strategy: String,
    /// The batch size of both.
    pub batch_size: BatchSize,
    /// In how many blocks every cell and the other arm succeeded.
    pub blocks: usize,
    /// By how much longer the arm takes than the other.
    pub gap: Option<Estimate>,
    /// By how much longer it takes than with all causes taken away: the shares sum to it.
    pub explained: Option<Estimate>,
    /// By how much longer it takes than the other with all causes taken away: what no toggle
    /// explains. It and `explained` sum to the gap.
    pub remainder: Option<Estimate>,
    /// The causes, in the order of the plan.
    pub factors: Vec<FactorAttribution>,
    /// The causes that only have a share together, because one of them means nothing beside another.
    pub groups: Vec<GroupAttribution>,
    /// How the causes that have a share of their own work together.
    pub interactions: Vec<Interaction>,
    /// The times of the cells.
    pub cells: Vec<CellTime>,
}

/// What a cause was worth.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FactorAttribution {
    /// Which cause.
    pub factor: FactorKind,
    /// What takes it away, such as `session=warm`.
    pub setting: String,
    /// What the arm has instead, such as `session=cold`.
    pub instead_of: String,
    /// By how much quicker the arm is when this alone is changed.
    pub alone: Option<Estimate>,
    /// The cause's share of `explained`; null where it only has one together with others.
    pub share: Option<Share>,
    /// What the cause takes away at least and at most, by what else is gone; null where it has a
    /// share of its own.
    pub range: Option<Range>,
}

/// What several causes were worth together.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GroupAttribution {
    /// Which causes.
    pub factors: Vec<FactorKind>,
    /// Their share of `explained`.
    pub share: Option<Share>,
}

/// How two causes work together: by how much more the one takes away where the other is gone too.
/// Below 0, what the one takes away the other would have taken as well.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Interaction {
    /// The two causes.
    pub factors: [FactorKind; 2],
    /// By how much more.
    #[serde(flatten)]
    pub seconds: Estimate,
}

/// The time of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CellTime {
    /// The arm that measures it.
    pub arm: ArmName,
    /// The causes that are taken away in it.
    pub on: BTreeSet<FactorKind>,
    /// Its time; null where there is no block in which every cell succeeded.
    pub time: Option<Estimate>,
}

/// Attributes the time of every arm that was experimented on.
pub(crate) fn analyse(evidence: &Evidence<'_>) -> Vec<Attribution> {
    let attribute = |experiment: &Experiment| {
        let arm = evidence.arm(&experiment.arm)?.arm;
        let players = players::of(&experiment.factors);
        let blocks = Blocks::new(experiment, evidence);
        Some(Attributor { experiment, players, blocks }.attribute(arm))
    };
    evidence.plan.experiments.iter().filter_map(attribute).collect()
}

/// What an experiment has shown.
struct Attributor<'a> {
    experiment: &'a Experiment,
    players: Vec<Player>,
    blocks: Blocks,
}

impl Attributor<'_> {
    fn attribute(&self, arm: &Arm) -> Attribution {
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
            cells: experiment.cells.iter().map(|cell| self.cell(cell)).collect(),
        }
    }

    fn factor(&self, place: usize) -> FactorAttribution {
        let Self { experiment, players, blocks } = self;
        let Factor { kind, setting, instead_of } = experiment.factors[place].clone();
        let own = players.iter().position(|player| player.is_alone(place));
        let range = || range::of(place, experiment.factors.len(), blocks);
        FactorAttribution {
            factor: kind,
            setting,
            instead_of,
            alone: blocks.estimate(|block| Some(-block.times.added(place, FactorSet::NONE))),
            share: own.and_then(|player| share::of(players, player, blocks)),
            range: if own.is_some() { None } else { range() },
        }
    }

    fn groups(&self) -> Vec<GroupAttribution> {
        let Self { experiment, players, blocks } = self;
        let several = players.iter().enumerate().filter(|(_, player)| player.factors().len() > 1);
        several
            .map(|(place, player)| GroupAttribution {
                factors: player.factors().iter().map(|&it| experiment.factors[it].kind).collect(),
                share: share::of(players, place, blocks),
            })
            .collect()
    }

    fn interactions(&self) -> Vec<Interaction> {
        let Self { experiment, players, blocks } = self;
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

    fn cell(&self, cell: &Cell) -> CellTime {
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
