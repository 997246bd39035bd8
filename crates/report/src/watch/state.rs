//! What the live view knows of a run, by its events.

use std::collections::BTreeSet;
use std::time::Duration;

use explain::live::LiveRun;
use model::plan::StopRule;
use runner::event::{BlockProgress, Event};

use crate::printer::print_message;

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Stage {
    /// What serves the arms starts.
    #[default]
    Starting,
    /// The pilot makes this trial of this arm.
    Pilot { trial: usize, arm: String },
    /// The blocks.
    Blocks(LiveBlocks),
    /// The code of this arm is profiled.
    Profile { arm: String, blocks: Option<LiveBlocks> },
}

/// The blocks of a run so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LiveBlocks {
    pub(super) run: LiveRun,
    pub(super) rule: StopRule,
    pub(super) done: u32,
    /// How many trials of the block have ended, and how many it has.
    pub(super) slot: usize,
    pub(super) slots: usize,
    pub(super) left: Option<Duration>,
    /// How precisely every ratio is known, as a share.
    pub(super) precision: Option<f64>,
}

/// All that the live view shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) messages: Vec<String>,
    /// The arms whose driver's failure was said: once is enough.
    lost: BTreeSet<String>,
}

impl State {
    pub(super) fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Pilot { arm } => {
                let before = if let Stage::Pilot { trial, .. } = &self.stage { *trial } else { 0 };
                self.stage = Stage::Pilot { trial: before + 1, arm: arm.0.clone() };
            }
            Event::Planned { plan, block } => {
                self.stage = Stage::Blocks(LiveBlocks {
                    run: LiveRun::new(plan),
                    rule: plan.stop.clone(),
                    done: 0,
                    slot: 0,
                    slots: plan.arms.len(),
                    left: plan.stop.most_blocks().map(|most| *block * most),
                    precision: None,
                });
            }
            Event::Trial { arm, time, slot, slots, .. } => {
                if let Stage::Blocks(blocks) = &mut self.stage {
                    blocks.run.take(*arm, *time);
                    (blocks.slot, blocks.slots) = (*slot, *slots);
                }
            }
            Event::Block(progress) => self.end_block(progress),
            Event::Profile { arm } => {
                let blocks = match std::mem::take(&mut self.stage) {
                    Stage::Blocks(blocks) => Some(blocks),
                    Stage::Profile { blocks, .. } => blocks,
                    Stage::Starting | Stage::Pilot { .. } => None,
                };
                self.stage = Stage::Profile { arm: arm.0.clone(), blocks };
            }
            Event::Lost { arm, message } => {
                if self.lost.insert(arm.0.clone()) {
                    print_message(&format!("{arm}: {message}"));
                }
            }
            Event::Closed(_) => {}
        }
    }

    fn end_block(&mut self, progress: &BlockProgress) {
        if let Stage::Blocks(blocks) = &mut self.stage {
            blocks.done = progress.blocks;
            blocks.slot = 0;
            blocks.left = progress.left;
            blocks.precision = progress.half_width.map(|half_width| half_width.share());
        }
    }
}
