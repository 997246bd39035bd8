//! What an interrupted run has recorded, to go on with: pure, from its recording.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::ArmName;
use model::facts::Facts;
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::recording::Recording;
use model::time::Span;
use model::trial::{Outcome, Stage, Trial, TrialId};

use crate::run::PROFILED_TRIALS;
use crate::schedule::block_order;

/// What a run has recorded before it was interrupted; empty for a new run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedRun {
    /// The time of each arm in each whole block; none for an arm that failed.
    pub(crate) blocks: Vec<IndexVec<ArmIndex, Option<Span>>>,
    /// The number of the next trial.
    pub(crate) next_trial: u64,
    /// How many processes each arm has had.
    pub(crate) processes: IndexVec<ArmIndex, u32>,
    /// The last facts that each arm's driver stated.
    pub(crate) facts: BTreeMap<ArmName, Facts>,
    /// The arms whose code is profiled already.
    pub(crate) profiled: BTreeSet<ArmName>,
    /// How much of the budget is spent.
    pub(crate) spent: Span,
}

/// The trials of a recording are not in the order that its plan demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("block {block} of the recording is not in the order of its seed")]
pub struct OtherOrder {
    /// The block, from 0 on.
    pub block: u32,
}

impl RecordedRun {
    /// What a recording holds of a plan. A block that was cut off is not part of it.
    ///
    /// # Errors
    /// If a block was not in the order of the plan's seed.
    pub fn read(recording: &Recording, plan: &Plan) -> Result<Self, OtherOrder> {
        let mut blocks = Vec::new();
        while let Some(times) = whole_block(recording, plan, blocks.len())? {
            blocks.push(times);
        }
        let processes = |name| {
            let numbers = trials_of(recording, name).map(|trial| trial.process.saturating_add(1));
            numbers.max().unwrap_or_default()
        };
        let has_profile = |name: &&ArmName| {
            trials_of(recording, name).filter(|trial| trial.stage == Stage::Profile).count()
                >= PROFILED_TRIALS
        };
        let facts = recording.facts.iter();
        Ok(Self {
            blocks,
            next_trial: recording
                .trials
                .iter()
                .map(|trial| trial.id.0.saturating_add(1))
                .max()
                .unwrap_or(0),
            processes: plan.arms.iter().map(|arm| processes(&arm.name)).collect(),
            facts: facts.map(|stated| (stated.arm.clone(), stated.facts.clone())).collect(),
            profiled: plan.profiled.iter().filter(has_profile).cloned().collect(),
            spent: spent(recording, plan),
        })
    }

    /// How many whole blocks there are. The run goes on with the next one.
    pub fn whole_blocks(&self) -> u32 {
        u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)
    }

    /// How much of the budget is spent.
    pub const fn spent(&self) -> Span {
        self.spent
    }

    /// The number of the next trial.
    pub const fn next_trial(&self) -> u64 {
        self.next_trial
    }

    /// The last facts that each arm's driver stated.
    pub const fn facts(&self) -> &BTreeMap<ArmName, Facts> {
        &self.facts
    }

    /// How many processes each arm has had.
    pub const fn processes(&self) -> &IndexVec<ArmIndex, u32> {
        &self.processes
    }
}

/// The trials of an arm, in the order in which they were run.
fn trials_of<'a>(
    recording: &'a Recording,
    name: &'a ArmName,
) -> impl Iterator<Item = &'a Trial> + use<'a> {
    recording.trials.iter().filter(move |trial| trial.arm == *name)
}

/// The times of a block; nothing if it is not whole.
fn whole_block(
    recording: &Recording,
    plan: &Plan,
    number: usize,
) -> Result<Option<IndexVec<ArmIndex, Option<Span>>>, OtherOrder> {
    let Ok(block) = u32::try_from(number) else { return Ok(None) };
    let of_block = |trial: &&Trial| trial.place().is_some_and(|place| place.block == block);
    let trials: Vec<&Trial> = recording.trials.iter().filter(of_block).collect();
    let order = block_order(plan.seed, block, plan.arms.len());
    if trials.len() > order.len() {
        return Err(OtherOrder { block });
    }
    let mut times = IndexVec::filled(None, plan.arms.len());
    for (&arm, trial) in order.iter().zip(&trials) {
        if plan[arm].name != trial.arm {
            return Err(OtherOrder { block });
        }
        times[arm] = trial.batch_time();
    }
    let is_whole = !order.is_empty() && trials.len() == order.len();
    Ok(is_whole.then_some(times))
}

/// The time that the run has taken, without its interruptions: to the last trial of a block, as a pause has
/// none behind it.
fn spent(recording: &Recording, plan: &Plan) -> Span {
    let resumption = plan.resumed.last();
    let first = resumption.map_or(TrialId(0), |resumption| resumption.first_trial);
    let since = || recording.trials.iter().filter(|trial| trial.id >= first);
    let run = |trial: &Trial| match &trial.outcome {
        Outcome::Ran(run) => Some((run.started, run.finished)),
        Outcome::Lost(_) => None,
    };
    let began = since().find_map(run).map(|(started, _)| started);
    let mut counted = since().filter(|trial| trial.place().is_some()).filter_map(run);
    let ended = counted.next_back().map(|(_, finished)| finished);
    let before = resumption.map_or(Span::ZERO, |resumption| resumption.spent);
    match (began, ended) {
        (Some(began), Some(ended)) => before + ended.since(began),
        _ => before,
    }
}
